//! Campaigns: accidents over and over, to the real programs or in the simulated world, and then the question whether anything was lost.

use std::path::Path;
use std::process::Command;

use crate::programs::{Failure, workspace};

pub mod generated;
mod kill;
pub mod mutants;
pub mod poison;
pub mod sim;

pub use kill::{Outcome, Plan, kill};

/// A report of an early detection, filed with `sambang --store STORE report new`; the id comes as JSON.
pub fn report_new(command: &mut Command, store: &Path) {
    let data = workspace().join("sync-core/forms/examples/deteksi-dini.full.json");
    command.arg("--store").arg(store).args(["--json", "report", "new", "deteksi-dini", "--unit", "53.03.01.2005", "--data"]).arg(data);
}

/// The id of a report in what was printed, also when the rest of it is cut off.
pub fn printed_id(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("\"id\":\"")?;
    let id = rest.get(..36)?;
    Some(id.to_owned())
}

/// The ids of all reports in the store, as the program lists them.
///
/// # Errors
/// When the program fails, or lists something else.
pub fn listed_ids(program: &Path, store: &Path) -> Result<Vec<String>, Failure> {
    let output = Command::new(program).arg("--store").arg(store).args(["--json", "report", "list"]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let list: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout)?;
    let id = |one: &serde_json::Value| one.get("id")?.as_str().map(str::to_owned);
    list.iter().map(|one| id(one).ok_or_else(|| "a report without an id".into())).collect()
}
