//! The head of a police letter: the force, the Polda, the Polres, the Polsek, the last underlined.

use rusqlite::Connection;
use sync_core::{Level, UnitCode};

use super::fonts::Cut;
use super::pages::{Look, MARGIN, Pages};
use crate::ServerError;
use crate::store::unit;

const LOOK: Look = Look { cut: Cut::Bold, size: 10.5 };

pub(super) fn kop(db: &Connection, pages: &mut Pages, of: UnitCode) -> Result<(), ServerError> {
    let lines = lines(db, of)?;
    let widest = lines.iter().map(|line| pages.fonts.width(line, LOOK.cut, LOOK.size)).fold(0.0, f32::max);
    let middle = MARGIN + widest / 2.0;
    for line in &lines {
        pages.centred(middle, LOOK, line);
    }
    pages.line((MARGIN, pages.y + 1.0), (MARGIN + widest, pages.y + 1.0));
    pages.y += 18.0;
    Ok(())
}

fn lines(db: &Connection, of: UnitCode) -> Result<Vec<String>, ServerError> {
    let mut lines = vec!["KEPOLISIAN NEGARA REPUBLIK INDONESIA".to_owned()];
    for above in unit::with_ancestors(db, of)? {
        let office = match above.level() {
            Level::Country | Level::Village => continue,
            Level::Province => "DAERAH",
            Level::Regency => "RESOR",
            Level::District => "SEKTOR",
        };
        lines.push(format!("{office} {}", name(db, above)?.to_uppercase()));
    }
    if let [force] = lines.as_mut_slice() {
        force.push_str(" – MARKAS BESAR");
    }
    Ok(lines)
}

/// A unit's name; its code where the list has not the unit any more.
pub(super) fn name(db: &Connection, of: UnitCode) -> Result<String, ServerError> {
    Ok(unit::name(db, of)?.unwrap_or_else(|| of.to_string()))
}

/// The office that answers for a unit, as it signs: `Kepolisian Sektor Miomaffo Timur`.
pub(super) fn office(db: &Connection, of: UnitCode) -> Result<String, ServerError> {
    let at = match of.level() {
        Level::Village => of.parent().unwrap_or(of),
        Level::Country | Level::Province | Level::Regency | Level::District => of,
    };
    Ok(match at.level() {
        Level::Country => "KEPALA KEPOLISIAN NEGARA REPUBLIK INDONESIA".to_owned(),
        Level::Province => format!("KEPALA KEPOLISIAN DAERAH {}", name(db, at)?.to_uppercase()),
        Level::Regency => format!("KEPALA KEPOLISIAN RESOR {}", name(db, at)?.to_uppercase()),
        Level::District | Level::Village => format!("KEPALA KEPOLISIAN SEKTOR {}", name(db, at)?.to_uppercase()),
    })
}
