//! Who takes part: the centre and the phones, each a process of its own, each phone behind a link of its own.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use sync_core::sim::Profile;
use tests::link::{Link, LinkOptions};

/// What went wrong, in words.
pub(crate) type Wrong = Box<dyn std::error::Error>;

fn role(name: &str) -> Result<Command, Wrong> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(name).stdin(Stdio::null());
    Ok(command)
}

/// Runs a command that prints one JSON value.
fn answer(mut command: Command) -> Result<Value, Wrong> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{:?}: {}", command.get_args().collect::<Vec<_>>(), String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The centre: one process that serves, and short ones that administer while it does.
#[derive(Debug)]
pub(crate) struct Centre {
    data: PathBuf,
    pub(crate) address: String,
    serving: Option<Child>,
}

impl Centre {
    pub(crate) fn open(folder: &Path, units: &Path) -> Result<Self, Wrong> {
        let data = folder.join("pusat");
        let mut centre = Self { data, address: String::new(), serving: None };
        centre.run(&["units", "import", &units.display().to_string()])?;
        let file = folder.join("alamat");
        let mut command = role("server")?;
        command.arg("--data").arg(&centre.data).args(["serve", "--listen", "127.0.0.1:0", "--address-file"]).arg(&file);
        let log = std::fs::File::create(folder.join("pusat.log"))?;
        centre.serving = Some(command.stdout(Stdio::null()).stderr(log).spawn()?);
        let begun = Instant::now();
        while centre.address.is_empty() {
            if begun.elapsed() > Duration::from_secs(30) {
                return Err("the server does not become ready".into());
            }
            std::thread::park_timeout(Duration::from_millis(20));
            centre.address = std::fs::read_to_string(&file).unwrap_or_default().trim().to_owned();
        }
        Ok(centre)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Value, Wrong> {
        let mut command = role("server")?;
        command.arg("--json").arg("--data").arg(&self.data).args(arguments);
        answer(command)
    }

    /// Adds an officer; gives the one-time code.
    pub(crate) fn enlist(&self, nrp: &str, name: &str, units: &[&str], role: &str) -> Result<String, Wrong> {
        let mut arguments = vec!["officer", "add", "--nrp", nrp, "--name", name, "--role", role, "--unit"];
        arguments.extend(units);
        let added = self.run(&arguments)?;
        Ok(added.get("code").and_then(Value::as_str).ok_or("no code")?.to_owned())
    }

    /// Asks it to stop, as an operator would, and waits until it has.
    pub(crate) fn close(&mut self) -> Result<(), Wrong> {
        let Some(mut serving) = self.serving.take() else { return Ok(()) };
        Command::new("kill").arg("-TERM").arg(serving.id().to_string()).status()?;
        let status = serving.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the server ended with {status}").into()) }
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        if let Some(serving) = &mut self.serving {
            drop(serving.kill());
            drop(serving.wait());
        }
    }
}

/// An officer with a phone.
#[derive(Debug)]
pub(crate) struct Phone {
    pub(crate) name: &'static str,
    store: PathBuf,
    pub(crate) link: Link,
}

impl Phone {
    /// Enrols in the morning at the office, where the link is good.
    pub(crate) fn enrol(folder: &Path, centre: &Centre, name: &'static str, code: &str, seed: u64) -> Result<Self, Wrong> {
        let options =
            LinkOptions { listen: "127.0.0.1:0".to_owned(), upstream: centre.address.clone(), profile: Profile::unlimited(), seed };
        let phone = Self { name, store: folder.join(format!("{name}.sambang")), link: Link::start(options)? };
        let server = format!("http://{}", phone.link.address());
        phone.run(&["enrol", "--server", &server, "--code", code])?;
        Ok(phone)
    }

    fn command(&self, arguments: &[&str]) -> Result<Command, Wrong> {
        let mut command = role("phone")?;
        command.arg("--json").arg("--store").arg(&self.store).args(arguments);
        Ok(command)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Value, Wrong> {
        answer(self.command(arguments)?)
    }

    /// Begins a command that somebody watches.
    pub(crate) fn start(&self, arguments: &[&str]) -> Result<Child, Wrong> {
        Ok(self.command(arguments)?.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }

    /// Files a report; gives its id.
    pub(crate) fn file(&self, folder: &Path, kind: &str, unit: &str, data: &Value) -> Result<String, Wrong> {
        let filed = self.run(&self.filing(folder, kind, unit, data)?.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(filed.get("id").and_then(Value::as_str).ok_or("no id")?.to_owned())
    }

    fn filing(&self, folder: &Path, kind: &str, unit: &str, data: &Value) -> Result<Vec<String>, Wrong> {
        let file = folder.join(format!("{}.json", self.name));
        std::fs::write(&file, data.to_string())?;
        Ok(["report", "new", kind, "--unit", unit, "--data", &file.display().to_string()].map(str::to_owned).to_vec())
    }

    /// Files a report in a process that is killed (-9) after `pause`. Gives the id if it was printed before: then the report is saved for good.
    pub(crate) fn file_and_die(
        &self,
        folder: &Path,
        (kind, unit): (&str, &str),
        data: &Value,
        pause: Duration,
    ) -> Result<Option<String>, Wrong> {
        let arguments = self.filing(folder, kind, unit, data)?;
        let mut command = self.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        std::thread::park_timeout(pause);
        child.kill()?;
        let mut printed = String::new();
        if let Some(mut stdout) = child.stdout.take() {
            stdout.read_to_string(&mut printed)?;
        }
        child.wait()?;
        let value: Option<Value> = serde_json::from_str(&printed).ok();
        Ok(value.and_then(|value| Some(value.get("id")?.as_str()?.to_owned())))
    }

    pub(crate) fn count(&self, what: &str) -> Result<u64, Wrong> {
        let status = self.run(&["status"])?;
        Ok(status.get(what).and_then(Value::as_u64).ok_or("no such count")?)
    }
}
