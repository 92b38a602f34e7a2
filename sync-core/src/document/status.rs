//! A report's status: derived from its decisions, never stored.

use super::View;

/// What stands of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Filed, and nothing decided.
    Final,
    /// Taken back by its author, with a reason.
    Withdrawn,
}

impl Status {
    /// As it is shown and stored in projections.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl View {
    /// The status that the decisions make.
    pub fn status(&self) -> Status {
        let withdrawn = self.decisions.iter().any(|entry| entry.texts.get("type").is_some_and(|kind| kind == "withdraw"));
        if withdrawn { Status::Withdrawn } else { Status::Final }
    }
}
