//! What a decree put in the place of units: reports keep their code and are shown where its successor is.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use rusqlite::Connection;
use sync_core::{ReportId, Timestamp, UnitCode};

use super::units::rows;
use crate::ServerError;
use crate::store::unit::{self, Succeeded};
use crate::store::{document, feed};
use crate::verify;

/// A line of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    number: u64,
    new: UnitCode,
    since: Timestamp,
}

fn wrong(line: u64, problem: &'static str) -> ServerError {
    ServerError::SuccessorsFile { line, problem }
}

pub(super) fn read(csv: impl Read) -> Result<BTreeMap<UnitCode, Line>, ServerError> {
    let mut lines = BTreeMap::new();
    for row in rows(csv, ["old", "new", "date"], wrong)? {
        let (number, [old, new, date]) = row?;
        let code = |text: String| text.parse::<UnitCode>().map_err(|_| wrong(number, "kode tidak sah / a code is not valid"));
        let (old, new) = (code(old)?, code(new)?);
        if old.level() != new.level() {
            return Err(wrong(number, "tingkat keduanya berbeda / the two are of different levels"));
        }
        let since = Timestamp::end_of_day(&date).ok_or_else(|| wrong(number, "tanggal bukan YYYY-MM-DD / the date is not YYYY-MM-DD"))?;
        let line = Line { number, new, since: since.plus_ms(-DAY_MS) };
        if lines.insert(old, line).is_some() {
            return Err(wrong(number, "kode lama muncul dua kali / the old code comes twice"));
        }
    }
    Ok(lines)
}

const DAY_MS: i64 = 86_400_000;

/// How many units have a successor now that had none, and how many reports are shown elsewhere for it.
pub(super) fn put(db: &Connection, lines: &BTreeMap<UnitCode, Line>, now: Timestamp) -> Result<(u64, u64), ServerError> {
    let (mut succeeded, mut touched) = (0, BTreeSet::<ReportId>::new());
    for (old, line) in lines {
        if line.since > now {
            return Err(wrong(line.number, "belum berlaku; impor pada tanggal itu / not in force yet; import it on that day"));
        }
        if !unit::exists(db, *old)? || !unit::exists(db, line.new)? {
            return Err(wrong(line.number, "kode tidak ada dalam daftar wilayah / a code is not in the list of units"));
        }
        match unit::succeed(db, *old, line.new, line.since)? {
            Succeeded::New => succeeded += 1,
            Succeeded::Unchanged => continue,
            Succeeded::Another => {
                return Err(wrong(line.number, "kode lama sudah punya pengganti lain / the old code has another successor already"));
            }
            Succeeded::Circle => return Err(wrong(line.number, "penggantinya berputar / it would succeed itself")),
        }
        touched.extend(document::in_unit(db, *old)?);
    }
    let mut moved = 0;
    for report in touched {
        let before = feed::of_document(db, report)?;
        verify::document::mend(db, report, now)?;
        moved += u64::from(feed::of_document(db, report)? != before);
    }
    if succeeded > 0 {
        unit::changed(db)?;
    }
    Ok((succeeded, moved))
}
