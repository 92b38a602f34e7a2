//! Judges one mutant: by its switch in the one build, or, where no switch stands, alone in a build of its own.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::reach::Run;
use super::{Fate, Found, Generated, SLICE};
use crate::programs::{Failure, Program, SourceCopy, release, run};

/// The copy for what has no switch.
const ALONE: &str = "generated-alone";
/// Exit codes of `timeout`: the program ended when it was told to, or had to be killed.
const OUT_OF_TIME: [Option<i32>; 2] = [Some(124), Some(137)];
/// For the tests of one mutant, by what they took without it: what everything comes by takes no longer than that, until it is judged again.
pub(super) const TESTS_MAX: Duration = Duration::from_secs(60);
/// For all of the tests, or the slice, of a build of its own.
const ALONE_MAX: Duration = Duration::from_secs(600);

/// Tests that come by it, shortest first, until one fails or they took too long; then the slice of the campaign, if there is one and it comes by it.
pub(super) fn by_switch(number: u16, (tests, most): (&[Run], Duration), slice: Option<&Run>) -> Result<Found, Failure> {
    let mut took = Duration::ZERO;
    for test in tests.iter().filter(|test| test.reached.contains(&number)) {
        took += test.took;
        if took > most {
            break;
        }
        if let Some(fate) = fails(test, number, Fate::FoundByTests)? {
            return Ok(Found { fate, by: Some(test.name().to_owned()) });
        }
    }
    let slice = slice.filter(|slice| slice.reached.contains(&number)).map(|slice| fails(slice, number, Fate::FoundByCampaign));
    Ok(Found { fate: slice.transpose()?.flatten().unwrap_or(Fate::Survived), by: None })
}

/// Whether it fails with a mutant on, and does not without.
fn fails(run: &Run, number: u16, found: Fate) -> Result<Option<Fate>, Failure> {
    // Programs that others run beside it make it slow, too.
    let most = Duration::from_secs(10) + run.took * 10;
    let fate = match within(&run.with(number)?, most)? {
        Some(0) => return Ok(None),
        code if OUT_OF_TIME.contains(&code) => Fate::FoundByTime,
        _ => found,
    };
    Ok((within(&run.with(0)?, most)? == Some(0)).then_some(fate))
}

/// Builds the copy with this mutant only; fast tests judge it, then the slice of the campaign.
pub(super) fn alone(mutant: &Generated, folder: &Path) -> Result<Fate, Failure> {
    let copy = SourceCopy::fresh(ALONE)?;
    let file = folder.join("alone.patch");
    File::create(&file)?.write_all(mutant.difference.as_bytes())?;
    copy.apply(&file)?;
    let tests = |more: &[&str]| -> Result<Command, Failure> {
        let mut command = copy.cargo_again()?;
        command.args(["test", "--locked", "--workspace", "--lib", "--test", "core", "--quiet"]).args(more).args(release());
        Ok(command)
    };
    if !tests(&["--no-run"])?.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
        return Ok(Fate::Unviable);
    }
    let mut slice = Command::new(run(copy.cargo_again()?, Program::Campaign)?);
    slice.args(SLICE).current_dir(copy.sources());
    for (command, found) in [(tests(&[])?, Fate::FoundByTests), (slice, Fate::FoundByCampaign)] {
        match within(&command, ALONE_MAX)? {
            Some(0) => {}
            code if OUT_OF_TIME.contains(&code) => return Ok(Fate::FoundByTime),
            _ => return Ok(found),
        }
    }
    Ok(Fate::Survived)
}

/// The exit code of a command that is ended when it takes too long, with all that it started.
pub(super) fn within(command: &Command, most: Duration) -> Result<Option<i32>, Failure> {
    let mut bounded = Command::new("timeout");
    bounded.args(["--kill-after=10", &most.as_secs_f64().to_string()]).arg(command.get_program()).args(command.get_args());
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
