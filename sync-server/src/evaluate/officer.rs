//! One officer's evaluation.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sync_core::{Nrp, Timestamp, UnitCode};

use super::facts::{Facts, OfficerFacts};
use super::{Activity, EvaluationOf, activity, distinct};

/// How active an officer was, and on what that rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerEvaluation {
    /// His NRP.
    pub nrp: Nrp,
    /// His name.
    pub name: String,
    /// The one unit in whose totals he counts.
    pub unit: UnitCode,
    /// Its name.
    pub unit_name: String,
    /// What the rule says.
    pub activity: Activity,
    /// Reports recorded in the period and not withdrawn.
    pub reports: u64,
    /// Their different descriptions.
    pub distinct: u64,
    /// Those whose description repeats another of the month.
    pub repeats: u64,
    /// Reports by kind.
    pub per_kind: BTreeMap<String, u64>,
    /// Reports by duty, 1 to 6; 0 for a form that this program does not know.
    pub per_duty: BTreeMap<u8, u64>,
    /// Those that were returned at some time.
    pub returned: u64,
    /// Those that are returned and wait for him.
    pub unanswered: u64,
    /// When the centre last took a request of any of his devices.
    pub last_contact: Option<Timestamp>,
    /// What all his devices said last that they had not delivered.
    pub unsent: u64,
    /// Phones that use one store in turn; 1 where none was copied.
    pub phones: u64,
}

pub(super) fn evaluate(of: EvaluationOf, officer: &OfficerFacts, facts: &Facts) -> OfficerEvaluation {
    let distinct = distinct::distinct(&officer.reports);
    let count = |fits: fn(&super::facts::ReportFacts) -> bool| officer.reports.iter().filter(|report| fits(report)).count() as u64;
    let mut evaluation = OfficerEvaluation {
        nrp: officer.nrp,
        name: officer.name.clone(),
        unit: officer.unit,
        unit_name: facts.units.get(&officer.unit).map(|unit| unit.name.clone()).unwrap_or_default(),
        activity: activity::activity(of, distinct, &officer.devices),
        reports: officer.reports.len() as u64,
        distinct,
        repeats: count(|report| report.repeat_of.is_some()),
        per_kind: BTreeMap::new(),
        per_duty: BTreeMap::new(),
        returned: count(|report| report.returned),
        unanswered: count(|report| report.unanswered),
        last_contact: officer.devices.iter().filter_map(|device| device.last_contact).max(),
        unsent: officer.devices.iter().fold(0, |sum, device| sum.saturating_add(device.unsent)),
        phones: officer.devices.iter().filter(|device| device.revoked_at.is_none()).map(|device| device.phones).max().unwrap_or(1),
    };
    for report in &officer.reports {
        *evaluation.per_kind.entry(report.kind.clone()).or_default() += 1;
        *evaluation.per_duty.entry(facts.forms.get(&report.kind).map_or(0, |form| form.duty())).or_default() += 1;
    }
    evaluation
}

impl OfficerEvaluation {
    pub(super) fn json(&self) -> Value {
        json!({
            "nrp": self.nrp.to_string(), "name": self.name, "unit": self.unit.to_string(), "unit_name": self.unit_name, "activity": self.activity.as_str(),
            "reports": self.reports, "distinct": self.distinct, "repeats": self.repeats, "per_kind": self.per_kind, "per_duty": per_duty(&self.per_duty),
            "returned": self.returned, "unanswered": self.unanswered, "last_contact": self.last_contact.map(|at| at.to_string()), "unsent": self.unsent,
            "phones": self.phones,
        })
    }
}

pub(super) fn per_duty(counts: &BTreeMap<u8, u64>) -> Value {
    counts.iter().map(|(duty, count)| (duty.to_string(), Value::from(*count))).collect::<serde_json::Map<_, _>>().into()
}
