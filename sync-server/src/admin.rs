//! What operators do. Each works beside a running server, in one transaction.

mod device;
mod form;
mod held;
mod message;
mod officer;
mod quarantine;
mod report;
mod succession;
mod units;

pub use device::DeviceInfo;
pub use form::{FormAdded, FormInfo};
pub use held::{Admit, HeldDecision, HeldInfo, HeldOfDevice, HeldReport, HeldSettled};
pub use message::{MessageStatus, Reached};
pub use officer::{AreaInfo, NewOfficer, OfficerInfo};
pub use quarantine::{QuarantineInfo, QuarantineQuota, Quarantined};
pub use report::{ReportFilter, ReportSummary};
pub use units::UnitsImported;

use sync_core::limits;

use crate::ServerError;

/// A person's or unit's name without what cannot be seen.
fn tidy_name(name: &str) -> Result<String, ServerError> {
    let name = name.trim();
    let valid = !name.is_empty() && name.len() <= limits::NAME_BYTES_MAX && !name.chars().any(char::is_control);
    if valid { Ok(name.to_owned()) } else { Err(ServerError::BadName) }
}
