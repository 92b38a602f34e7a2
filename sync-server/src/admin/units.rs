//! The list of units.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Serialize;
use sync_core::{UnitCode, limits};

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
        self.store.write(|db| {
            let mut done = UnitsImported::default();
            // In the order of codes each unit comes after the one above it.
            for (code, (name, line)) in &units {
                match unit::put(db, *code, name)? {
                    Put::New => done.new += 1,
                    Put::Renamed => done.renamed += 1,
                    Put::Unchanged => done.unchanged += 1,
                    Put::Orphan => {
                        return Err(ServerError::UnitsFile {
                            line: *line,
                            problem: "wilayah di atasnya tidak ada / the unit above it is missing",
                        });
                    }
                }
            }
            if done.new + done.renamed > 0 {
                unit::changed(db)?;
            }
            Ok(UnitsImported { total: unit::count(db)?, ..done })
        })
    }
}

fn read(csv: impl Read) -> Result<BTreeMap<UnitCode, (String, u64)>, ServerError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(csv);
    let wrong = |line, problem| ServerError::UnitsFile { line, problem };
    let headers = reader.headers().map_err(|error| csv_error(&error))?;
    if headers.iter().collect::<Vec<_>>() != ["code", "name"] {
        return Err(wrong(1, "kepala bukan code,name / the header is not code,name"));
    }
    let mut units = BTreeMap::from([(UnitCode::COUNTRY, ("Indonesia".to_owned(), 0))]);
    for record in reader.records() {
        let record = record.map_err(|error| csv_error(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let (Some(code), Some(name), 2) = (record.get(0), record.get(1), record.len()) else {
            return Err(wrong(line, "bukan dua kolom / not two columns"));
        };
        let code: UnitCode = code.trim().parse().map_err(|_| wrong(line, "kode tidak sah / the code is not valid"))?;
        let name = super::tidy_name(name).map_err(|_| wrong(line, "nama kosong atau terlalu panjang / the name is empty or too long"))?;
        if units.insert(code, (name, line)).is_some() && code != UnitCode::COUNTRY {
            return Err(wrong(line, "kode muncul dua kali / the code comes twice"));
        }
        if units.len() > UNITS_MAX {
            return Err(wrong(line, "terlalu banyak wilayah / too many units"));
        }
    }
    Ok(units)
}

/// Ten times the country.
const UNITS_MAX: usize = 1_000_000;

fn csv_error(error: &csv::Error) -> ServerError {
    match error.position() {
        Some(position) => ServerError::UnitsFile { line: position.line(), problem: "bukan CSV UTF-8 / not CSV in UTF-8" },
        None => ServerError::File(error.to_string()),
    }
}

const _: () = assert!(limits::NAME_BYTES_MAX == 200, "the texts of `bad-name` say so");
