//! The failure inbox: what was refused is sent again, corrected, or put aside. Refused changes are never deleted; they stay outside the document.

use rusqlite::{Connection, params};
use serde_json::Value;
use sync_core::document::{self, Write};
use sync_core::exchange::Fate;
use sync_core::form::FieldPath;
use sync_core::{Refusal, ReportId, Timestamp, UnitCode};

use crate::failure::{Refused, Which, refused};
use crate::reports::{self, Actors, Names};
use crate::{Error, Host, decisions, difference, forms, ledger};

/// What a correction changes of what was refused; an empty one writes the same values again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Correction {
    /// Fields with other values; null takes a value away.
    pub set: Vec<(FieldPath, Value)>,
    /// Fields that keep the value that they have without the refused changes; in a report that was refused whole they are left empty.
    pub without: Vec<FieldPath>,
    /// Another unit: only for a report that was refused whole.
    pub unit: Option<UnitCode>,
}

macro_rules! open {
    () => {
        "c.shared_sequence IS NULL AND (c.fate <> 'refused' OR c.answered = '')"
    };
}

/// A change that the centre has not, and with which something is still to be done.
pub(crate) const OPEN: &str = open!();

/// What a list shows: what a feed shows to this device, what is open, and what was held or refused until the centre took it.
pub(crate) const LISTED: &str = concat!(
    "(EXISTS (SELECT 1 FROM member m WHERE m.report = r.id) OR EXISTS (SELECT 1 FROM change c WHERE c.report = r.id AND (c.admitted = 1 OR ",
    open!(),
    ")))"
);

/// A report that was refused whole, and was replaced or put aside.
pub(crate) const PUT_ASIDE: &str = "NOT EXISTS (SELECT 1 FROM change c WHERE c.report = r.id
    AND (c.shared_sequence IS NOT NULL OR c.fate <> 'refused' OR c.answered = ''))";

/// Notes since when what is refused now is refused.
pub(crate) fn stamp(db: &Connection, now: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE change SET refused_at = ?1 WHERE shared_sequence IS NULL AND fate = 'refused' AND refused_at = 0";
    db.prepare_cached(sql)?.execute([now.unix_ms()])?;
    Ok(())
}

/// Notes that the centre had no room for what it refused of a report: this store has the only copy.
pub(crate) fn note_only_copy(db: &Connection, report: ReportId) -> Result<(), Error> {
    let sql = "UPDATE change SET only_copy = 1 WHERE report = ?1 AND shared_sequence IS NULL AND fate = 'refused'";
    db.prepare_cached(sql)?.execute([report.to_bytes()])?;
    Ok(())
}

/// Makes what was refused of a report pending again, also what was put aside.
pub(crate) fn retry(db: &Connection, actors: &mut Actors, report: ReportId) -> Result<(), Error> {
    let refused = refused(db, report, Which::NotCorrected)?;
    let reason = refused.reason.known().unwrap_or(Refusal::OnRefused);
    for hash in &refused.hashes {
        ledger::settle(db, *hash, Fate::Pending)?;
    }
    actors.forget();
    // A document that cannot hold them together with what came since: only a correction helps.
    match ledger::project(db, report) {
        Err(Error::Damaged(_) | Error::Edit(_)) => Err(Error::NotAllowed(reason)),
        done => done,
    }
}

/// Puts what was refused of a report aside. `seen` is how many changes the officer was shown: what was refused since is not put aside unseen.
pub(crate) fn discard(db: &Connection, report: ReportId, seen: usize) -> Result<(), Error> {
    let refused = refused(db, report, Which::Open)?;
    let waiting = refused.hashes.len();
    if waiting != seen {
        return Err(Error::NotConfirmed(waiting));
    }
    answer(db, report, "discarded")?;
    ledger::project(db, report)
}

fn answer(db: &Connection, report: ReportId, how: &str) -> Result<(), Error> {
    let sql = "UPDATE change SET answered = ?2 WHERE report = ?1 AND shared_sequence IS NULL AND fate = 'refused' AND answered = ''";
    db.prepare_cached(sql)?.execute(params![report.to_bytes(), how])?;
    Ok(())
}

/// Writes what was wanted, corrected, as one new change under a fresh actor; of a report that was refused whole makes a new one. Gives the
/// report that has the values now.
pub(crate) fn correct(
    db: &Connection,
    host: &dyn Host,
    actors: &mut Actors,
    report: ReportId,
    correction: &Correction,
) -> Result<ReportId, Error> {
    let refused = refused(db, report, Which::Open)?;
    if refused.loaded.view.status() == document::Status::Withdrawn {
        return Err(Error::Withdrawn);
    }
    let now = if refused.whole {
        replace(db, host, actors, &refused, correction)?
    } else if correction.unit.is_some() {
        // Where an accepted report stands, a supervisor decides.
        return Err(Error::NotAllowed(Refusal::NotAllowed));
    } else {
        rewrite(db, host, actors, &refused, correction)?;
        report
    };
    answer(db, report, "corrected")?;
    ledger::project(db, report)?;
    Ok(now)
}

/// The difference to the wanted values as one change on the document as it is without the refused ones.
fn rewrite(db: &Connection, host: &dyn Host, actors: &mut Actors, refused: &Refused, correction: &Correction) -> Result<(), Error> {
    let (loaded, report) = (&refused.loaded, refused.loaded.view.birth.report);
    let form = reports::known_form(loaded)?;
    let wanted = overlaid(refused.wanted(form, &correction.without), correction);
    let before = form.check(&loaded.view.data);
    let problems: Vec<_> = form.check(&wanted).into_iter().filter(|problem| !before.contains(problem)).collect();
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let mut names = Names::new(host)?;
    let edits = difference::edits(form.fields(), &loaded.view.data, &wanted, &mut || names.next())?;
    let mut writes: Vec<Write> = edits.into_iter().map(Write::Edit).collect();
    for text in refused.comments() {
        writes.extend(decisions::comment(loaded, &mut names, &text)?);
    }
    actors.forget();
    if !writes.is_empty() {
        reports::write(db, host, actors, report, &writes)?;
    }
    Ok(())
}

/// A new report under a new id, recorded when the refused one was.
fn replace(db: &Connection, host: &dyn Host, actors: &mut Actors, refused: &Refused, correction: &Correction) -> Result<ReportId, Error> {
    let birth = &refused.loaded.view.birth;
    let form = forms::newest(db, &birth.kind)?;
    let data = form.tidy(&overlaid(refused.wanted(form, &correction.without), correction));
    let fresh = reports::fresh_report(host)?;
    let unit = correction.unit.unwrap_or(birth.unit);
    reports::create_recorded(db, host, actors, (fresh, form, unit), &data, birth.recorded_at)?;
    let comments = refused.comments();
    if !comments.is_empty() {
        let (loaded, mut names) = (reports::loaded(db, fresh)?, Names::new(host)?);
        let writes: Vec<Vec<Write>> =
            comments.iter().map(|text| decisions::comment(&loaded, &mut names, text)).collect::<Result<_, Error>>()?;
        reports::write(db, host, actors, fresh, &writes.concat())?;
    }
    db.prepare_cached("INSERT INTO replacement (refused, report) VALUES (?1, ?2)")?
        .execute(params![birth.report.to_bytes(), fresh.to_bytes()])?;
    Ok(fresh)
}

fn overlaid(mut data: Value, correction: &Correction) -> Value {
    for (path, value) in &correction.set {
        reports::put(&mut data, path, value.clone());
    }
    data
}
