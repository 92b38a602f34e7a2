//! Totals by Polsek, Polres, Polda.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sync_core::UnitCode;

use super::Activity;
use super::facts::UnitFacts;
use super::officer::{OfficerEvaluation, per_duty};

/// What the officers of a unit and of those below it come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitEvaluation {
    /// Its code.
    pub unit: UnitCode,
    /// Its name.
    pub name: String,
    /// The unit above it, where that is in the evaluation too.
    pub parent: Option<UnitCode>,
    /// All officers, those of the units below it included.
    pub officers: u64,
    /// Those that belong to the unit itself and to none below it.
    pub direct: u64,
    /// Officers by activity.
    pub activities: BTreeMap<Activity, u64>,
    /// Reports of the officers.
    pub reports: u64,
    /// Sum of their different descriptions.
    pub distinct: u64,
    /// Reports that repeat another.
    pub repeats: u64,
    /// Reports by kind.
    pub per_kind: BTreeMap<String, u64>,
    /// Reports by duty.
    pub per_duty: BTreeMap<u8, u64>,
    /// Reports that were returned.
    pub returned: u64,
    /// Reports that wait for their author.
    pub unanswered: u64,
    /// What the devices said that they had not delivered.
    pub unsent: u64,
}

pub(super) fn evaluate(units: &BTreeMap<UnitCode, UnitFacts>, officers: &[OfficerEvaluation]) -> Vec<UnitEvaluation> {
    let empty = |(unit, facts): (&UnitCode, &UnitFacts)| {
        let parent = facts.parent.filter(|parent| units.contains_key(parent));
        (
            *unit,
            UnitEvaluation {
                unit: *unit,
                name: facts.name.clone(),
                parent,
                officers: 0,
                direct: 0,
                activities: BTreeMap::new(),
                reports: 0,
                distinct: 0,
                repeats: 0,
                per_kind: BTreeMap::new(),
                per_duty: BTreeMap::new(),
                returned: 0,
                unanswered: 0,
                unsent: 0,
            },
        )
    };
    let mut found: BTreeMap<UnitCode, UnitEvaluation> = units.iter().map(empty).collect();
    for officer in officers {
        if let Some(own) = found.get_mut(&officer.unit) {
            own.direct += 1;
        }
        let mut at = Some(officer.unit);
        while let Some(unit) = at.and_then(|code| found.get_mut(&code)) {
            unit.add(officer);
            at = unit.parent;
        }
    }
    let mut units: Vec<UnitEvaluation> = found.into_values().collect();
    units.sort_by_key(|unit| unit.unit.parts().to_vec());
    units
}

impl UnitEvaluation {
    fn add(&mut self, officer: &OfficerEvaluation) {
        self.officers += 1;
        *self.activities.entry(officer.activity).or_default() += 1;
        self.reports += officer.reports;
        self.distinct += officer.distinct;
        self.repeats += officer.repeats;
        for (kind, count) in &officer.per_kind {
            *self.per_kind.entry(kind.clone()).or_default() += count;
        }
        for (duty, count) in &officer.per_duty {
            *self.per_duty.entry(*duty).or_default() += count;
        }
        self.returned += officer.returned;
        self.unanswered += officer.unanswered;
        self.unsent = self.unsent.saturating_add(officer.unsent);
    }

    /// Officers of an activity.
    pub fn count(&self, activity: Activity) -> u64 {
        self.activities.get(&activity).copied().unwrap_or(0)
    }

    /// Which office answers for a unit of this height.
    pub fn level(&self) -> &'static str {
        match self.unit.level() {
            sync_core::Level::Country => "mabes",
            sync_core::Level::Province => "polda",
            sync_core::Level::Regency => "polres",
            sync_core::Level::District => "polsek",
            sync_core::Level::Village => "desa",
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "unit": self.unit.to_string(), "name": self.name, "level": self.level(), "parent": self.parent.map(|unit| unit.to_string()),
            "officers": self.officers, "direct": self.direct,
            "aktif": self.count(Activity::Aktif), "cukup": self.count(Activity::Cukup), "kurang": self.count(Activity::Kurang),
            "belum_sinkron": self.count(Activity::BelumSinkron),
            "reports": self.reports, "distinct": self.distinct, "repeats": self.repeats, "per_kind": self.per_kind, "per_duty": per_duty(&self.per_duty),
            "returned": self.returned, "unanswered": self.unanswered, "unsent": self.unsent,
        })
    }
}
