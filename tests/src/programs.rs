//! Builds and finds the real programs: as they are shipped, with crash points, or from a copy that a mutant was applied to.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

mod copy;

pub(crate) use copy::sources;
pub use copy::{SourceCopy, fits};

/// Why a tool of the tests could not do its work.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Which build of a program.
///
/// All three share the compiled dependencies, so that each costs only our own crates; the programs of the second and third stand in folders
/// of their own, where nobody takes them for the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// What the README and docs/OPERATIONS.md tell people to build.
    Shipped,
    /// With `--cfg sambang_crash_points`.
    CrashPoints,
    /// From a copy of the sources with the patch `tests/mutants/NAME.patch`.
    Mutant(&'static str),
}

/// A program that people run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// `sambang`.
    Device,
    /// `sambang-server`.
    Server,
    /// `embed`, the README's first program.
    Embed,
    /// `campaign`, ours.
    Campaign,
    /// `post-peer`, two of the peers of the bench.
    PostPeer,
}

impl Program {
    fn name(self) -> &'static str {
        match self {
            Self::Device => "sambang",
            Self::Server => "sambang-server",
            Self::Embed => "embed",
            Self::Campaign => "campaign",
            Self::PostPeer => "post-peer",
        }
    }
}

/// The root of the sources.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// What `cargo metadata` says of the workspace, once per process.
///
/// # Errors
/// When cargo does not run.
pub fn metadata() -> Result<&'static Value, Failure> {
    static METADATA: OnceLock<Value> = OnceLock::new();
    if let Some(known) = METADATA.get() {
        return Ok(known);
    }
    let output = cargo(workspace()).args(["metadata", "--format-version", "1", "--locked"]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let value = serde_json::from_slice(&output.stdout)?;
    Ok(METADATA.get_or_init(|| value))
}

/// The folder in which cargo builds, by whatever setting.
///
/// # Errors
/// When cargo does not run.
pub fn target() -> Result<PathBuf, Failure> {
    let folder = metadata()?.get("target_directory").and_then(Value::as_str);
    Ok(folder.ok_or("cargo metadata names no target directory")?.into())
}

/// The version of a dependency, by the lock file.
pub fn locked_version(name: &str) -> Option<String> {
    let packages = metadata().ok()?.get("packages")?.as_array()?;
    let package = packages.iter().find(|package| package.get("name").is_some_and(|known| known == name))?;
    Some(package.get("version")?.as_str()?.to_owned())
}

/// A shipped program, built when this process first asks for it: who starts it a hundred times does not want cargo to look a hundred times.
///
/// # Errors
/// When it does not build.
pub fn built_once(wanted: Program) -> Result<PathBuf, Failure> {
    static BUILT: Mutex<BTreeMap<Program, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = built.get(&wanted) {
        return Ok(known.clone());
    }
    let path = program(wanted, Build::Shipped)?;
    built.insert(wanted, path.clone());
    Ok(path)
}

/// The path of a built program; built first, if that is needed.
///
/// # Errors
/// When it does not build.
pub fn program(program: Program, build: Build) -> Result<PathBuf, Failure> {
    // One at a time: two tests that want the same mutant would patch its copy twice.
    static BUILDING: Mutex<()> = Mutex::new(());
    let _building = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    let shared = target()?;
    match build {
        Build::Shipped => run(cargo(workspace()), program),
        Build::CrashPoints => {
            let mut command = apart(workspace(), &shared, "crash-points");
            command.env("RUSTC_WORKSPACE_WRAPPER", workspace().join("tests/builds/with-crash-points"));
            run(command, program)
        }
        Build::Mutant(name) => {
            let copy = SourceCopy::fresh(name)?;
            copy.apply(&workspace().join("tests/mutants").join(format!("{name}.patch")))?;
            run(copy.cargo()?, program)
        }
    }
}

/// The profile in which the tests themselves were built serves the programs too: one build of the dependencies.
pub(crate) fn release() -> Option<&'static str> {
    (!cfg!(debug_assertions)).then_some("--release")
}

pub(crate) fn run(mut command: Command, program: Program) -> Result<PathBuf, Failure> {
    command.args(["build", "--locked", "--message-format=json-render-diagnostics"]).args(release());
    // The whole workspace, as the tests themselves were built: cargo would choose other features of the dependencies, and build them anew, for
    // one package alone.
    command.args(["--workspace", "--bin", program.name()]).stderr(Stdio::inherit());
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{} does not build", program.name()).into());
    }
    let messages = String::from_utf8(output.stdout)?;
    let executable = messages.lines().find_map(|line| executable(&serde_json::from_str(line).ok()?, program));
    Ok(executable.ok_or_else(|| format!("cargo built no {}", program.name()))?)
}

fn executable(message: &Value, program: Program) -> Option<PathBuf> {
    let is_it = message.pointer("/target/name")?.as_str()? == program.name();
    message.get("executable")?.as_str().filter(|_| is_it).map(PathBuf::from)
}

pub(crate) fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").as_deref().unwrap_or(OsStr::new("cargo")));
    command.current_dir(folder).stdin(Stdio::null());
    // What the cargo that runs the tests says of this package is no setting; build scripts that look at it would be taken for changed, and with
    // them everything that stands on them.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| OF_THE_RUNNING_PACKAGE.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
    command
}

const OF_THE_RUNNING_PACKAGE: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"];

fn apart(folder: &Path, shared: &Path, name: &str) -> Command {
    let mut command = cargo(folder);
    command.env("CARGO_TARGET_DIR", shared.join(name)).env("CARGO_BUILD_BUILD_DIR", shared);
    command
}
