//! A real `sambang-server` on a free port of this machine, with all units of the country.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::programs::{Build, Failure, Program, program, workspace};

/// A serving centre. It ends with SIGTERM when it is dropped.
#[derive(Debug)]
pub struct Centre {
    server: PathBuf,
    data: PathBuf,
    url: String,
    serving: Child,
}

impl Centre {
    /// Imports the units and serves over plain HTTP from the data directory.
    ///
    /// # Errors
    /// When the program does not build, import or serve.
    pub fn start(data: &Path) -> Result<Self, Failure> {
        Self::start_with(data, "127.0.0.1:0", &[])
    }

    /// [`Centre::start`] on this address, with these further arguments of `serve`.
    ///
    /// # Errors
    /// When the program does not build, import or serve.
    pub fn start_with(data: &Path, listen: &str, more: &[&Path]) -> Result<Self, Failure> {
        let server = program(Program::Server, Build::Shipped)?;
        let units = workspace().join("data/wilayah.csv");
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

    /// Adds an officer and returns his one-time code.
    ///
    /// # Errors
    /// When the server refuses him.
    pub fn add_officer(&self, nrp: &str, role: &str, unit: &str) -> Result<String, Failure> {
        let mut command = Command::new(&self.server);
        command
            .arg("--json")
            .arg("--data")
            .arg(&self.data)
            .args(["officer", "add", "--nrp", nrp, "--name", "Petugas", "--role", role, "--unit", unit]);
        let said = json_of(&mut command)?;
        let code = said.get("code").and_then(Value::as_str);
        Ok(code.ok_or_else(|| format!("no code: {said}"))?.to_owned())
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

fn json_of(command: &mut Command) -> Result<Value, Failure> {
    let output = command.output()?;
    if output.status.success() { Ok(serde_json::from_slice(&output.stdout)?) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}
