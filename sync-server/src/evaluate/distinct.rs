//! How many different descriptions reports have: a description and its copies count once.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::ReportId;
use sync_core::similar::is_repeat;

use super::facts::ReportFacts;
use crate::period::{Period, Zone};

pub(super) fn distinct(reports: &[ReportFacts]) -> u64 {
    let mut groups = Groups::default();
    for report in reports {
        groups.join(report.id, report.repeat_of.unwrap_or(report.id));
    }
    // Flags stay within a month, a week does not.
    let mut months: BTreeMap<(i64, i64), Vec<&ReportFacts>> = BTreeMap::new();
    for report in reports {
        let span = Period::month_of(report.recorded_at, Zone::Wita).span(Zone::Wita);
        months.entry((span.from.unix_ms(), span.to.unix_ms())).or_default().push(report);
    }
    let months: Vec<Vec<&ReportFacts>> = months.into_values().collect();
    for (at, month) in months.iter().enumerate() {
        for later in months.iter().skip(at.saturating_add(1)) {
            for (one, other) in month.iter().flat_map(|one| later.iter().map(move |other| (one, other))) {
                if let (Some(own), Some(its)) = (&one.fingerprint, &other.fingerprint)
                    && is_repeat(own, its).is_some()
                {
                    groups.join(one.id, other.id);
                }
            }
        }
    }
    reports.iter().map(|report| groups.of(report.id)).collect::<BTreeSet<_>>().len() as u64
}

/// Reports that repeat each other, also by way of a third.
#[derive(Default)]
struct Groups {
    above: BTreeMap<ReportId, ReportId>,
}

impl Groups {
    fn of(&self, mut id: ReportId) -> ReportId {
        while let Some(above) = self.above.get(&id).filter(|above| **above != id) {
            id = *above;
        }
        id
    }

    fn join(&mut self, one: ReportId, other: ReportId) {
        let (one, other) = (self.of(one), self.of(other));
        self.above.insert(one, other);
    }
}
