//! The list of units.

use std::collections::BTreeMap;
use std::io::Read;

use rusqlite::Connection;
use serde::Serialize;
use sync_core::{Timestamp, UnitCode, limits};

use super::succession;
use crate::store::unit::{self, Put};
use crate::{Server, ServerError};

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct UnitsImported {
    /// Units that were not there.
    pub new: u64,
    /// Units with another name now.
    pub renamed: u64,
    /// Units that were as they are.
    pub unchanged: u64,
    /// Units that another one succeeds from now on.
    pub succeeded: u64,
    /// Reports that are shown elsewhere since then.
    pub moved: u64,
    /// All units now. Those that the file does not name stay: old reports keep their code.
    pub total: u64,
}

impl Server {
    /// Imports units from CSV with the columns `code` and `name`: all of them or none. The country is the unit `ID`.
    ///
    /// # Errors
    /// [`ServerError::UnitsFile`] names the first line that is wrong.
    pub fn import_units(&self, csv: impl Read) -> Result<UnitsImported, ServerError> {
        let units = read(csv)?;
        self.store.write(|db| put(db, &units))
    }

    /// Imports a decree: its units, and from CSV with the columns `old`, `new`, `date` what succeeds which unit since when. All of it or nothing.
    /// Reports keep their code and are shown where its successor is; each unit whose code changed has its line.
    ///
    /// # Errors
    /// [`ServerError::UnitsFile`], [`ServerError::SuccessorsFile`] name the first line that is wrong.
    pub fn import_decree(&self, units: impl Read, successors: impl Read, now: Timestamp) -> Result<UnitsImported, ServerError> {
        let (units, successors) = (read(units)?, succession::read(successors)?);
        self.store.write(|db| {
            let done = put(db, &units)?;
            let (succeeded, moved) = succession::put(db, &successors, now)?;
            Ok(UnitsImported { succeeded, moved, ..done })
        })
    }
}

fn put(db: &Connection, units: &BTreeMap<UnitCode, (String, u64)>) -> Result<UnitsImported, ServerError> {
    let mut done = UnitsImported::default();
    // In the order of codes each unit comes after the one above it.
    for (code, (name, line)) in units {
        match unit::put(db, *code, name)? {
            Put::New => done.new += 1,
            Put::Renamed => done.renamed += 1,
            Put::Unchanged => done.unchanged += 1,
            Put::Orphan => {
                return Err(ServerError::UnitsFile { line: *line, problem: "wilayah di atasnya tidak ada / the unit above it is missing" });
            }
        }
    }
    if done.new + done.renamed > 0 {
        unit::changed(db)?;
    }
    Ok(UnitsImported { total: unit::count(db)?, ..done })
}

fn read(csv: impl Read) -> Result<BTreeMap<UnitCode, (String, u64)>, ServerError> {
    let wrong = |line, problem| ServerError::UnitsFile { line, problem };
    let mut units = BTreeMap::from([(UnitCode::COUNTRY, ("Indonesia".to_owned(), 0))]);
    for row in rows(csv, ["code", "name"], wrong)? {
        let (line, [code, name]) = row?;
        let code: UnitCode = code.parse().map_err(|_| wrong(line, "kode tidak sah / the code is not valid"))?;
        let name = super::tidy_name(&name).map_err(|_| wrong(line, "nama kosong atau terlalu panjang / the name is empty or too long"))?;
        if units.insert(code, (name, line)).is_some() && code != UnitCode::COUNTRY {
            return Err(wrong(line, "kode muncul dua kali / the code comes twice"));
        }
        if units.len() > UNITS_MAX {
            return Err(wrong(line, "terlalu banyak wilayah / too many units"));
        }
    }
    Ok(units)
}

/// The rows of a CSV file with these columns, each with its line, its values without the spaces around them.
pub(super) fn rows<const N: usize>(
    csv: impl Read,
    columns: [&str; N],
    wrong: impl Fn(u64, &'static str) -> ServerError + Copy,
) -> Result<impl Iterator<Item = Result<(u64, [String; N]), ServerError>>, ServerError> {
    let failed = move |error: &csv::Error| match error.position() {
        Some(position) => wrong(position.line(), "bukan CSV UTF-8 / not CSV in UTF-8"),
        None => ServerError::File(error.to_string()),
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(csv);
    if reader.headers().map_err(|error| failed(&error))?.iter().ne(columns) {
        return Err(wrong(1, "kepalanya bukan nama kolomnya / the first line is not the names of the columns"));
    }
    Ok(reader.into_records().map(move |record| {
        let record = record.map_err(|error| failed(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let values: Vec<String> = record.iter().map(str::to_owned).collect();
        let values = values.try_into().map_err(|_| wrong(line, "jumlah kolomnya salah / the number of columns is wrong"))?;
        Ok((line, values))
    }))
}

/// Ten times the country.
const UNITS_MAX: usize = 1_000_000;

const _: () = assert!(limits::NAME_BYTES_MAX == 200, "the texts of `bad-name` say so");
