//! Mutants that nobody wrote: in the gate and in every function that bears a rule, operators, conditions and results are changed one at a time. Fast
//! tests judge each first, then a slice of the simulated campaign. What both pass survives, and is explained or gets a test.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::programs::{Failure, Program, SourceCopy, release, run, target, workspace};

/// The program that changes the sources; installed below the target folder where it is not there.
const TOOL: &str = "cargo-mutants";
const TOOL_VERSION: &str = "27.1.0";
/// All of it is looked at, whatever bears a rule.
const GATE: &str = "sync-core/src/gate/";
/// Why a mutant may survive: its name, a space, a dash, a space and the reason.
const EXPLAINED: &str = "tests/mutants/explained.txt";
/// A mutant that makes a loop endless is found by the time that it takes.
const SECONDS_MAX: &str = "600";
/// Exit code of `timeout`.
const TIMED_OUT: i32 = 124;
/// The slice of the campaign.
const SLICE: [&str; 8] = ["sim", "--from", "1", "--count", "30", "--until-failed", "--threads", "2"];
/// Such builds come by the hundred: only what a mutant touches is compiled. The dependencies are those of every other build.
const BUILD: [&str; 2] = ["--config", "profile.release.incremental=true"];

/// One part of all mutants, so that several machines share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

/// A change that the tool proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// File and what is changed.
    pub name: String,
    difference: String,
}

/// What became of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It does not build: no mutant at all.
    Unviable,
    /// The fast tests failed.
    FoundByTests,
    /// The slice of the campaign failed.
    FoundByCampaign,
    /// Tests or campaign did not end.
    FoundByTime,
    /// Nothing found it.
    Survived,
}

/// A line of the file of results.
#[derive(Debug, Serialize, Deserialize)]
struct Judged {
    name: String,
    fate: Fate,
}

/// How a shard stands.
#[derive(Debug, Default)]
pub struct Standing {
    fates: BTreeMap<String, Fate>,
    explained: BTreeMap<String, String>,
    /// Mutants of the shard that are not judged yet.
    pub left: usize,
}

impl Standing {
    /// Survivors that nobody explained.
    pub fn unexplained(&self) -> impl Iterator<Item = &str> {
        let survived = self.fates.iter().filter(|(_, fate)| **fate == Fate::Survived).map(|(name, _)| name.as_str());
        survived.filter(|name| !self.explained.contains_key(*name))
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |wanted| self.fates.values().filter(|fate| **fate == wanted).count();
        writeln!(
            f,
            "{} mutants: {} found by tests, {} by the campaign, {} by time; {} survived, {} do not build, {} left",
            self.fates.len() + self.left,
            count(Fate::FoundByTests),
            count(Fate::FoundByCampaign),
            count(Fate::FoundByTime),
            count(Fate::Survived),
            count(Fate::Unviable),
            self.left
        )?;
        self.unexplained().try_for_each(|name| writeln!(f, "SURVIVED {name}"))
    }
}

/// All mutants, in the order of files and lines.
///
/// # Errors
/// When the tool cannot be installed or run, or docs/PROTOCOL.md cannot be read.
pub fn all() -> Result<Vec<Generated>, Failure> {
    let bearers = bearers(&std::fs::read_to_string(workspace().join("docs/PROTOCOL.md"))?);
    let files: BTreeSet<&str> = bearers.iter().map(|(file, _)| file.as_str()).collect();
    let mut command = Command::new(tool()?);
    command.args(["mutants", "--list", "--json", "--diff", "--file", &format!("{GATE}**")]).current_dir(workspace());
    files.iter().for_each(|file| _ = command.args(["--file", file]));
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{TOOL} --list: {}", output.status).into());
    }
    chosen(&serde_json::from_slice(&output.stdout)?, &bearers)
}

/// Which of the tool's proposals stand in the gate or in a function that bears a rule.
fn chosen(listed: &serde_json::Value, bearers: &BTreeSet<(String, String)>) -> Result<Vec<Generated>, Failure> {
    let text = |value: &serde_json::Value, pointer: &str| value.pointer(pointer).and_then(serde_json::Value::as_str).map(str::to_owned);
    let mut mutants: Vec<Generated> = Vec::new();
    for one in listed.as_array().ok_or("the tool lists no mutants")? {
        let (file, difference) = (text(one, "/file").ok_or("no file")?, text(one, "/diff").ok_or("no difference")?);
        let function = text(one, "/function/function_name").unwrap_or_default();
        let plain = function.rsplit("::").next().unwrap_or_default().to_owned();
        if !file.starts_with(GATE) && !bearers.contains(&(file.clone(), plain)) {
            continue;
        }
        // Without line and column, so that it is the same when other lines come.
        let said = text(one, "/name").ok_or("no name")?;
        let change = said.split_once(": ").map_or(said.as_str(), |(_, change)| change);
        let mut name = format!("{file}: {change}");
        let same = mutants.iter().filter(|other| other.name == name || other.name.starts_with(&format!("{name} ("))).count();
        if same > 0 {
            name = format!("{name} ({})", same + 1);
        }
        let parts = difference.split_once("\n@@").ok_or("a difference without a place")?.1;
        mutants.push(Generated { name, difference: format!("--- a/{file}\n+++ b/{file}\n@@{parts}") });
    }
    Ok(mutants)
}

/// File and function of each rule, as its table names them.
fn bearers(protocol: &str) -> BTreeSet<(String, String)> {
    let rows = protocol.lines().skip_while(|line| *line != "## Rules").take_while(|line| *line != "## Limits");
    let names = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).filter_map(|name| name.split_once(".rs::"));
    names.map(|(file, function)| (format!("{file}.rs"), function.to_owned())).collect()
}

/// Judges what is left of a shard; `tell` hears of each.
///
/// # Errors
/// When something cannot be run, or a result cannot be written.
pub fn judge(shard: Shard, mut tell: impl FnMut(&str, Fate)) -> Result<Standing, Failure> {
    let results = target()?.join("generated-mutants").join(format!("{}-of-{}.ndjson", shard.number, shard.of));
    let mine: Vec<Generated> = all()?.into_iter().skip(shard.number).step_by(shard.of.max(1)).collect();
    let before = standing(&mine, &results)?;
    let folder = results.parent().ok_or("no folder")?;
    std::fs::create_dir_all(folder)?;
    let mut out = OpenOptions::new().create(true).append(true).open(&results)?;
    for mutant in mine.iter().filter(|mutant| !before.fates.contains_key(&mutant.name)) {
        let copy = SourceCopy::fresh(&format!("generated-{}", shard.number))?;
        let file = folder.join(format!("{}.patch", shard.number));
        File::create(&file)?.write_all(mutant.difference.as_bytes())?;
        copy.apply(&file)?;
        let fate = fate(&copy)?;
        writeln!(out, "{}", serde_json::to_string(&Judged { name: mutant.name.clone(), fate })?)?;
        tell(&mutant.name, fate);
    }
    standing(&mine, &results)
}

/// What is known of these.
fn standing(mine: &[Generated], results: &Path) -> Result<Standing, Failure> {
    let mut known = Standing::default();
    if results.exists() {
        for line in std::fs::read_to_string(results)?.lines() {
            let judged: Judged = serde_json::from_str(line)?;
            known.fates.insert(judged.name, judged.fate);
        }
    }
    known.fates.retain(|name, _| mine.iter().any(|mutant| mutant.name == *name));
    known.left = mine.len() - known.fates.len();
    known.explained = explained(&std::fs::read_to_string(workspace().join(EXPLAINED)).unwrap_or_default());
    Ok(known)
}

fn explained(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" — "));
    lines.map(|(name, why)| (name.to_owned(), why.to_owned())).collect()
}

fn fate(copy: &SourceCopy) -> Result<Fate, Failure> {
    let cargo = || -> Result<Command, Failure> {
        let mut command = copy.cargo()?;
        command.args(BUILD);
        Ok(command)
    };
    let mut build = cargo()?;
    build.args(["test", "--locked", "--workspace", "--lib", "--test", "core", "--no-run", "--quiet"]).args(release());
    if !build.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
        return Ok(Fate::Unviable);
    }
    let mut tests = cargo()?;
    tests.args(["test", "--locked", "--workspace", "--lib", "--test", "core", "--quiet"]).args(release());
    match within_time(&tests)? {
        Some(0) => {}
        Some(TIMED_OUT) => return Ok(Fate::FoundByTime),
        _ => return Ok(Fate::FoundByTests),
    }
    let mut slice = Command::new(run(cargo()?, Program::Campaign)?);
    slice.args(SLICE).current_dir(copy.sources());
    Ok(match within_time(&slice)? {
        Some(0) => Fate::Survived,
        Some(TIMED_OUT) => Fate::FoundByTime,
        _ => Fate::FoundByCampaign,
    })
}

/// The exit code of a command that is ended when it takes too long.
fn within_time(command: &Command) -> Result<Option<i32>, Failure> {
    let mut bounded = Command::new("timeout");
    bounded.args(["--kill-after=10", SECONDS_MAX]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => bounded.env(name, value),
            None => bounded.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        bounded.current_dir(folder);
    }
    Ok(bounded.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?.code())
}

/// The tool, installed once.
fn tool() -> Result<PathBuf, Failure> {
    let root = target()?.join("tools");
    let program = root.join("bin").join(TOOL);
    if !program.exists() {
        let install = ["install", TOOL, "--version", TOOL_VERSION, "--locked", "--root"];
        if !crate::programs::cargo(workspace()).args(install).arg(&root).status()?.success() {
            return Err(format!("{TOOL} {TOOL_VERSION} cannot be installed").into());
        }
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use serde_json::json;

    use super::*;

    #[test]
    fn every_rule_of_the_protocol_names_a_function_that_is_there() {
        let bearers = bearers(&std::fs::read_to_string(workspace().join("docs/PROTOCOL.md")).unwrap());
        assert!(bearers.len() > 40, "{bearers:?}");
        for (file, function) in bearers {
            let text = std::fs::read_to_string(workspace().join(&file)).unwrap();
            assert!(text.contains(&format!("fn {function}")), "{file}::{function}");
        }
    }

    #[test]
    fn only_the_gate_and_what_bears_a_rule_is_changed_and_each_has_a_name_of_its_own() {
        let one = |file: &str, function: &str| {
            let diff = format!("--- {file}\n+++ replace == with !=\n@@ -1,3 +1,3 @@\n a\n-    x == y\n+    x != y\n b\n");
            let name = format!("{file}:2:7: replace == with != in {function}");
            json!({ "file": file, "function": { "function_name": function }, "diff": diff, "name": name })
        };
        let listed = json!([
            one("sync-core/src/gate/a.rs", "any"),
            one("sync-core/src/b.rs", "B::bears"),
            one("sync-core/src/b.rs", "does_not"),
            one("sync-core/src/b.rs", "B::bears"),
        ]);
        let bearers = BTreeSet::from([("sync-core/src/b.rs".to_owned(), "bears".to_owned())]);
        let mutants = chosen(&listed, &bearers).unwrap();
        let names: Vec<&str> = mutants.iter().map(|mutant| mutant.name.as_str()).collect();
        let b = "sync-core/src/b.rs: replace == with != in B::bears";
        assert_eq!(names, ["sync-core/src/gate/a.rs: replace == with != in any", b, &format!("{b} (2)")]);
        assert!(mutants[0].difference.starts_with("--- a/sync-core/src/gate/a.rs\n+++ b/sync-core/src/gate/a.rs\n@@ -1,3"));
    }

    #[test]
    fn a_shard_goes_on_where_it_was_stopped_and_a_survivor_is_explained_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("0-of-1.ndjson");
        let mine = ["a", "b", "c"].map(|name| Generated { name: name.to_owned(), difference: String::new() });
        assert_eq!(standing(&mine, &results).unwrap().left, 3);
        std::fs::write(&results, "{\"name\":\"a\",\"fate\":\"survived\"}\n{\"name\":\"gone\",\"fate\":\"survived\"}\n").unwrap();
        let mut known = standing(&mine, &results).unwrap();
        assert_eq!((known.left, known.unexplained().collect::<Vec<_>>()), (2, vec!["a"]));
        known.explained = explained("# why\na — it is the same\n");
        assert_eq!(known.unexplained().count(), 0);
    }
}
