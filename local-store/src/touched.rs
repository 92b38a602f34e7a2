//! What a reply changed.

use std::collections::BTreeMap;

use sync_core::ReportId;

/// The reports that are projected anew when all of a reply is stored, each with its newest snapshot where the gate made one: it is not made twice.
#[derive(Debug, Default)]
pub(crate) struct Touched(BTreeMap<ReportId, Option<Vec<u8>>>);

impl Touched {
    pub(crate) fn insert(&mut self, report: ReportId) {
        self.0.entry(report).or_default();
    }

    pub(crate) fn insert_with(&mut self, report: ReportId, snapshot: Vec<u8>) {
        self.0.insert(report, Some(snapshot));
    }

    pub(crate) fn contains(&self, report: ReportId) -> bool {
        self.0.contains_key(&report)
    }

    pub(crate) fn into_reports(self) -> impl Iterator<Item = (ReportId, Option<Vec<u8>>)> {
        self.0.into_iter()
    }
}
