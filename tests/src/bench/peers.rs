//! The peers: what a user would otherwise pick. How each is built, and how its programs begin.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::process::Peer;
use crate::programs::{Failure, Program, built_once, target, workspace};

/// How a peer's program comes to be.
#[derive(Debug, Clone, Copy)]
enum Made {
    /// A program of the workspace.
    Workspace(Program),
    /// A script for node, below `tests/peers`; its packages are installed by its lock file.
    Node(&'static str),
    /// A Rust program with a lock file of its own, below `tests/peers`: folder and program.
    Cargo(&'static str, &'static str),
}

/// Name, how it is made, what its arguments begin with.
const PEERS: [(&str, Made, &[&str]); 4] = [
    ("json-post", Made::Workspace(Program::PostPeer), &["json-post"]),
    ("gzip-batch", Made::Workspace(Program::PostPeer), &["gzip-batch"]),
    ("pouchdb", Made::Node("js/pouchdb.cjs"), &[]),
    ("samod", Made::Cargo("rs", "samod-peer"), &[]),
];

/// The names of all peers.
pub fn names() -> Vec<&'static str> {
    PEERS.iter().map(|(name, ..)| *name).collect()
}

/// Builds the peer of this name.
///
/// # Errors
/// When nobody has that name, or it does not build: a figure of a peer is never left out in silence.
pub(super) fn build(name: &str) -> Result<Peer, Failure> {
    let (name, made, first) =
        PEERS.iter().find(|(known, ..)| *known == name).ok_or_else(|| format!("no peer {name}; the peers: {}", names().join(", ")))?;
    let built = match made {
        Made::Workspace(program) => built_once(*program).map(|program| (program, None)),
        Made::Node(script) => node(script).map(|script| (PathBuf::from("node"), Some(script))),
        Made::Cargo(folder, program) => cargo(folder, program).map(|program| (program, None)),
    };
    let (program, script) = built.map_err(|error| format!("the peer {name} cannot be built: {error}"))?;
    let arguments = script.into_iter().chain(first.iter().map(|word| (*word).to_owned())).collect();
    Ok(Peer { name: (*name).to_owned(), program, arguments })
}

fn sources() -> PathBuf {
    workspace().join("tests/peers")
}

/// Installs the packages as `./check` does.
fn node(script: &str) -> Result<String, Failure> {
    let script = sources().join(script);
    must(Command::new(workspace().join("tests/npm-packages")).arg(script.parent().ok_or("no folder")?))?;
    Ok(script.to_str().ok_or("a path that is no text")?.to_owned())
}

/// In a folder of its own below the one in which all is built: its lock file is not ours.
fn cargo(folder: &str, program: &str) -> Result<PathBuf, Failure> {
    let (manifest, built) = (sources().join(folder).join("Cargo.toml"), target()?.join("peers"));
    let mut command = crate::programs::cargo(Path::new("."));
    command.args(["build", "--release", "--locked", "--bin", program, "--manifest-path"]).arg(manifest).arg("--target-dir").arg(&built);
    must(&mut command)?;
    Ok(built.join("release").join(program))
}

fn must(command: &mut Command) -> Result<(), Failure> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{:?} ended with {status}", command.get_program()).into()) }
}
