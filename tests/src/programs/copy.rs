//! A copy of the sources, to be changed and built without touching the original.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Failure, apart, target, workspace};

/// A copy of the sources, with builds of its own that share the compiled dependencies.
#[derive(Debug)]
pub struct SourceCopy {
    name: String,
    sources: PathBuf,
}

impl SourceCopy {
    /// The copy of that name as the sources stand now, whatever was done to it before.
    ///
    /// # Errors
    /// When git or the disk fails.
    pub fn fresh(name: &str) -> Result<Self, Failure> {
        Self::fresh_but(name, &BTreeMap::new())
    }

    /// Likewise, but some files have another text.
    ///
    /// # Errors
    /// When git or the disk fails.
    pub fn fresh_but(name: &str, texts: &BTreeMap<String, String>) -> Result<Self, Failure> {
        let copy = Self::as_it_was(name)?;
        write_sources(&copy.sources, texts)?;
        Ok(copy)
    }

    /// The copy of that name as it was left.
    ///
    /// # Errors
    /// When cargo does not run.
    pub fn as_it_was(name: &str) -> Result<Self, Failure> {
        Ok(Self { name: name.to_owned(), sources: target()?.join("mutants").join(name).join("sources") })
    }

    /// Where it is.
    pub fn sources(&self) -> &Path {
        &self.sources
    }

    /// Applies a patch file; text before the difference in it is not looked at.
    ///
    /// # Errors
    /// When it does not fit in every part.
    pub fn apply(&self, file: &Path) -> Result<(), Failure> {
        must(patch(file, &self.sources).arg("--no-backup-if-mismatch"))
    }

    /// `cargo` in the copy.
    ///
    /// # Errors
    /// When cargo does not run.
    pub fn cargo(&self) -> Result<Command, Failure> {
        let mut command = apart(&self.sources, &target()?, &format!("mutants/{}", self.name));
        // Cargo names what it compiles by the path within the workspace, which is the same in the copy: without a wrapper of its own the
        // mutant would replace the shipped crates in the shared folder, and cargo would take them for fresh.
        command.env("RUSTC_WORKSPACE_WRAPPER", self.sources.join("tests/builds/as-it-is"));
        Ok(command)
    }

    /// Likewise, for builds of one copy that come again and again: only what a change touches is compiled. The dependencies are those of every other
    /// build.
    ///
    /// # Errors
    /// When cargo does not run.
    pub(crate) fn cargo_again(&self) -> Result<Command, Failure> {
        let mut command = self.cargo()?;
        command.env("CARGO_PROFILE_RELEASE_INCREMENTAL", "true");
        Ok(command)
    }
}

/// Whether a patch fits the sources as they are; changes nothing.
///
/// # Errors
/// When it does not, with what `patch` says.
pub fn fits(file: &Path) -> Result<(), Failure> {
    must(patch(file, workspace()).arg("--dry-run"))
}

fn patch(file: &Path, folder: &Path) -> Command {
    let mut command = Command::new("patch");
    command.args(["--strip=1", "--forward", "--batch", "--input"]).arg(file).arg("--directory").arg(folder);
    command
}

/// The sources as git knows them, new files included: each by its name, with what is in it.
///
/// # Errors
/// When git fails.
pub(crate) fn sources() -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let listed = Command::new("git").args(["ls-files", "-co", "--exclude-standard", "-z"]).current_dir(workspace()).output()?;
    let names = String::from_utf8(listed.stdout)?;
    // A file that was deleted, but not yet from the index, is none.
    Ok(names.split_terminator('\0').filter_map(|name| Some((name.to_owned(), std::fs::read(workspace().join(name)).ok()?))).collect())
}

/// Only what changed is written, so that only that is compiled again.
fn write_sources(copy: &Path, texts: &BTreeMap<String, String>) -> Result<(), Failure> {
    for (name, bytes) in sources()? {
        let (from, to) = (workspace().join(&name), copy.join(&name));
        let bytes = texts.get(&name).map_or(bytes, |text| text.clone().into_bytes());
        if std::fs::read(&to).is_ok_and(|old| old == bytes) {
            continue;
        }
        std::fs::create_dir_all(to.parent().unwrap_or(copy))?;
        std::fs::write(&to, bytes)?;
        // Some are run.
        std::fs::set_permissions(&to, std::fs::metadata(&from)?.permissions())?;
    }
    Ok(())
}

fn must(command: &mut Command) -> Result<(), Failure> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(format!("{:?}: {}", command.get_program(), String::from_utf8_lossy(&text)).into())
}
