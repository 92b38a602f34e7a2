//! The one build that all mutants stand in: sources are switched, and what does not compile is taken out until the rest does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Generated;
use super::switched::{Hit, hit, switched};
use crate::programs::{Failure, Program, SourceCopy, release, run, sources, workspace};

/// The copy with switches.
const COPY: &str = "generated";
/// Where the switch itself goes: every switched crate stands on it.
const LIBRARY: &str = "sync-core/src/lib.rs";
const SWITCH: &str = "tests/mutants/switch.rs";
/// The compiler names wrong loans only where all types are right, and one crate's errors only when those below it compile.
const ROUNDS_MAX: u32 = 40;

/// The build of a copy of the sources with mutants behind switches.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Built {
    /// Of the sources, so that the next run knows whether it is still theirs.
    pub(super) digest: String,
    /// Behind a switch.
    pub(super) switched: BTreeSet<u16>,
    /// What these put in place does not compile.
    pub(super) unviable: BTreeSet<u16>,
    /// Programs of tests, each with the folder that it runs in.
    pub(super) tests: Vec<(PathBuf, PathBuf)>,
    pub(super) campaign: PathBuf,
    /// What the compiler refused, by its difference: the next build begins without.
    refused: BTreeMap<String, Refused>,
}

/// Why one is not behind a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Refused {
    /// What it puts in place does not compile.
    Itself,
    /// The switch does not, where it stands.
    Switch,
}

impl Built {
    /// What an earlier run built, when the sources are the same; otherwise built now.
    pub(super) fn of(all: &[Generated], folder: &Path) -> Result<Self, Failure> {
        let (kept, digest) = (folder.join("build.json"), digest()?);
        let before = std::fs::read(&kept).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        let before = before.unwrap_or_default();
        if before.digest == digest {
            return Ok(before);
        }
        let built = Self { digest, ..build(all, &before)? };
        std::fs::write(kept, serde_json::to_vec(&built)?)?;
        Ok(built)
    }

    /// A program of the build with a mutant on; 0 for none.
    pub(super) fn program(program: &Path, folder: &Path, mutant: u16) -> Result<Command, Failure> {
        let mut command = Command::new(program);
        // Tests that build programs find those of the copy.
        for (name, value) in SourceCopy::as_it_was(COPY)?.cargo_again()?.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.current_dir(folder).env("SAMBANG_MUTANT", mutant.to_string());
        Ok(command)
    }

    /// The folder of the switched sources.
    pub(super) fn sources() -> Result<PathBuf, Failure> {
        Ok(SourceCopy::as_it_was(COPY)?.sources().to_owned())
    }
}

fn build(all: &[Generated], before: &Built) -> Result<Built, Failure> {
    let known = |mutant: &Generated| before.refused.get(&mutant.difference);
    let numbered = || (1..).zip(all);
    // What the compiler refused before it refuses again.
    let mut out: BTreeMap<u16, Refused> = numbered().filter_map(|(number, mutant)| Some((number, *known(mutant)?))).collect();
    for _ in 0..ROUNDS_MAX {
        let (copy, switched) = switched_copy(all, &out)?;
        // First without the tests: the libraries are what is changed.
        let mut messages = messages(&copy, &["build", "--lib"])?;
        if !messages.iter().any(is_error) {
            messages = self::messages(&copy, &["test", "--lib", "--test", "core", "--test", "it", "--no-run"])?;
        }
        let wrong: Vec<&Value> = messages.iter().filter(|one| is_error(one)).collect();
        if wrong.is_empty() {
            let campaign = run(copy.cargo_again()?, Program::Campaign)?;
            run(copy.cargo_again()?, Program::Server)?;
            run(copy.cargo_again()?, Program::Device)?;
            let tests = messages.iter().filter_map(test_program).collect();
            let unviable = out.iter().filter(|(_, why)| **why == Refused::Itself).map(|(number, _)| *number).collect();
            let refused = numbered().filter_map(|(number, one)| Some((one.difference.clone(), *out.get(&number)?))).collect();
            return Ok(Built { switched, unviable, refused, tests, campaign, digest: String::new() });
        }
        for message in wrong {
            match place(message, &copy)? {
                // An opaque result has one type: another way out of the function is wrong there, and right in a build of its own.
                Some(Hit::One(number)) => {
                    out.insert(number, if is_opaque(all, number) { Refused::Switch } else { Refused::Itself });
                }
                Some(Hit::All(numbers)) => out.extend(numbers.into_iter().map(|number| (number, Refused::Switch))),
                None => return Err(format!("the switched sources do not build: {}", said(message)).into()),
            }
        }
    }
    Err("the switched sources do not build".into())
}

/// The copy with all mutants but some, and which are in it.
fn switched_copy(all: &[Generated], out: &BTreeMap<u16, Refused>) -> Result<(SourceCopy, BTreeSet<u16>), Failure> {
    let read = |file: &str| std::fs::read_to_string(workspace().join(file));
    let files: BTreeSet<&str> = all.iter().map(|mutant| mutant.place.file.as_str()).chain([LIBRARY]).collect();
    let (mut texts, mut numbers) = (BTreeMap::new(), BTreeSet::new());
    for file in files {
        let mine = (1..).zip(all).filter(|(number, mutant)| mutant.place.file == file && !out.contains_key(number));
        let mut switched = switched(&read(file)?, &mine.collect::<Vec<_>>())?;
        if file == LIBRARY {
            switched.text += &read(SWITCH)?;
        }
        texts.insert(file.to_owned(), switched.text);
        numbers.extend(switched.numbers);
    }
    Ok((SourceCopy::fresh_but(COPY, &texts)?, numbers))
}

fn is_opaque(all: &[Generated], number: u16) -> bool {
    all.get(usize::from(number).saturating_sub(1)).is_some_and(|mutant| mutant.name.contains("-> impl "))
}

/// What cargo says of a build.
fn messages(copy: &SourceCopy, arguments: &[&str]) -> Result<Vec<Value>, Failure> {
    let mut command = copy.cargo_again()?;
    command.args(arguments).args(["--locked", "--workspace", "--message-format=json", "--quiet"]).args(release());
    let output = command.stderr(Stdio::inherit()).output()?;
    let messages: Vec<Value> = String::from_utf8(output.stdout)?.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    if !output.status.success() && !messages.iter().any(is_error) {
        return Err("the switched sources do not build".into());
    }
    Ok(messages)
}

fn is_error(message: &Value) -> bool {
    // The last error only counts the others.
    message.pointer("/message/level").is_some_and(|level| level == "error")
        && message.pointer("/message/spans").and_then(Value::as_array).is_some_and(|spans| !spans.is_empty())
}

/// Whom an error hits: by the first place that it names within a switch.
fn place(message: &Value, copy: &SourceCopy) -> Result<Option<Hit>, Failure> {
    let mut spans: Vec<&Value> = message.pointer("/message/spans").and_then(Value::as_array).into_iter().flatten().collect();
    spans.sort_by_key(|span| span.get("is_primary") != Some(&Value::Bool(true)));
    for mut span in spans {
        // A macro's text is elsewhere; where it is called is here.
        while let Some(call) = span.pointer("/expansion/span") {
            span = call;
        }
        let file = span.get("file_name").and_then(Value::as_str).unwrap_or_default();
        let Ok(text) = std::fs::read_to_string(copy.sources().join(file)) else { continue };
        let at = span.get("byte_start").and_then(Value::as_u64).unwrap_or_default();
        if let Some(hit) = hit(&text, usize::try_from(at)?) {
            return Ok(Some(hit));
        }
    }
    Ok(None)
}

fn said(message: &Value) -> &str {
    message.pointer("/message/rendered").and_then(Value::as_str).unwrap_or_default()
}

/// A program of tests, and the folder that it runs in.
fn test_program(message: &Value) -> Option<(PathBuf, PathBuf)> {
    let folder = Path::new(message.get("manifest_path")?.as_str()?).parent()?.to_owned();
    let is_test = message.pointer("/profile/test")? == true;
    Some((message.get("executable")?.as_str().filter(|_| is_test)?.into(), folder))
}

/// Of everything that is built or read by a build; what is told of survivors is not.
fn digest() -> Result<String, Failure> {
    let mut digest = blake3::Hasher::new();
    for (name, bytes) in sources()?.iter().filter(|(name, _)| !name.ends_with(".txt") && !name.ends_with(".md")) {
        digest.update(name.as_bytes()).update(blake3::hash(bytes).as_bytes());
    }
    Ok(digest.finalize().to_hex().to_string())
}
