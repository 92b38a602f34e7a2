//! Push: items go up, each gets its own verdict.

mod judge;
mod settle;

pub use judge::{Judgement, Known, Remembered, Standing, birth_unit, judge};
pub use settle::{Fate, refused_bars, settle};

use crate::codec::{DecodeError, Reader, Writer};
use crate::place::Feed;
use crate::proof::Token;
use crate::{Nrp, Refusal, UnitCode, limits};

/// `shared_at`: where in a partition's sequence the server has a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The partition.
    pub partition: UnitCode,
    /// Its sequence.
    pub sequence: u64,
}

/// Why a change is not at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Something that it depends on is missing there: tried again by itself, never shown.
    Need,
    /// It waits for a supervisor: the device is revoked or its grant ended. Neither delivered nor refused.
    Held,
    /// It will never be accepted as it is.
    Refused(Refusal),
    /// Refused for a reason that a newer server knows.
    RefusedOtherwise(u8),
}

/// ITEM_VERDICT: the answer to one item. The first `shared` changes are at the server, under one label; `rest` is for the next one and what
/// in the item was made on it (VERDICT_REST); what was not stays pending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemVerdict {
    /// How many leading changes are at the server.
    pub shared: usize,
    /// Of the newest of them.
    pub label: Option<Label>,
    /// RECEIPT_MEMBER: the device's feeds in which the document stands now.
    pub feeds: Vec<Feed>,
    /// TOKEN_EXACT: for the heads of the shared changes. None where nothing is shared.
    pub token: Option<Token>,
    /// For the next change.
    pub rest: Option<Verdict>,
    /// The quarantine is full: the device has the only copy of what is refused here.
    pub turned_away: bool,
}

pub(crate) fn encode_verdicts(verdicts: &[ItemVerdict]) -> Writer {
    let mut out = Writer::default();
    for verdict in verdicts {
        out.length(verdict.shared);
        if let Some(label) = verdict.label {
            label.partition.encode(&mut out);
            out.number(label.sequence);
            out.length(verdict.feeds.len());
            verdict.feeds.iter().for_each(|feed| feed.encode(&mut out));
        }
        match verdict.rest {
            None => out.byte(0),
            Some(Verdict::Need) => out.byte(1),
            Some(Verdict::Held) => out.byte(2),
            Some(Verdict::Refused(refusal)) => out.raw(&[refused(verdict), refusal.number()]),
            Some(Verdict::RefusedOtherwise(number)) => out.raw(&[refused(verdict), number]),
        }
    }
    out
}

/// The byte before a refusal's number.
fn refused(verdict: &ItemVerdict) -> u8 {
    if verdict.turned_away { 4 } else { 3 }
}

pub(crate) fn decode_verdicts(bytes: &[u8], officer: Nrp) -> Result<Vec<ItemVerdict>, DecodeError> {
    let (mut reader, mut verdicts) = (Reader::new(bytes), Vec::new());
    while !reader.is_empty() {
        let mut verdict = ItemVerdict { shared: reader.length(limits::ITEM_CHANGES_MAX, "a verdict")?, ..ItemVerdict::default() };
        if verdict.shared > 0 {
            verdict.label = Some(Label { partition: UnitCode::decode(&mut reader)?, sequence: reader.number("a sequence")? });
            let count = reader.length(limits::CURSORS_MAX, "feeds")?;
            verdict.feeds = (0..count).map(|_| Feed::decode(&mut reader, officer)).collect::<Result<_, _>>()?;
            verdict.token = Some(Token::COMING);
        }
        verdict.rest = match reader.byte("a verdict")? {
            0 => None,
            1 => Some(Verdict::Need),
            2 => Some(Verdict::Held),
            kind @ (3 | 4) => {
                verdict.turned_away = kind == 4;
                let number = reader.byte("a refusal")?;
                Some(Refusal::from_number(number).map_or(Verdict::RefusedOtherwise(number), Verdict::Refused))
            }
            _ => return Err(DecodeError::Invalid("a verdict")),
        };
        if verdicts.len() == limits::PUSH_ITEMS_MAX {
            return Err(DecodeError::TooLarge("verdicts"));
        }
        verdicts.push(verdict);
    }
    Ok(verdicts)
}
