//! The rule: aktif, cukup, kurang; and `belum sinkron` where nothing can be said.

use super::EvaluationOf;
use super::facts::DeviceFacts;
use crate::period::Period;

/// How active an officer was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    /// More than three distinct reports a week.
    Aktif,
    /// One to three.
    Cukup,
    /// None, and his device has synced since.
    Kurang,
    /// Not aktif as far as is known, and none of his devices has synced since: his reports may still be on it.
    BelumSinkron,
}

/// Distinct reports a week that are still cukup.
const CUKUP_MAX: u64 = 3;

impl Activity {
    /// As it is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aktif => "aktif",
            Self::Cukup => "cukup",
            Self::Kurang => "kurang",
            Self::BelumSinkron => "belum sinkron",
        }
    }
}

pub(super) fn activity(of: EvaluationOf, distinct: u64, devices: &[DeviceFacts]) -> Activity {
    if is_aktif(of.period, distinct) {
        Activity::Aktif
    } else if !devices.iter().any(|device| has_synced(of, device)) {
        Activity::BelumSinkron
    } else if distinct > 0 {
        Activity::Cukup
    } else {
        Activity::Kurang
    }
}

/// A month by the mean of its weeks, without fractions: 13 distinct reports in 30 days are more than three a week.
fn is_aktif(period: Period, distinct: u64) -> bool {
    distinct.saturating_mul(7) > CUKUP_MAX.saturating_mul(period.days())
}

/// Since the period ended; while it runs, since it began.
fn has_synced(of: EvaluationOf, device: &DeviceFacts) -> bool {
    let span = of.period.span(of.zone);
    let since = if of.as_of < span.to { span.from } else { span.to };
    // Only the last contact is kept: of a device that called again after it was revoked, nobody knows when its officer last did.
    let his = device.last_contact.filter(|contact| device.revoked_at.is_none_or(|revoked| *contact <= revoked));
    his.is_some_and(|contact| contact >= since)
}
