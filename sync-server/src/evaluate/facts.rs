//! What an evaluation is made of.

use std::collections::BTreeMap;

use sync_core::form::Form;
use sync_core::similar::Fingerprint;
use sync_core::{Nrp, ReportId, Timestamp, UnitCode};

/// Everything that an evaluation looks at.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// The unit that is asked for and those below it, down to districts.
    pub(super) units: BTreeMap<UnitCode, UnitFacts>,
    pub(super) officers: Vec<OfficerFacts>,
    /// The newest form of each kind in which they wrote.
    pub(super) forms: BTreeMap<String, &'static Form>,
}

#[derive(Debug, Clone)]
pub(super) struct UnitFacts {
    pub(super) name: String,
    /// By the list of units, which a decree may have changed.
    pub(super) parent: Option<UnitCode>,
}

#[derive(Debug, Clone)]
pub(super) struct OfficerFacts {
    pub(super) nrp: Nrp,
    pub(super) name: String,
    /// The one unit in whose totals he counts.
    pub(super) unit: UnitCode,
    pub(super) devices: Vec<DeviceFacts>,
    /// Those recorded in the period and not withdrawn.
    pub(super) reports: Vec<ReportFacts>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct DeviceFacts {
    /// The last request that was taken; enrolment is none.
    pub(super) last_contact: Option<Timestamp>,
    pub(super) revoked_at: Option<Timestamp>,
    pub(super) unsent: u64,
    pub(super) phones: u64,
}

#[derive(Debug, Clone)]
pub(super) struct ReportFacts {
    pub(super) id: ReportId,
    pub(super) kind: String,
    pub(super) recorded_at: Timestamp,
    pub(super) repeat_of: Option<ReportId>,
    pub(super) fingerprint: Option<Fingerprint>,
    /// It was returned at some time.
    pub(super) returned: bool,
    /// It is returned, and its author has not answered.
    pub(super) unanswered: bool,
}
