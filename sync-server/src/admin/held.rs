//! What waits for a supervisor, and his decision on it.

use serde::Serialize;
use serde_json::Value;
use sync_core::document::View;
use sync_core::history::Node;
use sync_core::{DeviceId, Refusal, ReportId, Timestamp, limits};

use rusqlite::Connection;

use crate::exchange::admit::{Admitted, admit, preview};
use crate::store::apart;
use crate::store::held::{self, Brought, DecisionRow, State};
use crate::{Server, ServerError};

/// What waits for a supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldInfo {
    /// The report.
    pub report: String,
    /// The device that pushed it.
    pub device: String,
    /// Its officer.
    pub nrp: String,
    /// The officer's name.
    pub name: String,
    /// `revoked` or `not-granted`.
    pub reason: String,
    /// When the first of it came.
    pub since: String,
    /// How many changes.
    pub changes: u64,
}

/// All that is to be known before one decides on a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeldReport {
    /// The report.
    pub report: String,
    /// What each device brought of it, the oldest first; the discarded after what waits.
    pub brought: Vec<HeldOfDevice>,
    /// What was decided before, the oldest first.
    pub decisions: Vec<HeldDecision>,
}

/// What one device brought of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeldOfDevice {
    /// The device, its officer, why it is held and since when.
    #[serde(flatten)]
    pub info: HeldInfo,
    /// True for what was discarded: it waits no more.
    pub discarded: bool,
    /// When each change was written, by the clock of the device: advisory.
    pub written_at: Vec<String>,
    /// The form's kind; none when the report cannot be read without what is not here.
    pub kind: Option<String>,
    /// The unit that would answer for it.
    pub unit: Option<String>,
    /// The form's fields as they would read.
    pub data: Option<Value>,
    /// Why not all of it would pass the gate.
    pub refusal: Option<&'static str>,
}

/// A decision, as it stands for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldDecision {
    /// `admitted` or `discarded`.
    pub verdict: &'static str,
    /// Who took it.
    pub operator: String,
    /// When.
    pub at: String,
    /// Why; empty for what was admitted.
    pub reason: String,
    /// On how many changes.
    pub changes: usize,
}

/// What a decision came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldSettled {
    /// The report.
    pub report: String,
    /// The decision that holds now; none when nothing could be decided.
    pub decision: Option<HeldDecision>,
    /// True when it was taken before and nothing waited any more: this command changed nothing.
    pub already: bool,
    /// Changes that are in the report now.
    pub accepted: usize,
    /// Changes that the gate refused, by code.
    pub refused: Vec<&'static str>,
    /// Changes that the gate does not let in, by code, and that still wait: their device's quarantine has no room for them.
    pub no_room: Vec<&'static str>,
    /// Changes that still wait: what they were made on is not here.
    pub waiting: usize,
}

/// What is admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admit {
    /// What waits.
    Waiting,
    /// Also what was discarded before: the decision is taken back.
    Discarded,
}

impl Server {
    /// What waits for a supervisor, oldest first.
    ///
    /// # Errors
    /// Only of the database.
    pub fn held(&self) -> Result<Vec<HeldInfo>, ServerError> {
        self.store.read(|db| {
            let one = |row: apart::HeldRow| info(db, row.document, (row.device, row.reason, row.since), row.changes);
            apart::all_held(db)?.into_iter().map(one).collect()
        })
    }

    /// What is held of one report, how it would read, and what was decided on it.
    ///
    /// # Errors
    /// [`ServerError::NothingHeld`].
    pub fn held_report(&self, report: ReportId) -> Result<HeldReport, ServerError> {
        self.store.read(|db| {
            let mut brought = held::of_report(db, report, State::Waiting)?;
            brought.extend(held::of_report(db, report, State::Discarded)?);
            let decisions: Vec<HeldDecision> = held::decisions(db, report)?.iter().map(HeldDecision::of).collect();
            if brought.is_empty() && decisions.is_empty() {
                return Err(ServerError::NothingHeld(report));
            }
            let brought = brought.iter().map(|one| of_device(db, report, one)).collect::<Result<_, _>>()?;
            Ok(HeldReport { report: report.to_string(), brought, decisions })
        })
    }

    /// Takes what is held of a report, as if it had come by right: structure and form still hold; authority is that of the author, with the grant
    /// treated as given. What the gate does not let in is refused with its code, and stays held where quarantine has no room for it. Twice is once.
    ///
    /// # Errors
    /// [`ServerError::NothingHeld`] when nothing waits and the last decision was another one; [`ServerError::BadName`] of an operator.
    pub fn admit_held(&self, report: ReportId, what: Admit, operator: &str, now: Timestamp) -> Result<HeldSettled, ServerError> {
        let operator = super::tidy_name(operator)?;
        self.store.write(|db| {
            if what == Admit::Discarded {
                held::take_back(db, report)?;
            }
            let waiting = held::of_report(db, report, State::Waiting)?;
            if waiting.is_empty() {
                return before(db, report, true);
            }
            let mut admitted = Admitted::default();
            for brought in &waiting {
                admit(db, report, brought, now, &mut admitted)?;
            }
            let Admitted { accepted, refused, no_room, waiting } = admitted;
            let changes: Vec<_> = accepted.iter().copied().chain(refused.iter().map(|(hash, _)| *hash)).collect();
            let decision = DecisionRow { admitted: true, operator, reason: String::new(), at: now, changes };
            let decided = !decision.changes.is_empty();
            if decided {
                held::decide(db, report, &decision)?;
            }
            Ok(HeldSettled {
                report: report.to_string(),
                decision: decided.then(|| HeldDecision::of(&decision)),
                already: false,
                accepted: accepted.len(),
                refused: refused.iter().map(|(_, refusal)| refusal.code()).collect(),
                no_room: no_room.into_iter().map(Refusal::code).collect(),
                waiting: waiting.len(),
            })
        })
    }

    /// Refuses what is held of a report, with [`Refusal::Discarded`] and the supervisor's words. The bytes stay; twice is once.
    ///
    /// # Errors
    /// [`ServerError::NothingHeld`] when nothing waits and the last decision was another one; [`ServerError::BadReason`],
    /// [`ServerError::BadName`] of an operator.
    pub fn discard_held(&self, report: ReportId, reason: &str, operator: &str, now: Timestamp) -> Result<HeldSettled, ServerError> {
        let operator = super::tidy_name(operator)?;
        let reason = super::tidy(reason, limits::DISCARD_REASON_BYTES_MAX).ok_or(ServerError::BadReason)?;
        self.store.write(|db| {
            let waiting = held::of_report(db, report, State::Waiting)?;
            if waiting.is_empty() {
                return before(db, report, false);
            }
            let changes: Vec<_> = waiting.iter().flat_map(|brought| &brought.changes).map(automerge::Change::hash).collect();
            let refused = vec![Refusal::Discarded.code(); changes.len()];
            let decision = DecisionRow { admitted: false, operator, reason, at: now, changes };
            let id = held::decide(db, report, &decision)?;
            held::discard(db, &decision.changes, id)?;
            let decision = Some(HeldDecision::of(&decision));
            Ok(HeldSettled { decision, refused, ..HeldSettled::nothing(report) })
        })
    }
}

/// Nothing waits: the same decision was taken before, or another one, or none.
fn before(db: &Connection, report: ReportId, admitted: bool) -> Result<HeldSettled, ServerError> {
    let last = held::decisions(db, report)?.pop().filter(|last| last.admitted == admitted).ok_or(ServerError::NothingHeld(report))?;
    let decision = Some(HeldDecision::of(&last));
    Ok(HeldSettled { decision, already: true, ..HeldSettled::nothing(report) })
}

fn info(
    db: &Connection,
    report: ReportId,
    (device, reason, since): (DeviceId, String, Timestamp),
    changes: u64,
) -> Result<HeldInfo, ServerError> {
    let (nrp, name) = super::owner(db, device)?;
    Ok(HeldInfo { report: report.to_string(), device: device.to_string(), nrp, name, reason, since: since.to_string(), changes })
}

fn of_device(db: &Connection, report: ReportId, brought: &Brought) -> Result<HeldOfDevice, ServerError> {
    let (view, refusal): (Option<View>, Option<Refusal>) = preview(db, report, brought)?;
    let mut written: Vec<i64> = brought.changes.iter().filter_map(Node::new).map(|node| node.expanded.time).collect();
    written.sort_unstable();
    Ok(HeldOfDevice {
        info: info(db, report, (brought.device, brought.reason.clone(), brought.since), brought.changes.len() as u64)?,
        discarded: brought.state == State::Discarded,
        written_at: written.into_iter().map(|ms| Timestamp::from_unix_ms(ms).to_string()).collect(),
        kind: view.as_ref().map(|view| view.birth.kind.clone()),
        unit: view.as_ref().map(|view| view.place.unit.to_string()),
        data: view.map(|view| view.data),
        refusal: refusal.map(Refusal::code),
    })
}

impl HeldSettled {
    fn nothing(report: ReportId) -> Self {
        let (refused, no_room) = (Vec::new(), Vec::new());
        Self { report: report.to_string(), decision: None, already: false, accepted: 0, refused, no_room, waiting: 0 }
    }
}

impl HeldDecision {
    fn of(row: &DecisionRow) -> Self {
        Self {
            verdict: if row.admitted { "admitted" } else { "discarded" },
            operator: row.operator.clone(),
            at: row.at.to_string(),
            reason: row.reason.clone(),
            changes: row.changes.len(),
        }
    }
}
