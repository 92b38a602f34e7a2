//! The centre of Sambang: takes in, keeps and gives out the reports of a country.
//!
//! - [`Server`]: the centre over its data directory, synchronous; [`Server::exchange`] and [`Server::enrol`] answer devices, the rest is
//!   administration. Time and random numbers are arguments.
//! - [`http`]: the thin shell that serves it; [`cli`]: the program `sambang-server`.
//!
//! Read along the path of a report: `http` → `exchange` → `exchange/push` → `exchange/accept` → `store` → `exchange/page`.

pub mod cli;
pub mod http;

mod admin;
mod areas;
mod backup;
mod enrol;
mod error;
mod evaluate;
mod exchange;
mod export;
mod high_water;
mod host;
mod journal;
mod key_file;
mod limits;
mod log;
mod metrics;
mod period;
mod rejection;
mod repeat;
mod server;
mod store;
mod verify;

pub use admin::{
    Admit, AreaInfo, BundleAdmitted, BundleRejected, DeviceInfo, FormAdded, FormInfo, HeldDecision, HeldInfo, HeldOfDevice, HeldReport,
    HeldSettled, JournalReplayed, JournalStatus, MessageStatus, NewOfficer, OfficerInfo, OlderThanSigned, QuarantineInfo, QuarantineQuota,
    Quarantined, Reached, ReportFilter, ReportSummary, RollbackSeen, UnconfirmedDevice, UnitsImported,
};
pub use backup::{BackupFile, BackupInfo, BackupMark, Restore, RestoreOptions, Restored};
pub use error::ServerError;
pub use evaluate::{Activity, Evaluation, EvaluationOf, EvaluationTable, OfficerEvaluation, UnitEvaluation, officer_table, unit_table};
pub use exchange::Summary;
pub use export::{ExportFormat, write_table_csv, write_tables_xlsx};
pub use period::{Period, Span, Zone};
pub use rejection::Rejection;
pub use server::{OpenOptions, Server};
pub use verify::{Finding, Repair, Verification};
