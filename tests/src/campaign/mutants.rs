//! Mutants: faults that were put in on purpose, each with the campaign or test that must find it. A judge that stays green is no judge.

use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::programs::{Failure, Program, SourceCopy, release, run, workspace};

/// One copy for all: what a mutant does not touch is compiled once. It is none of those that single tests build from.
const COPY: &str = "one-after-another";
/// How much of what a judge said is told.
const LINES_MAX: usize = 8;

/// A patch file of `tests/mutants`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// The file's name without its ending.
    pub name: String,
    /// The file.
    pub file: PathBuf,
    /// What must turn red.
    pub judge: Judge,
}

/// What must turn red, as the line `Red: …` of a patch file names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judge {
    /// `campaign ARGUMENTS`: the program `campaign` of the copy, with these arguments.
    Campaign(Vec<String>),
    /// `test TARGET MODULE::NAME`: one test of the test programs of that name.
    Test {
        /// `it` or `core`.
        target: String,
        /// The test's whole name.
        name: String,
    },
}

/// What a judge made of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It found something, and said this.
    Red(String),
    /// It found nothing, and said this.
    Green(String),
    /// Nothing was judged.
    NotJudged(String),
}

impl Mutant {
    /// All of them, by name.
    ///
    /// # Errors
    /// When one cannot be read, or names no judge.
    pub fn all() -> Result<Vec<Self>, Failure> {
        let mut mutants = Vec::new();
        for entry in std::fs::read_dir(workspace().join("tests/mutants"))? {
            let file = entry?.path();
            if file.extension().is_some_and(|ending| ending == "patch") {
                let name = file.file_stem().and_then(|name| name.to_str()).ok_or("a file's name is no text")?.to_owned();
                let judge = Judge::of(&std::fs::read_to_string(&file)?).ok_or_else(|| format!("{name}: no line `Red: …`"))?;
                mutants.push(Self { name, file, judge });
            }
        }
        mutants.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(mutants)
    }

    /// Applies it to a copy of the sources, and has it judged.
    ///
    /// # Errors
    /// When it does not apply.
    pub fn run(&self) -> Result<Outcome, Failure> {
        let copy = SourceCopy::fresh(COPY)?;
        copy.apply(&self.file)?;
        self.judge.judge(&copy)
    }
}

impl Judge {
    /// The judge that a patch file names before its first difference.
    fn of(text: &str) -> Option<Self> {
        let line = text.lines().take_while(|line| !line.starts_with("--- ")).find_map(|line| line.strip_prefix("Red: "))?;
        let mut words = line.split_whitespace().map(str::to_owned);
        match (words.next()?.as_str(), words.collect::<Vec<_>>()) {
            ("campaign", arguments) if !arguments.is_empty() => Some(Self::Campaign(arguments)),
            ("test", arguments) => {
                let [target, name] = <[String; 2]>::try_from(arguments).ok()?;
                Some(Self::Test { target, name })
            }
            _ => None,
        }
    }

    /// Judges the sources as they are: the control, which must be green.
    ///
    /// # Errors
    /// When the copy cannot be made, or cargo does not run.
    pub fn control(&self) -> Result<Outcome, Failure> {
        self.judge(&SourceCopy::fresh(COPY)?)
    }

    fn judge(&self, copy: &SourceCopy) -> Result<Outcome, Failure> {
        match self {
            Self::Campaign(arguments) => campaign(copy, arguments),
            Self::Test { target, name } => test(copy, target, name),
        }
    }
}

impl fmt::Display for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Campaign(arguments) => write!(f, "campaign {}", arguments.join(" ")),
            Self::Test { target, name } => write!(f, "test {target} {name}"),
        }
    }
}

fn campaign(copy: &SourceCopy, arguments: &[String]) -> Result<Outcome, Failure> {
    let program = match run(copy.cargo_again()?, Program::Campaign) {
        Ok(program) => program,
        Err(failure) => return Ok(Outcome::NotJudged(failure.to_string())),
    };
    let output = Command::new(program).args(arguments).current_dir(copy.sources()).stdin(Stdio::null()).output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    // A campaign that finds something says so on its standard output; one that cannot run says why on the other.
    Ok(match output.status.code() {
        Some(0) => Outcome::Green(end_of(&printed)),
        Some(1) if !printed.trim().is_empty() => Outcome::Red(first_seed_in(&printed)),
        _ => Outcome::NotJudged(format!("{}: {}", output.status, end_of(&String::from_utf8_lossy(&output.stderr)))),
    })
}

fn test(copy: &SourceCopy, target: &str, name: &str) -> Result<Outcome, Failure> {
    let cargo = |arguments: &[&str]| -> Result<Command, Failure> {
        let mut command = copy.cargo_again()?;
        command.args(["test", "--locked", "--workspace", "--no-fail-fast", "--test", target]).args(release()).args(arguments);
        Ok(command)
    };
    // First by itself, so that what does not build is not taken for red.
    if !cargo(&["--no-run"])?.stdout(Stdio::null()).status()?.success() {
        return Ok(Outcome::NotJudged("does not build".to_owned()));
    }
    let output = cargo(&["--", "--exact", name])?.output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let has = |end: &str| printed.lines().any(|line| line == format!("test {name} ... {end}"));
    Ok(match (has("ok"), has("FAILED")) {
        (_, true) => Outcome::Red(panic_in(&printed)),
        (true, false) => Outcome::Green(format!("{name} passed")),
        (false, false) => Outcome::NotJudged(end_of(&printed)),
    })
}

/// How the campaign went, and the first seed that failed, where it is one of seeds.
fn first_seed_in(text: &str) -> String {
    let mut lines = text.lines();
    let how = lines.next().unwrap_or_default();
    let seed: Vec<&str> = lines.skip_while(|line| !line.starts_with("seed ")).take(LINES_MAX).collect();
    if seed.is_empty() { end_of(text) } else { format!("{how}\n{}", seed.join("\n")) }
}

fn end_of(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.get(lines.len().saturating_sub(LINES_MAX)..).unwrap_or_default().join("\n")
}

fn panic_in(text: &str) -> String {
    let lines: Vec<&str> = text.lines().skip_while(|line| !line.contains("panicked at")).take(4).collect();
    if lines.is_empty() { end_of(text) } else { lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_judge_is_named_before_the_difference() {
        let campaign = Judge::Campaign(["sim", "--count", "100"].map(str::to_owned).to_vec());
        assert_eq!(Judge::of("Why.\nRed: campaign sim --count 100\n--- a/x\n"), Some(campaign));
        let test = Judge::Test { target: "core".to_owned(), name: "gate::nobody".to_owned() };
        assert_eq!(Judge::of("Red: test core gate::nobody\n--- a/x\n"), Some(test));
        for text in ["Why.\n--- a/x\nRed: campaign sim\n", "Red: campaign\n", "Red: test it\n", "Red: luck\n", "Red: test it a b\n"] {
            assert_eq!(Judge::of(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_failing_seed_is_told_with_how_the_campaign_went() {
        let text = "3 seeds in 1 s; 1 failed\n   7 kills\nseed 2:\n  lost: a\n";
        assert_eq!(first_seed_in(text), "3 seeds in 1 s; 1 failed\nseed 2:\n  lost: a");
        assert_eq!(first_seed_in("240 kills\nlost: a\n"), "240 kills\nlost: a");
    }

    #[test]
    fn a_panic_is_told_with_what_it_says() {
        let text = "running 1 test\n\nthread 'x' panicked at tests/it/a.rs:1:1:\nleft is not right\n left: 1\n right: 2\nnote: more\n";
        assert_eq!(panic_in(text), "thread 'x' panicked at tests/it/a.rs:1:1:\nleft is not right\n left: 1\n right: 2");
        assert_eq!(panic_in("one\n\ntwo\n"), "one\ntwo");
    }
}
