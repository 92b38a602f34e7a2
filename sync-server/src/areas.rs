//! What an officer's grants come to: feeds, and the list of units that his device shows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use sync_core::exchange::{Unit, units_digest};
use sync_core::place::{Area, Feed, feeds_of_areas};
use sync_core::record::record_sum;

use sync_core::{Level, Nrp, Timestamp, UnitCode, limits};

use crate::store::{grant, unit};

/// An officer's rights at the moment of a request: authority is that at receipt.
#[derive(Debug, Default)]
pub(crate) struct Rights {
    /// Areas that are given now.
    pub(crate) given: BTreeSet<Area>,
    /// The feeds that they open.
    pub(crate) feeds: BTreeSet<Feed>,
    /// Areas that ended, but not so long ago that what comes for them is refused.
    pub(crate) ended: BTreeSet<Area>,
    /// The feeds that these opened.
    pub(crate) ended_feeds: BTreeSet<Feed>,
    /// [`record_sum`] of all decisions; what the device's must reach.
    pub(crate) sum: u64,
    /// The device knows a decision that the centre does not.
    pub(crate) forgotten: bool,
    /// It does, or the centre cannot tell whether it does, or went back, so that it has forgotten in which feeds a report stood: what the device
    /// brings next, with its proofs, tells.
    pub(crate) in_doubt: bool,
}

impl Rights {
    pub(crate) fn of(db: &Connection, officer: Nrp, now: Timestamp) -> rusqlite::Result<Self> {
        let decisions = grant::of_officer(db, officer)?;
        let given = grant::given(&decisions);
        let ended = grant::ended_after(&decisions, now.plus_ms(-limits::HELD_AFTER_END_MS));
        Ok(Self {
            feeds: feeds(db, &given, officer)?,
            ended_feeds: feeds(db, &ended, officer)?,
            sum: record_sum(decisions.values().map(|dated| dated.decision)),
            forgotten: false,
            in_doubt: false,
            given,
            ended,
        })
    }

    /// Held against what the device knows: the sum of its decisions, and whether it has shown them. Who knows less in sum may know more of one area;
    /// who has shown what it keeps does not, nor who keeps nothing.
    pub(crate) fn against(self, sum: u64, shown: bool) -> Self {
        let forgotten = sum > self.sum;
        Self { forgotten, in_doubt: forgotten || (sum < self.sum && sum != 0 && !shown), ..self }
    }
}

fn feeds(db: &Connection, areas: &BTreeSet<Area>, officer: Nrp) -> rusqlite::Result<BTreeSet<Feed>> {
    let mut regencies = BTreeSet::new();
    for area in areas.iter().filter(|area| area.unit.level() < Level::Regency) {
        regencies.extend(unit::regencies_below(db, area.unit)?);
    }
    Ok(feeds_of_areas(areas, officer, &regencies))
}

/// True when the unit lies in one of the areas, of whatever class.
pub(crate) fn hold(db: &Connection, areas: &BTreeSet<Area>, place: UnitCode) -> rusqlite::Result<bool> {
    for area in areas {
        if unit::lies_in(db, place, area.unit)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The units of some areas, in the order of their codes, with the digest of the list.
#[derive(Debug)]
pub(crate) struct UnitList {
    pub(crate) digest: [u8; 8],
    pub(crate) units: Vec<Unit>,
}

/// Which lists were made, for one version of the hierarchy: making that of a regency at every request would cost more than the request.
#[derive(Debug, Default)]
pub(crate) struct UnitLists(Mutex<Made>);

#[derive(Debug, Default)]
struct Made {
    version: i64,
    lists: HashMap<BTreeSet<UnitCode>, Arc<UnitList>>,
}

/// Lists that are kept: one for each set of areas, a few hundred bytes to 40 kB each.
const LISTS_MAX: usize = 2_000;

impl UnitLists {
    /// The granted units, those above them, and those below: down to villages, for grants above a regency down to regencies.
    pub(crate) fn of_areas(&self, db: &Connection, areas: &BTreeSet<Area>) -> rusqlite::Result<Arc<UnitList>> {
        let version = unit::version(db)?;
        let roots: BTreeSet<UnitCode> = areas.iter().map(|area| area.unit).collect();
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if made.version != version || made.lists.len() > LISTS_MAX {
            *made = Made { version, lists: HashMap::new() };
        }
        if let Some(list) = made.lists.get(&roots) {
            return Ok(Arc::clone(list));
        }
        let list = Arc::new(list(db, &roots)?);
        made.lists.insert(roots, Arc::clone(&list));
        Ok(list)
    }
}

fn list(db: &Connection, roots: &BTreeSet<UnitCode>) -> rusqlite::Result<UnitList> {
    let mut names = BTreeMap::new();
    for root in roots {
        let deepest = if root.level() < Level::Regency { Level::Regency } else { Level::Village };
        names.extend(unit::around(db, *root, deepest as u8)?.into_iter().map(|unit| (unit.code, unit.name)));
    }
    let digest = units_digest(names.iter().map(|(code, name)| (*code, name.as_str())));
    Ok(UnitList { digest, units: names.into_iter().take(limits::UNITS_MAX).map(|(code, name)| Unit { code, name }).collect() })
}
