//! A real `sambang-server` on a free port of this machine.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::programs::{Failure, Program, built_once, workspace};

/// A serving centre. It ends with SIGTERM when it is dropped.
#[derive(Debug)]
pub struct Centre {
    server: PathBuf,
    data: PathBuf,
    url: String,
    serving: Child,
}

impl Centre {
    /// Imports all units of the country and serves over plain HTTP from the data directory.
    ///
    /// # Errors
    /// When the program does not build, import or serve.
    pub fn start(data: &Path) -> Result<Self, Failure> {
        Self::serve(data, &all_units(), "127.0.0.1:0", &[])
    }

    /// [`Centre::start`] with these units alone, and those above them: that takes milliseconds, not seconds.
    ///
    /// # Errors
    /// See [`Centre::start`].
    pub fn with_units(data: &Path, units: &[String]) -> Result<Self, Failure> {
        Self::with_units_on(data, units, "127.0.0.1:0", &[])
    }

    /// [`Centre::with_units`] on this address, with these further arguments of `serve`.
    ///
    /// # Errors
    /// See [`Centre::start`].
    pub fn with_units_on(data: &Path, units: &[String], listen: &str, more: &[&Path]) -> Result<Self, Failure> {
        let list = std::fs::read_to_string(all_units())?;
        let is_wanted = |code: &str| units.iter().any(|unit| unit == code || unit.starts_with(&format!("{code}.")));
        let lines = list.lines().filter(|line| line.split(',').next().is_some_and(|code| code == "code" || is_wanted(code)));
        let file = data.with_extension("csv");
        std::fs::write(&file, lines.collect::<Vec<_>>().join("\n"))?;
        Self::serve(data, &file, listen, more)
    }

    fn serve(data: &Path, units: &Path, listen: &str, more: &[&Path]) -> Result<Self, Failure> {
        let server = built_once(Program::Server)?;
        json_of(Command::new(&server).arg("--json").arg("--data").arg(data).args(["units", "import"]).arg(units))?;
        let mut command = Command::new(&server);
        command.arg("--json").arg("--data").arg(data).args(["serve", "--listen", listen]).args(more);
        let mut serving = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        // The server says where it is once it is ready; so nobody has to wait and look again.
        let mut line = String::new();
        BufReader::new(serving.stdout.take().ok_or("no standard output")?).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line)?;
        let url = said.get("url").and_then(Value::as_str).ok_or_else(|| format!("no address: {line}"))?.to_owned();
        Ok(Self { server, data: data.to_owned(), url, serving })
    }

    /// Its address, as `sambang enrol --server` takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        self.url.split_once("://").map_or(&self.url, |(_, address)| address)
    }

    /// Adds an officer with these units and returns his one-time code.
    ///
    /// # Errors
    /// When the server refuses him.
    pub fn add_officer(&self, nrp: &str, role: &str, units: &[impl AsRef<str>]) -> Result<String, Failure> {
        let mut command = self.command();
        command.args(["officer", "add", "--nrp", nrp, "--name", "Petugas", "--role", role, "--unit"]);
        command.args(units.iter().map(AsRef::as_ref));
        code(&mut command)
    }

    /// A further one-time code, for an officer's second device.
    ///
    /// # Errors
    /// When nobody has that personnel number.
    pub fn new_code(&self, nrp: &str) -> Result<String, Failure> {
        code(self.command().args(["officer", "code", nrp]))
    }

    /// Every document is rebuilt from its changes and everything derived compared.
    ///
    /// # Errors
    /// When anything differs.
    pub fn verify(&self) -> Result<(), Failure> {
        json_of(self.command().arg("verify")).map(drop)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.server);
        command.arg("--json").arg("--data").arg(&self.data);
        command
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        // The standard library can only kill; the server is to drain and close its store.
        let asked = Command::new("kill").arg(self.serving.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            drop(self.serving.kill());
        }
        drop(self.serving.wait());
    }
}

pub(crate) fn all_units() -> PathBuf {
    workspace().join("data/wilayah.csv")
}

fn code(command: &mut Command) -> Result<String, Failure> {
    let said = json_of(command)?;
    let code = said.get("code").and_then(Value::as_str);
    Ok(code.ok_or_else(|| format!("no code: {said}"))?.to_owned())
}

fn json_of(command: &mut Command) -> Result<Value, Failure> {
    let output = command.output()?;
    if output.status.success() { Ok(serde_json::from_slice(&output.stdout)?) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}
