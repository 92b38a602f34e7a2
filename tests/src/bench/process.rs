//! A peer as programs of its own: `serve DIR` and `client DIR HOST:PORT`, spoken to in lines of JSON (tests/peers/README.md).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::system::{Client, Done, Order, Server, System};
use crate::programs::Failure;

/// 200 reports one by one over EDGE take three minutes.
const ANSWER_MAX: Duration = Duration::from_secs(900);
const START_MAX: Duration = Duration::from_secs(60);
const END_MAX: Duration = Duration::from_secs(10);

/// A peer that is built: a program and its first arguments.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    /// As figures name it.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// What comes before `serve` and `client`.
    pub arguments: Vec<String>,
}

impl Peer {
    fn start(&self, folder: &Path, arguments: &[&str]) -> Result<Process, Failure> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).args(arguments);
        Process::start(command, self.name.clone(), folder)
    }
}

impl System for Peer {
    fn name(&self) -> &str {
        &self.name
    }

    fn serve(&self, folder: &Path, _units: &[String]) -> Result<Box<dyn Server>, Failure> {
        let process = self.start(folder, &["serve", text(folder)?])?;
        let ready: Ready = process.line(START_MAX)?;
        Ok(Box::new(PeerServer { peer: self.clone(), ready, _process: process }))
    }
}

#[derive(Debug, Deserialize)]
struct Ready {
    port: u16,
    versions: BTreeMap<String, String>,
}

struct PeerServer {
    peer: Peer,
    ready: Ready,
    _process: Process,
}

impl Server for PeerServer {
    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.ready.port)
    }

    fn versions(&self) -> BTreeMap<String, String> {
        self.ready.versions.clone()
    }

    fn client(&mut self, folder: &Path, address: &str, _officer: u32) -> Result<Box<dyn Client>, Failure> {
        Ok(Box::new(self.peer.start(folder, &["client", text(folder)?, address])?))
    }
}

impl Client for Process {
    fn order(&mut self, order: &Order) -> Result<Done, Failure> {
        let line = serde_json::to_string(order)?;
        let input = self.input.as_mut().ok_or("the input is closed")?;
        writeln!(input, "{line}").and_then(|()| input.flush()).map_err(|error| self.failed(&error.to_string()))?;
        let answer: Answer = self.line(ANSWER_MAX)?;
        match answer {
            Answer { ok: true, skipped: true, .. } => Ok(Done::Skipped),
            Answer { ok: true, .. } => Ok(Done::Yes),
            Answer { error, .. } => Err(self.failed(&format!("{line}: {}", error.as_deref().unwrap_or("no reason given")))),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Answer {
    ok: bool,
    #[serde(default)]
    skipped: bool,
    error: Option<String>,
}

/// A program whose input and output are ours. It is asked to end by the end of its input, and killed when it does not.
struct Process {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    complaints: PathBuf,
}

impl Process {
    fn start(mut command: Command, name: String, folder: &Path) -> Result<Self, Failure> {
        let complaints = folder.with_extension("stderr");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(&complaints)?);
        let mut child = command.spawn().map_err(|error| format!("{name}: {:?} does not start: {error}", command.get_program()))?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let (put, lines) = channel();
        // Read on a thread of its own, so that waiting has an end.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if put.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { name, input: child.stdin.take(), child, lines, complaints })
    }

    fn line<T: for<'de> Deserialize<'de>>(&self, most: Duration) -> Result<T, Failure> {
        let line = self.lines.recv_timeout(most).map_err(|error| match error {
            RecvTimeoutError::Timeout => self.failed(&format!("no answer in {} s", most.as_secs())),
            RecvTimeoutError::Disconnected => self.failed("it ended"),
        })?;
        serde_json::from_str(&line).map_err(|error| self.failed(&format!("{error}: {line}")))
    }

    fn failed(&self, why: &str) -> Failure {
        let complaints = std::fs::read_to_string(&self.complaints).unwrap_or_default();
        let last: Vec<&str> = complaints.lines().rev().take(10).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        format!("{}: {why}\n{}", self.name, last.join("\n")).trim_end().into()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.input = None;
        let begun = Instant::now();
        while begun.elapsed() < END_MAX {
            match self.child.try_wait() {
                Ok(Some(_)) => return,
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Err(_) => break,
            }
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn text(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| "a folder whose name is no text".into())
}
