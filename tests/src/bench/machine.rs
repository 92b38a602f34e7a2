//! On what was measured, and with what: the header of every run.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::programs::workspace;

/// The machine and the versions of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    date: String,
    cpu: String,
    cores: usize,
    /// Of the last one, five and fifteen minutes, before the run.
    load: String,
    commit: String,
    rustc: String,
    rounds: u64,
    /// By system, then by what it stands on.
    versions: BTreeMap<String, BTreeMap<String, String>>,
}

impl Header {
    /// Looks at this machine.
    pub(super) fn now(rounds: u64, versions: BTreeMap<String, BTreeMap<String, String>>) -> Self {
        let date = OffsetDateTime::now_utc().format(format_description!("[year]-[month]-[day] [hour]:[minute] UTC"));
        let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("unknown", |(_, name)| name);
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            date: date.unwrap_or_default(),
            cpu: cpu.to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            load: load.split(' ').take(3).collect::<Vec<_>>().join(" "),
            commit: said(Command::new("git").args(["describe", "--always", "--dirty", "--abbrev=8"])),
            rustc: said(Command::new("rustc").arg("--version")),
            rounds,
            versions,
        }
    }

    /// As the first line of `--json`.
    pub(super) fn json(&self) -> Value {
        json!({
            "header": {
                "date": self.date, "cpu": self.cpu, "cores": self.cores, "load": self.load, "commit": self.commit, "rustc": self.rustc,
                "rounds": self.rounds, "versions": self.versions,
            }
        })
    }

    /// In words.
    pub(super) fn text(&self) -> String {
        let of = |parts: &BTreeMap<String, String>| {
            parts.iter().map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>().join(", ")
        };
        let versions: Vec<String> = self.versions.iter().map(|(system, parts)| format!("{system}: {}", of(parts))).collect();
        format!(
            "{}; {}, {} cores, load {}; commit {}; {}; {} rounds, medians (smallest–greatest).\n{}.",
            self.date,
            self.cpu,
            self.cores,
            self.load,
            self.commit,
            self.rustc,
            self.rounds,
            versions.join("; ")
        )
    }
}

/// What a program prints; `unknown` where there is none.
fn said(command: &mut Command) -> String {
    let output = command.current_dir(workspace()).output().ok().filter(|output| output.status.success());
    output.map_or_else(|| "unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
