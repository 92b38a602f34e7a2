//! The client: an outbox in SQLite, on disk for `gzip-batch`, in memory for `json-post`.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Value, json};

use crate::Mode;
use crate::contract::{Command, Edit, Failure, Report, answer_commands, compare, id, load};
use crate::remote::{Acknowledgement, Page, Remote};
use crate::store;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS report (id TEXT PRIMARY KEY, unsent INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS cursor (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL) STRICT;
    INSERT OR IGNORE INTO cursor (one, at) VALUES (1, 0);
";

struct Client {
    mode: Mode,
    remote: Remote,
    store: Connection,
    loaded: Vec<Report>,
}

pub(crate) fn run(mode: Mode, directory: &Path, address: &str) -> Result<(), Failure> {
    let file = directory.join("client.db");
    let store = match mode {
        Mode::JsonPost => store::open(None, SCHEMA)?,
        Mode::GzipBatch => store::open(Some(&file), SCHEMA)?,
    };
    let mut client = Client { mode, remote: Remote::new(address, mode)?, store, loaded: Vec::new() };
    answer_commands(|command| client.perform(command))
}

impl Client {
    fn perform(&mut self, command: Command) -> Result<Value, Failure> {
        match command {
            Command::Load { file } => {
                self.loaded = load(file)?;
                Ok(json!({ "count": self.loaded.len() }))
            }
            Command::Save(range) => match self.mode {
                Mode::JsonPost => Ok(json!({ "skipped": true })),
                Mode::GzipBatch => self.save(range.of(&self.loaded)?).map(|()| json!({})),
            },
            Command::Push(range) => {
                let reports = range.of(&self.loaded)?.to_vec();
                if self.mode == Mode::JsonPost {
                    self.save(&reports)?;
                }
                self.push(&reports)
            }
            Command::Edit(edit) => self.edit(&edit),
            Command::Pull { count, digest } => {
                self.pull()?;
                compare(&self.all()?, count, &digest)
            }
            Command::Idle => Ok(json!({ "received": self.pull()? })),
            Command::Quit => Ok(json!({})),
        }
    }

    /// One transaction a report: each is safe when the officer is told so.
    fn save(&self, reports: &[Report]) -> Result<(), Failure> {
        for report in reports {
            self.put(report)?;
        }
        Ok(())
    }

    fn put(&self, report: &Report) -> Result<(), Failure> {
        let mut statement = self.store.prepare_cached(
            "INSERT INTO report (id, unsent, body) VALUES (?1, 1, ?2) ON CONFLICT (id) DO UPDATE SET unsent = 1, body = excluded.body",
        )?;
        statement.execute(params![id(report)?, serde_json::to_string(report)?])?;
        Ok(())
    }

    /// Sends what of these reports is unsent; done when the server has acknowledged all of it.
    fn push(&self, reports: &[Report]) -> Result<Value, Failure> {
        let mut unsent = Vec::new();
        for report in reports {
            let (is_unsent, stored) = self.stored(id(report)?)?;
            if is_unsent {
                unsent.push(stored);
            }
        }
        self.remote.push(&unsent, |sent, acknowledgement| self.settle(sent, acknowledgement))?;
        Ok(json!({ "sent": unsent.len() }))
    }

    /// Marks them as sent. The cursor passes them when nobody else's came in between, so that a pull does not bring them back.
    fn settle(&self, sent: &[Report], acknowledgement: &Acknowledgement) -> Result<(), Failure> {
        let transaction = self.store.unchecked_transaction()?;
        for report in sent {
            transaction.prepare_cached("UPDATE report SET unsent = 0 WHERE id = ?1")?.execute([id(report)?])?;
        }
        transaction.execute("UPDATE cursor SET at = ?2 WHERE at = ?1", [acknowledgement.after, acknowledgement.last])?;
        Ok(transaction.commit()?)
    }

    fn edit(&self, edit: &Edit) -> Result<Value, Failure> {
        let reports = edit.range.of(&self.loaded)?;
        for report in reports {
            let (_, mut report) = self.stored(id(report)?)?;
            report.insert(edit.field.clone(), edit.value.clone());
            self.put(&report)?;
        }
        self.push(reports)
    }

    fn stored(&self, id: &str) -> Result<(bool, Report), Failure> {
        let mut statement = self.store.prepare_cached("SELECT unsent, body FROM report WHERE id = ?1")?;
        let row: Option<(bool, String)> = statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (unsent, body) = row.ok_or_else(|| format!("report {id} is not saved"))?;
        Ok((unsent, serde_json::from_str(&body)?))
    }

    /// Takes over what changed at the server, and how many that was. What is unsent here stays as it is.
    fn pull(&self) -> Result<usize, Failure> {
        let cursor: i64 = self.store.query_row("SELECT at FROM cursor", [], |row| row.get(0))?;
        let Page { cursor, reports } = self.remote.pull(cursor)?;
        if reports.is_empty() {
            return Ok(0);
        }
        let transaction = self.store.unchecked_transaction()?;
        for report in &reports {
            let mut statement = transaction.prepare_cached(
                "INSERT INTO report (id, unsent, body) VALUES (?1, 0, ?2)
                 ON CONFLICT (id) DO UPDATE SET body = excluded.body WHERE unsent = 0",
            )?;
            statement.execute(params![id(report)?, serde_json::to_string(report)?])?;
        }
        transaction.execute("UPDATE cursor SET at = ?1", [cursor])?;
        transaction.commit()?;
        Ok(reports.len())
    }

    fn all(&self) -> Result<Vec<Report>, Failure> {
        let mut statement = self.store.prepare("SELECT body FROM report")?;
        let bodies = statement.query_map([], |row| row.get::<_, String>(0))?;
        bodies.map(|body| Ok(serde_json::from_str(&body?)?)).collect()
    }
}
