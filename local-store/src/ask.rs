//! Questions about what is held or was refused: which are asked, and what the answers change.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use rusqlite::{Connection, params};
use sync_core::exchange::{Answer, Fate, Question, Unsettled};
use sync_core::history::History;
use sync_core::proof::Proof;
use sync_core::{ReportId, limits};

use crate::ledger::{self, Stored};
use crate::touched::Touched;
use crate::views::Synced;
use crate::{Error, tokens};

/// The questions of a new request; what is asked is stored, for the reply does not repeat it.
pub(crate) fn questions(db: &Connection) -> Result<Vec<Question>, Error> {
    db.execute("DELETE FROM outstanding_question", [])?;
    let asked = ask_turn(db)?;
    for (number, (position, question)) in (0_i64..).zip(&asked) {
        let heads = ledger::concat(question.heads.iter().copied());
        db.execute(
            "INSERT INTO outstanding_question (number, report, heads, position) VALUES (?1, ?2, ?3, ?4)",
            params![number, question.report.to_bytes(), heads, position],
        )?;
    }
    Ok(asked.into_iter().map(|(_, question)| question).collect())
}

/// ASK_TURN: two questions an exchange, in turn. The turn is the place of the last change that was answered about, so that lost replies, and
/// questions that come and go, starve none.
fn ask_turn(db: &Connection) -> Result<Vec<(i64, Question)>, Error> {
    let mut query = db.prepare_cached(
        "SELECT position, report, hash FROM change WHERE fate <> 'pending' AND shared_sequence IS NULL
         ORDER BY position <= (SELECT asked FROM device), position",
    )?;
    let mut rows = query.query([])?;
    let (mut asked, mut heads) = (Vec::new(), BTreeMap::<ReportId, BTreeSet<ChangeHash>>::new());
    while asked.len() < limits::QUESTIONS_MAX
        && let Some(row) = rows.next()?
    {
        let (position, report, hash) = (row.get(0)?, ReportId::from_bytes(row.get(1)?), ChangeHash(row.get(2)?));
        if let std::collections::btree_map::Entry::Vacant(vacant) = heads.entry(report) {
            let report = unsettled(&ledger::changes(db, report)?);
            vacant.insert(report.held_ask().into_iter().chain(report.refused_ask()).collect());
        }
        if heads.get(&report).is_some_and(|heads| heads.contains(&hash)) {
            asked.push((position, Question { report, heads: vec![hash] }));
        }
    }
    Ok(asked)
}

fn unsettled(stored: &[Stored]) -> Unsettled {
    let changes: Vec<_> = stored.iter().map(|one| one.change.clone()).collect();
    let those = |wanted: fn(&Stored) -> bool| stored.iter().filter(|one| wanted(one)).map(|one| one.change.hash()).collect();
    Unsettled {
        history: History::of(&changes),
        shared: those(|one| one.label.is_some()),
        held: those(Stored::is_held),
        refused: those(Stored::is_refused),
    }
}

// `fate <> 'pending'` stands beside a narrower condition in the queries below: it is what the index of the few unsettled changes asks for.

/// What was refused before a reply is taken, report by report.
pub(crate) type Refused = BTreeMap<ReportId, BTreeSet<ChangeHash>>;

pub(crate) fn refused(db: &Connection) -> Result<Refused, Error> {
    let mut query =
        db.prepare_cached("SELECT report, hash FROM change WHERE fate <> 'pending' AND fate = 'refused' AND shared_sequence IS NULL")?;
    let mut rows = query.query([])?;
    let mut refused = Refused::new();
    while let Some(row) = rows.next()? {
        refused.entry(ReportId::from_bytes(row.get(0)?)).or_default().insert(ChangeHash(row.get(1)?));
    }
    Ok(refused)
}

/// Takes the answers, and moves the turn on: only a reply does. True when something that was held is settled and more is left to ask about.
pub(crate) fn take_answers(db: &Connection, answers: &[Answer], touched: &mut Touched, synced: &mut Synced) -> Result<bool, Error> {
    let mut query = db.prepare_cached("SELECT report, heads, position FROM outstanding_question ORDER BY number")?;
    let rows = query.query_map([], |row| Ok((ReportId::from_bytes(row.get(0)?), row.get::<_, Vec<u8>>(1)?, row.get::<_, i64>(2)?)))?;
    let asked: Vec<(ReportId, Vec<u8>, i64)> = rows.collect::<Result<_, _>>()?;
    let mut news = false;
    for ((report, heads, position), answer) in asked.iter().zip(answers) {
        let question = Question { report: *report, heads: ledger::split(heads) };
        let before = unsettled(&ledger::changes(db, *report)?);
        for (hash, fate) in before.settle(&question, answer) {
            let held = before.held.contains(&hash);
            match fate {
                Fate::Shared(_) => synced.delivered += 1,
                Fate::Refused(_) | Fate::OnRefused if !before.refused.contains(&hash) => synced.refused += 1,
                Fate::Held | Fate::Refused(_) | Fate::OnRefused | Fate::Pending => {}
            }
            news |= held && fate != Fate::Held;
            if fate != Fate::OnRefused || !before.refused.contains(&hash) {
                ledger::settle(db, hash, fate)?;
            }
        }
        match answer {
            Answer::Refused { reason, .. } => question.heads.iter().try_for_each(|head| ledger::give_reason(db, *head, reason))?,
            Answer::Shared(_, token) => {
                let heads: BTreeSet<ChangeHash> = question.heads.iter().copied().collect();
                tokens::keep(db, *report, Proof { heads: heads.into_iter().collect(), token: *token }, &before.history)?;
            }
            Answer::Held | Answer::Unknown => {}
        }
        db.execute("UPDATE device SET asked = ?1", [position])?;
        touched.insert(*report);
    }
    db.execute("DELETE FROM outstanding_question", [])?;
    let left = "SELECT EXISTS (SELECT 1 FROM change WHERE fate <> 'pending' AND fate = 'held' AND shared_sequence IS NULL)";
    Ok(news && db.query_row(left, [], |row| row.get(0))?)
}

/// REFUSED_BARS, for what was pending or held until now.
pub(crate) fn bar(db: &Connection, touched: &Touched) -> Result<(), Error> {
    for report in refused(db)?.keys().filter(|report| touched.contains(**report)) {
        for hash in unsettled(&ledger::changes(db, *report)?).barred() {
            ledger::settle(db, hash, Fate::OnRefused)?;
        }
    }
    Ok(())
}

/// What was refused on account of a change that is shared now is pending again, unless the officer has corrected it or put it aside since.
pub(crate) fn release(db: &Connection, refused: &Refused, touched: &Touched) -> Result<(), Error> {
    for (report, before) in refused.iter().filter(|(report, _)| touched.contains(**report)) {
        let stored = ledger::changes(db, *report)?;
        let answered: BTreeSet<ChangeHash> = stored.iter().filter(|one| one.answered).map(|one| one.change.hash()).collect();
        for hash in unsettled(&stored).released(before).into_iter().filter(|hash| !answered.contains(hash)) {
            ledger::settle(db, hash, Fate::Pending)?;
        }
    }
    Ok(())
}
