//! What operators do. Each works beside a running server, in one transaction.

mod bundle;
mod device;
mod form;
mod held;
mod journal;
mod message;
mod officer;
mod quarantine;
mod report;
mod rollback;
mod succession;
mod units;

pub use bundle::{BundleAdmitted, BundleRejected};
pub use device::DeviceInfo;
pub use form::{FormAdded, FormInfo};
pub use held::{Admit, HeldDecision, HeldInfo, HeldOfDevice, HeldReport, HeldSettled};
pub use journal::{JournalReplayed, JournalStatus, UnconfirmedDevice};
pub use message::{MessageStatus, Reached};
pub use officer::{AreaInfo, NewOfficer, OfficerInfo};
pub use quarantine::{QuarantineInfo, QuarantineQuota, Quarantined};
pub use report::{ReportFilter, ReportSummary};
pub use rollback::{OlderThanSigned, RollbackSeen};
pub use units::UnitsImported;

use rusqlite::Connection;
use sync_core::{DeviceId, limits};

use crate::{ServerError, store};

/// A person's or unit's name.
fn tidy_name(name: &str) -> Result<String, ServerError> {
    tidy(name, limits::NAME_BYTES_MAX).ok_or(ServerError::BadName)
}

/// A text without the space around it; none when it is empty, too long, or has what cannot be seen.
fn tidy(text: &str, bytes_max: usize) -> Option<String> {
    let text = text.trim();
    let valid = !text.is_empty() && text.len() <= bytes_max && !text.chars().any(char::is_control);
    valid.then(|| text.to_owned())
}

/// Number and name of a device's officer, as lists show them; empty for a device that is not known.
fn owner(db: &Connection, device: DeviceId) -> Result<(String, String), ServerError> {
    let person = store::device::person(db, device)?;
    Ok(person.map_or_else(Default::default, |person| (person.officer.to_string(), person.name)))
}
