//! The forms that this device has: the built-in ones, and those that came from the centre.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, params};
use sync_core::exchange::{FormNews, FormStep};
use sync_core::form::Form;
use sync_core::{Refusal, ReportId, limits};

use crate::Error;
use crate::ledger;
use crate::touched::Touched;

/// The form of a draft or report, also a retired one. A built-in one is never another.
pub(crate) fn find(db: &Connection, kind: &str, version: u32) -> Result<Option<&'static Form>, Error> {
    if let Some(form) = Form::find(kind, version) {
        return Ok(Some(form));
    }
    let sql = "SELECT json FROM form WHERE kind = ?1 AND version = ?2 AND json <> ''";
    let json: Option<String> = db.prepare_cached(sql)?.query_row(params![kind, version], |row| row.get(0)).optional()?;
    Ok(json.and_then(|json| read(&json, kind, version)))
}

/// None for a form that is newer than this program, or is not what it was sent as. It stays, for the next program.
fn read(json: &str, kind: &str, version: u32) -> Option<&'static Form> {
    Form::kept(json).ok().filter(|form| form.kind() == kind && form.version() == version)
}

/// The form of a new report of this kind.
pub(crate) fn newest(db: &Connection, kind: &str) -> Result<&'static Form, Error> {
    menu(db)?.into_iter().find(|form| form.kind() == kind).ok_or_else(|| Error::UnknownKind(kind.to_owned()))
}

/// What new reports are made on: of each kind the highest version that is not retired, the built-in kinds first, in the order of the menu.
pub(crate) fn menu(db: &Connection) -> Result<Vec<&'static Form>, Error> {
    let mut menu: Vec<&'static Form> = Vec::new();
    // What comes down is sent, not filed.
    for form in usable(db)?.into_iter().filter(|form| !form.is_broadcast()) {
        match menu.iter_mut().find(|known| known.kind() == form.kind()) {
            Some(known) if known.version() < form.version() => *known = form,
            Some(_) => {}
            None => menu.push(form),
        }
    }
    Ok(menu)
}

/// Every form that is not retired.
fn usable(db: &Connection) -> Result<Vec<&'static Form>, Error> {
    let mut retired = BTreeSet::new();
    let mut added = Vec::new();
    let mut query = db.prepare_cached("SELECT kind, version, json, retired FROM form ORDER BY kind, version")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, version, json): (String, u32, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        match row.get(3)? {
            true => _ = retired.insert((kind, version)),
            false => added.extend(read(&json, &kind, version).filter(|_| Form::find(&kind, version).is_none())),
        }
    }
    let all = Form::built_in().iter().chain(added);
    Ok(all.filter(|form| !retired.contains(&(form.kind().to_owned(), form.version()))).collect())
}

/// [`sync_core::exchange::Request::forms`].
pub(crate) fn mark(db: &Connection) -> Result<u64, Error> {
    Ok(db.prepare_cached("SELECT forms FROM device")?.query_row([], |row| row.get::<_, i64>(0))?.cast_unsigned())
}

/// Takes what the centre says of forms. Reports that were made on a new one, and could not be read whole before, are `touched`.
pub(crate) fn take(db: &Connection, news: &FormNews, touched: &mut Touched) -> Result<(), Error> {
    if news.anew {
        // The centre went back: what it does not know any more it would refuse. Drafts and reports keep their forms.
        db.prepare_cached("DELETE FROM form WHERE json = ''")?.execute([])?;
        db.prepare_cached("UPDATE form SET retired = 1")?.execute([])?;
    }
    for step in &news.steps {
        if !put(db, step)? {
            db.prepare_cached("UPDATE device SET rejected = rejected + 1")?.execute([])?;
            continue;
        }
        let mut query = db.prepare_cached("SELECT id FROM report WHERE kind = ?1 AND form = ?2")?;
        let reports = query.query_map(params![step.kind, step.version], |row| Ok(ReportId::from_bytes(row.get(0)?)))?;
        for report in reports {
            let report = report?;
            touched.insert(report);
            form_heard(db, report)?;
        }
    }
    db.prepare_cached("UPDATE device SET forms = ?1")?.execute([news.mark.cast_signed()])?;
    Ok(())
}

/// FORM_HEARD: what was refused of a report because the centre did not know its form is judged anew.
fn form_heard(db: &Connection, report: ReportId) -> Result<(), Error> {
    ledger::judge_anew(db, report, Refusal::UnknownForm)
}

/// FORM_KEPT: false for another text of a form that is known, and for more than a device keeps.
fn put(db: &Connection, step: &FormStep) -> Result<bool, Error> {
    let known = db.prepare_cached("SELECT 1 FROM form WHERE kind = ?1 AND version = ?2")?.exists(params![step.kind, step.version])?;
    let count: i64 = db.prepare_cached("SELECT COUNT(*) FROM form")?.query_row([], |row| row.get(0))?;
    if !known && count >= limits::FORMS_MAX as i64 {
        return Ok(false);
    }
    let sql = match &step.json {
        Some(_) => {
            "INSERT INTO form (kind, version, json, retired) VALUES (?1, ?2, ?3, 0)
            ON CONFLICT (kind, version) DO UPDATE SET retired = 0 WHERE json = excluded.json"
        }
        None => {
            "INSERT INTO form (kind, version, json, retired) VALUES (?1, ?2, ?3, 1)
            ON CONFLICT (kind, version) DO UPDATE SET retired = 1"
        }
    };
    let json = step.json.as_deref().unwrap_or_default();
    Ok(db.prepare_cached(sql)?.execute(params![step.kind, step.version, json])? > 0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use serde_json::{Value, json};

    use super::*;
    use crate::SystemHost;
    use crate::store::Store;

    const KIND: &str = "deteksi-dini";

    fn text(version: u32, label: &str) -> String {
        let mut form: Value = serde_json::from_str(include_str!("../../sync-core/forms/deteksi-dini.json")).unwrap();
        form["x-form"]["version"] = json!(version);
        form["x-form"]["label"]["id"] = json!(label);
        form.to_string()
    }

    fn step(version: u32, json: Option<String>) -> FormStep {
        FormStep { kind: KIND.to_owned(), version, json }
    }

    fn label(form: &Form) -> &str {
        &form.label().id
    }

    /// A store that hears these in one reply, and how many of them it did not take.
    fn hears(store: &mut Store, anew: bool, mark: u64, steps: Vec<FormStep>) -> i64 {
        let db = store.write().unwrap();
        let count = || db.query_row("SELECT rejected FROM device", [], |row| row.get::<_, i64>(0)).unwrap();
        let before = count();
        take(&db, &FormNews { mark, more: false, anew, steps }, &mut Touched::default()).unwrap();
        let rejected = count() - before;
        db.commit().unwrap();
        rejected
    }

    #[test]
    fn no_form_takes_the_place_of_a_known_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sambang");
        let mut store = Store::open(&path, &SystemHost).unwrap();
        let known = label(Form::find(KIND, 1).unwrap());
        assert_eq!(hears(&mut store, false, 7, vec![step(2, Some(text(2, "Dua"))), step(2, Some(text(2, "Palsu")))]), 1);
        hears(&mut store, false, 8, vec![step(1, Some(text(1, "Palsu"))), step(3, Some("{".to_owned())), step(4, Some(text(5, "Lain")))]);
        drop(store);
        // Also after it is opened again.
        let mut store = Store::open(&path, &SystemHost).unwrap();
        let of = |store: &Store, version| find(store.read(), KIND, version).unwrap().map(label);
        assert_eq!((of(&store, 1), of(&store, 2)), (Some(known), Some("Dua")));
        assert_eq!((of(&store, 3), of(&store, 4)), (None, None), "no form, and one under another's name");
        assert_eq!(newest(store.read(), KIND).unwrap().version(), 2);
        assert_eq!(mark(store.read()).unwrap(), 8);

        // What another store has is not known here.
        let other = Store::open(&folder.path().join("b.sambang"), &SystemHost).unwrap();
        assert_eq!(of(&other, 2), None);

        let many = (10..10 + limits::FORMS_MAX as u32).map(|version| step(version, None)).collect();
        assert!(hears(&mut store, false, 9, many) > 0, "more than a device keeps");
        assert_eq!(of(&store, 2), Some("Dua"));
    }

    #[test]
    fn what_a_restored_centre_does_not_know_takes_no_new_reports() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("a.sambang"), &SystemHost).unwrap();
        hears(&mut store, false, 3, vec![step(2, Some(text(2, "Dua"))), step(3, Some(text(3, "Tiga"))), step(1, None)]);
        assert_eq!(newest(store.read(), KIND).unwrap().version(), 3);
        hears(&mut store, true, 1, vec![step(2, Some(text(2, "Dua")))]);
        assert_eq!(newest(store.read(), KIND).unwrap().version(), 2);
        assert!(find(store.read(), KIND, 3).unwrap().is_some(), "drafts on it can be finished");
        hears(&mut store, true, 0, Vec::new());
        assert_eq!(newest(store.read(), KIND).unwrap().version(), 1, "the built-in one is retired no more");
        assert_eq!(menu(store.read()).unwrap().len(), Form::built_in().len());
    }
}
