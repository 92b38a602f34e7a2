//! A new centre, and a peer that pushes whatever bytes it is given, in requests of the size that a device makes.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::exchange::{Cursor, EnrolRequest, ItemVerdict, Reply, Request, RequestHead};
use sync_core::keys::SecretKey;
use sync_core::place::Feed;
use sync_core::{DeviceId, Incarnation, Nrp, ReportId, Role, Timestamp, limits};
use sync_server::{NewOfficer, OpenOptions, ReportFilter, Server};
use tempfile::TempDir;

use super::Batch;
use crate::programs::Failure;

pub(super) const DEVICE: DeviceId = DeviceId([3; 8]);
pub(super) const OFFICER: u32 = 85_010_001;
pub(super) const VILLAGE: &str = "53.03.01.2005";
/// 2026-11-25T00:00:00Z.
pub(super) const NOW_MS: i64 = 1_795_564_800_000;
const UNITS: &str = "code,name\n53,Nusa Tenggara Timur\n53.03,Timor Tengah Utara\n53.03.01,Miomaffo Timur\n53.03.01.2005,Bokon\n";

pub(super) struct Centre {
    /// Holds the server's files for as long as it is open.
    _folder: TempDir,
    server: Server,
    key: SecretKey,
    officer: Nrp,
}

impl Centre {
    /// With one officer, whose device has always the same id: so the same items are good for each new centre.
    pub(super) fn new() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let now = Timestamp::from_unix_ms(NOW_MS);
        let server = Server::open(folder.path(), OpenOptions::CreateIfMissing { now, random: [7; 96] })?;
        server.import_units(UNITS.as_bytes())?;
        let officer = Nrp::from_number(OFFICER).ok_or("no such number")?;
        let new = NewOfficer { nrp: officer, name: "Yohanes Bria".to_owned(), role: Role::Officer, units: vec![VILLAGE.parse()?] };
        let code = server.add_officer(&new, now, [5; 12])?;
        let key = SecretKey::from_seed([6; 32]);
        let (request, _) = EnrolRequest::seal(&code, &key);
        server.enrol(&request, now, DEVICE.0).map_err(|rejection| format!("not enrolled: {rejection:?}"))?;
        Ok(Self { _folder: folder, server, key, officer })
    }

    /// Pushes the items in their order; their verdicts, and the number of requests.
    pub(super) fn push(&self, items: &[&[u8]]) -> Result<(Vec<ItemVerdict>, usize), Failure> {
        let (mut verdicts, mut counter) = (Vec::new(), 0);
        let mut cursors: BTreeMap<Feed, Cursor> = BTreeMap::new();
        while verdicts.len() < items.len() {
            let mut request = Request { version: "poison".to_owned(), cursors: cursors.clone(), ..Request::default() };
            let mut room = limits::PUSH_BYTES_MAX;
            for item in items.iter().skip(verdicts.len()).take(limits::PUSH_ITEMS_MAX) {
                let Some(left) = room.checked_sub(item.len()) else { break };
                room = left;
                request.items.push(item.to_vec());
            }
            if request.items.is_empty() {
                return Err("an item that no request has room for".into());
            }
            counter += 1;
            let head = RequestHead { device: DEVICE, incarnation: Incarnation([1; 8]), counter };
            let (bytes, hash) = request.seal(head, &self.key);
            let reply = self.server.exchange(&bytes, Timestamp::from_unix_ms(NOW_MS)).map_err(|why| format!("no reply: {why:?}"))?;
            let (reply, _) = Reply::open(&reply, &hash, &self.server.working_key(), self.officer)?;
            if reply.verdicts.len() != request.items.len() {
                return Err(format!("{} verdicts for {} items", reply.verdicts.len(), request.items.len()).into());
            }
            cursors.extend(reply.pages.iter().map(|page| (page.feed, page.cursor)));
            verdicts.extend(reply.verdicts);
        }
        Ok((verdicts, usize::try_from(counter)?))
    }

    /// How many of the batch's reports the centre lists; none when it lists another one.
    pub(super) fn listed(&self, batch: &Batch) -> Result<usize, Failure> {
        let listed: BTreeSet<ReportId> = self.server.reports(&ReportFilter::default())?.into_iter().map(|one| one.id).collect();
        let pushed: BTreeSet<ReportId> = batch.reports.iter().copied().collect();
        Ok(if listed.is_subset(&pushed) { listed.len() } else { 0 })
    }

    /// What is in quarantine: the reason, and whether it is these bytes.
    pub(super) fn kept(&self, bytes: &[u8]) -> Result<Vec<(String, bool)>, Failure> {
        let mut kept = Vec::new();
        for one in self.server.quarantine(Some(DEVICE))? {
            kept.push((one.reason, self.server.quarantined(one.id)?.bytes == bytes));
        }
        Ok(kept)
    }
}
