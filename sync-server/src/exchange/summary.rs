//! What can be told of an exchange without residents' data.

use sync_core::exchange::{Reply, RequestHead, Standstill, Verdict};
use sync_core::{DeviceId, Incarnation, Nrp};

use crate::store::device::DeviceRow;

/// The numbers of one exchange, for its log line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Whose request it was, once its signature was checked.
    pub device: Option<DeviceId>,
    /// The device's officer.
    pub officer: Option<Nrp>,
    /// The life of its store.
    pub incarnation: Option<Incarnation>,
    /// The request's counter.
    pub counter: u64,
    /// Bytes of the request.
    pub bytes_in: usize,
    /// Bytes of the reply.
    pub bytes_out: usize,
    /// Items that were pushed.
    pub items: usize,
    /// Changes that are at the server now.
    pub shared: usize,
    /// Items with a refused change.
    pub refused: usize,
    /// Items with a held change.
    pub held: usize,
    /// Items with a change that was made on something that is not here.
    pub need: usize,
    /// Questions that were answered.
    pub questions: usize,
    /// Pages that went down.
    pub pages: usize,
    /// Documents in them.
    pub documents: usize,
    /// Partitions in which the device was given more than this centre has.
    pub rolled_back: usize,
    /// The device was told that it is behind.
    pub behind: bool,
    /// The device is revoked.
    pub revoked: bool,
    /// Why there was no signed reply.
    pub rejection: Option<&'static str>,
}

impl Summary {
    pub(super) fn caller(&mut self, caller: &DeviceRow, head: &RequestHead) {
        (self.device, self.officer, self.incarnation) = (Some(caller.id), Some(caller.officer), Some(head.incarnation));
        (self.counter, self.revoked) = (head.counter, caller.revoked_at.is_some());
    }

    pub(super) fn reply(&mut self, reply: &Reply) {
        self.behind = reply.standstill == Some(Standstill::Behind);
        self.items = reply.verdicts.len();
        self.shared = reply.verdicts.iter().map(|verdict| verdict.shared).sum();
        for verdict in &reply.verdicts {
            match verdict.rest {
                Some(Verdict::Refused(_) | Verdict::RefusedOtherwise(_)) => self.refused += 1,
                Some(Verdict::Held) => self.held += 1,
                Some(Verdict::Need) => self.need += 1,
                None => {}
            }
        }
        self.rolled_back = reply.common.len();
        self.questions = reply.answers.len();
        self.pages = reply.pages.len();
        self.documents = reply.pages.iter().map(|page| page.entries.len()).sum();
    }

    /// Writes the one structured line of an exchange.
    pub fn log(&self, milliseconds: u64) {
        let text = |value: Option<String>| value.unwrap_or_default();
        tracing::info!(
            device = text(self.device.map(|id| id.to_string())),
            nrp = text(self.officer.map(|nrp| nrp.to_string())),
            incarnation = text(self.incarnation.map(|id| id.to_string())),
            counter = self.counter,
            bytes_in = self.bytes_in,
            bytes_out = self.bytes_out,
            items = self.items,
            shared = self.shared,
            refused = self.refused,
            held = self.held,
            need = self.need,
            questions = self.questions,
            pages = self.pages,
            documents = self.documents,
            rolled_back = self.rolled_back,
            behind = self.behind,
            revoked = self.revoked,
            rejection = self.rejection.unwrap_or_default(),
            milliseconds,
            "exchange"
        );
    }
}
