//! What was promised: each save, each receipt, and what the oracle found broken. Kept from outside, after each step only of what it touched.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use sync_core::place::{Area, Feed, feeds_of_areas};
use sync_core::{Nrp, ReportId, UnitCode};

use super::decree::Decree;
use super::eye::{CentreEye, DeviceEye, Hash};
use super::forms::Operated;
use super::tally::{Part, Tally};
use crate::timeline::{CENTRE, Timeline, What};

/// The book of a world, shared by the world and its persons.
#[derive(Debug, Clone)]
pub(super) struct Shelf(Arc<Mutex<Book>>);

impl Shelf {
    pub(super) fn new(book: Book) -> Self {
        Self(Arc::new(Mutex::new(book)))
    }

    pub(super) fn open(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one store promised.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) lane: String,
    pub(super) nrp: u32,
    pub(super) path: PathBuf,
    pub(super) eye: Option<DeviceEye>,
    /// The last row that was seen, and how many there are.
    pub(super) position: i64,
    pub(super) rows: u64,
    /// Own changes that were saved here: "tersimpan".
    pub(super) saved: BTreeMap<Hash, ReportId>,
    /// Those of them that the centre was not seen to have.
    pub(super) waiting: BTreeMap<Hash, ReportId>,
    pub(super) revoked: bool,
    /// It, or what it was copied from, was once put back to an earlier copy.
    pub(super) restored: bool,
    /// Its request that is on the way.
    pub(super) outstanding: Vec<u8>,
}

/// What a request carried, and what was answered.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) store: usize,
    /// The number of the exchange.
    pub(super) number: u64,
    pub(super) items: Vec<(ReportId, Vec<Hash>)>,
    /// What it asked about.
    pub(super) asked: Vec<(ReportId, Vec<Hash>)>,
    /// Reports of which the reply receipts something.
    pub(super) receipted: Vec<ReportId>,
    pub(super) came_down: usize,
    /// The life of the centre in which it was answered.
    pub(super) life: u64,
}

/// A report that an officer filed.
#[derive(Debug)]
pub(super) struct Filed {
    pub(super) delivered_ms: Option<u64>,
}

/// All promises of a world.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) stores: Vec<Store>,
    pub(super) centre: CentreEye,
    pub(super) centre_row: i64,
    pub(super) at_centre: BTreeMap<Hash, ReportId>,
    pub(super) receipted: BTreeSet<Hash>,
    pub(super) sent: BTreeMap<Vec<u8>, Sent>,
    pub(super) filed: BTreeMap<ReportId, Filed>,
    /// Reports that a supervisor moved: what others write to them may be refused rightly.
    pub(super) moved: BTreeSet<ReportId>,
    pub(super) areas: BTreeMap<u32, BTreeSet<Area>>,
    /// Officers whose grants were changed: what they push for the old area is held.
    pub(super) transferred: BTreeSet<u32>,
    /// What came into force.
    pub(super) decree: Option<Decree>,
    /// What became of forms at the centre, in that order.
    pub(super) operated: Vec<Operated>,
    /// The centre may have forgotten some of it since.
    pub(super) forms_forgotten: bool,
    /// Every description is another one, so that one that comes twice was filed twice.
    pub(super) unlike: bool,
    pub(super) broken: Vec<String>,
    pub(super) tally: Tally,
    pub(super) timeline: Option<Timeline>,
    pub(super) now_ms: u64,
    /// How often the centre went back in time.
    pub(super) life: u64,
    /// The number of the centre's newest backup, and what is in it.
    pub(super) newest_backup: u64,
    pub(super) in_backup: BTreeSet<Hash>,
    /// What left a phone.
    pub(super) dropped: BTreeMap<Hash, ReportId>,
    /// What a device called delivered when the centre went back.
    pub(super) delivered: BTreeSet<Hash>,
    /// Looks are kept open: faster, but files do not end as they would without them.
    pub(super) stare: bool,
}

/// The regencies of the world's list of units.
fn partitions() -> BTreeSet<UnitCode> {
    ["53.03", "53.04"].iter().filter_map(|code| code.parse().ok()).collect()
}

impl Book {
    pub(super) fn new(centre: CentreEye) -> Self {
        Self {
            stores: Vec::new(),
            centre,
            centre_row: 0,
            at_centre: BTreeMap::new(),
            receipted: BTreeSet::new(),
            sent: BTreeMap::new(),
            filed: BTreeMap::new(),
            moved: BTreeSet::new(),
            areas: BTreeMap::new(),
            transferred: BTreeSet::new(),
            decree: None,
            operated: Vec::new(),
            forms_forgotten: false,
            unlike: false,
            broken: Vec::new(),
            tally: Tally::default(),
            timeline: None,
            now_ms: 0,
            life: 0,
            newest_backup: 0,
            in_backup: BTreeSet::new(),
            dropped: BTreeMap::new(),
            delivered: BTreeSet::new(),
            stare: false,
        }
    }

    /// A promise was broken.
    pub(super) fn breaks(&mut self, lane: &str, what: String) {
        self.note_on(lane, || What::Failure { text: what.clone() });
        self.broken.push(what);
    }

    /// Records an event of a store's lane; costs nothing when no timeline was asked for.
    pub(super) fn note(&mut self, store: usize, what: impl FnOnce() -> What) {
        if self.timeline.is_some() {
            let lane = self.stores.get(store).map(|store| store.lane.clone()).unwrap_or_default();
            self.note_on(&lane, what);
        }
    }

    pub(super) fn note_on(&mut self, lane: &str, what: impl FnOnce() -> What) {
        let now_ms = self.now_ms;
        if let Some(timeline) = &mut self.timeline {
            timeline.note(now_ms, lane, what());
        }
    }

    pub(super) fn store(&mut self, store: usize) -> &mut Store {
        self.stores.get_mut(store).expect("a person of this world")
    }

    pub(super) fn lane(&self, store: usize) -> String {
        self.stores.get(store).map(|store| store.lane.clone()).unwrap_or_default()
    }

    /// Does `work` with a look into a store's file.
    pub(super) fn with_eye<T>(&mut self, store: usize, work: impl FnOnce(&DeviceEye) -> rusqlite::Result<T>) -> T {
        let stare = self.stare;
        let store = self.store(store);
        let eye = store.eye.take().unwrap_or_else(|| DeviceEye::open(&store.path).expect("a store that opens"));
        let seen = work(&eye).expect("a store that reads");
        if stare {
            store.eye = Some(eye);
        }
        seen
    }

    /// The file is about to be closed, or to become another one.
    pub(super) fn blink(&mut self, store: usize) {
        self.store(store).eye = None;
    }

    pub(super) fn look_elsewhere(&mut self, store: usize, path: &Path) {
        self.blink(store);
        path.clone_into(&mut self.store(store).path);
    }

    /// Reads the rows that came since the last look; own ones are promises from now on. Gives how many of them there are.
    pub(super) fn look(&mut self, store: usize) -> usize {
        let begun = Instant::now();
        let position = self.store(store).position;
        let (rows, last) = self.with_eye(store, |eye| eye.after(position));
        let mut own = 0;
        let page = self.stores.get_mut(store).expect("a person of this world");
        page.position = last;
        page.rows += rows.len() as u64;
        for row in rows {
            if row.own {
                own += 1;
                page.saved.insert(row.hash, row.report);
                if !self.at_centre.contains_key(&row.hash) {
                    page.waiting.insert(row.hash, row.report);
                }
            }
        }
        self.tally.spent(Part::Oracle, begun);
        own
    }

    /// After a kill: the file holds what it held, no more and no less.
    pub(super) fn same_as_before(&mut self, store: usize) {
        let rows = self.with_eye(store, DeviceEye::count);
        let known = self.store(store).rows;
        if rows != known {
            let lane = self.lane(store);
            self.breaks(&lane, format!("I2: {lane} had {known} changes before it was killed and {rows} after"));
        }
    }

    /// The centre's rows that came since the last look.
    pub(super) fn look_at_centre(&mut self) {
        let (rows, last) = self.centre.after(self.centre_row).expect("a centre that reads");
        self.centre_row = last;
        self.at_centre.extend(rows);
    }

    /// The centre's database is another one: what it has is read anew, and what it has not is waited for again.
    pub(super) fn went_back(&mut self) {
        self.life += 1;
        self.at_centre.clear();
        self.centre_row = 0;
        self.look_at_centre();
        let stores = 0..self.stores.len();
        let here: Vec<BTreeSet<Hash>> = stores.clone().map(|store| self.with_eye(store, DeviceEye::all)).collect();
        for store in stores {
            let delivered = self.with_eye(store, DeviceEye::delivered);
            self.delivered.extend(delivered);
        }
        let Self { stores, at_centre, .. } = self;
        for (page, here_now) in stores.iter_mut().zip(&here) {
            // What a phone that was put back does not have any more, and nobody else, is gone with both.
            page.saved.retain(|hash, _| at_centre.contains_key(hash) || here.iter().any(|changes| changes.contains(hash)));
            let lacking = page.saved.iter().filter(|(hash, _)| !at_centre.contains_key(*hash) && here_now.contains(*hash));
            page.waiting = lacking.map(|(hash, id)| (*hash, *id)).collect();
        }
    }

    /// What the centre or a store has: a phone that was put back gets it again.
    pub(super) fn somewhere(&mut self) -> BTreeSet<Hash> {
        let here = (0..self.stores.len()).flat_map(|store| self.with_eye(store, DeviceEye::all)).collect::<Vec<_>>();
        self.at_centre.keys().copied().chain(here).collect()
    }

    /// The centre made a backup.
    pub(super) fn backed_up(&mut self, number: u64) {
        self.newest_backup = number;
        self.in_backup = self.centre.all().expect("a centre that reads");
    }

    /// A device says that reports left it: of its own changes none may go that is not in the centre's backup.
    pub(super) fn dropped(&mut self, store: usize) {
        let (rows, here) = (self.with_eye(store, DeviceEye::count), self.with_eye(store, DeviceEye::all));
        let last = self.with_eye(store, DeviceEye::last);
        let page = self.store(store);
        // What comes next may have the place of what left.
        (page.rows, page.position) = (rows, last);
        let gone: BTreeMap<Hash, ReportId> = page.saved.extract_if(.., |hash, _| !here.contains(hash)).collect();
        page.waiting.retain(|hash, _| here.contains(hash));
        let early = gone.keys().filter(|hash| !self.in_backup.contains(*hash)).count();
        if early > 0 {
            let lane = self.lane(store);
            self.breaks(&lane, format!("I2: {early} changes left {lane} that are in no backup"));
        }
        self.dropped.extend(gone);
    }

    /// The newest backup was put back: it has what left the phones because it had it.
    pub(super) fn nothing_left_in_vain(&mut self) {
        let lost = self.dropped.keys().filter(|hash| !self.at_centre.contains_key(*hash)).count();
        if lost > 0 {
            self.breaks(CENTRE, format!("I1: {lost} changes that left a phone are not in the backup"));
        }
    }

    /// The feeds that an officer's grants open now.
    pub(super) fn feeds(&self, nrp: u32) -> BTreeSet<Feed> {
        match (self.areas.get(&nrp), Nrp::from_number(nrp)) {
            (Some(areas), Some(officer)) => feeds_of_areas(areas, officer, &partitions()),
            _ => BTreeSet::new(),
        }
    }
}
