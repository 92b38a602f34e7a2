//! Evaluation: how active each officer of a unit was in a week or month, and what his superiors see of it (ADR 0046). Silence is never called
//! idleness: who has not been heard of since the period ended is `belum sinkron`.

mod activity;
mod distinct;
mod facts;
mod gather;
mod officer;
mod table;
mod unit;

use std::collections::BTreeMap;

use sync_core::form::Words;
use sync_core::{Timestamp, UnitCode};

use crate::period::{Period, Zone};
use crate::{Server, ServerError};

pub use activity::Activity;
pub use officer::OfficerEvaluation;
pub use table::{EvaluationTable, officer_table, unit_table};
pub use unit::UnitEvaluation;

use facts::Facts;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvaluationOf {
    /// The week or month.
    pub period: Period,
    /// The unit, with all below it.
    pub unit: UnitCode,
    /// By whose calendar a report counts.
    pub zone: Zone,
    /// Now.
    pub as_of: Timestamp,
}

/// The evaluation of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// What was asked.
    pub of: EvaluationOf,
    /// Each officer once, by unit and NRP.
    pub officers: Vec<OfficerEvaluation>,
    /// The unit and those below it down to the Polsek, by code; what a unit counts is what is directly at it and what the units below it count.
    pub units: Vec<UnitEvaluation>,
    /// What each kind is called in which they wrote.
    pub labels: BTreeMap<String, Words>,
}

/// Facts in, evaluation out.
fn evaluate(of: EvaluationOf, facts: &Facts) -> Evaluation {
    let mut officers: Vec<OfficerEvaluation> = facts.officers.iter().map(|officer| officer::evaluate(of, officer, facts)).collect();
    // By code as one reads it, each unit before those below it; the order of `UnitCode` itself is by height first.
    officers.sort_by_key(|officer| (officer.unit.parts().to_vec(), officer.nrp));
    let units = unit::evaluate(&facts.units, &officers);
    let labels = facts.forms.iter().map(|(kind, form)| (kind.clone(), form.label().clone())).collect();
    Evaluation { of, officers, units, labels }
}

impl Evaluation {
    /// `{period, unit, zone, as_of, from, to, officers, units}`.
    pub fn json(&self) -> serde_json::Value {
        let span = self.of.period.span(self.of.zone);
        serde_json::json!({
            "period": self.of.period.to_string(), "unit": self.of.unit.to_string(), "zone": self.of.zone.as_str(), "as_of": self.of.as_of.to_string(),
            "from": span.from.to_string(), "to": span.to.to_string(),
            "officers": self.officers.iter().map(OfficerEvaluation::json).collect::<Vec<_>>(),
            "units": self.units.iter().map(UnitEvaluation::json).collect::<Vec<_>>(),
        })
    }
}

impl Server {
    /// Evaluates the officers of a unit, on one snapshot of the database.
    ///
    /// # Errors
    /// [`ServerError::UnknownUnit`], [`ServerError::NoUnits`].
    pub fn evaluate(&self, of: EvaluationOf) -> Result<Evaluation, ServerError> {
        let facts = self.store.read(|db| gather::gather(db, of))?;
        Ok(evaluate(of, &facts))
    }
}

#[cfg(test)]
mod tests;
