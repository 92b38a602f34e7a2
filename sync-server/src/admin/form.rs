//! Forms that reach devices without a new app: added, listed, retired.

use serde::Serialize;
use sync_core::exchange::FormStep;
use sync_core::form::{Form, Words};
use sync_core::{Timestamp, limits};

use crate::store::form;
use crate::{Server, ServerError};

/// A form as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormInfo {
    /// The kind.
    pub kind: String,
    /// The version.
    pub version: u32,
    /// What it is called; none where this program cannot read it.
    pub label: Option<Words>,
    /// It came with the program.
    pub built_in: bool,
    /// New reports are made on it: the highest version of its kind that is not retired.
    pub newest: bool,
    /// No new report is made on it.
    pub retired: bool,
    /// When it was added; none for built-in ones.
    pub added_at: Option<String>,
}

/// What adding a form did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormAdded {
    /// The kind.
    pub kind: String,
    /// The version.
    pub version: u32,
    /// False: the same form was there already.
    pub new: bool,
}

impl Server {
    /// Adds a form, or a new version of one. Devices get it with their next exchange.
    ///
    /// # Errors
    /// [`ServerError::FormFile`] names the place; [`ServerError::FormNotNewer`], [`ServerError::FormComesDown`], [`ServerError::TooManyForms`]. Nothing is
    /// changed then.
    pub fn add_form(&self, json: &str, now: Timestamp) -> Result<FormAdded, ServerError> {
        let (read, compact) = Form::compact(json).map_err(ServerError::FormFile)?;
        let (kind, version) = (read.kind().to_owned(), read.version());
        // What comes down is made by the program itself, and what it may do is decided by its kind.
        if read.is_broadcast() || Form::newest(&kind).is_some_and(Form::is_broadcast) {
            return Err(ServerError::FormComesDown(kind));
        }
        self.store.write(|db| {
            if form::json(db, &kind, version)?.is_some_and(|there| there == compact) {
                return Ok(FormAdded { kind, version, new: false });
            }
            let newest = form::newest_version(db, &kind)?;
            if version <= newest {
                return Err(ServerError::FormNotNewer { kind, version, newest });
            }
            room(form::count(db)?)?;
            form::put(db, &FormStep { kind: kind.clone(), version, json: Some(compact) }, now)?;
            Ok(FormAdded { kind, version, new: true })
        })
    }

    /// No new report is made on this form any more; drafts and reports on it stay valid. False: it was retired already.
    ///
    /// # Errors
    /// [`ServerError::UnknownForm`], [`ServerError::FormComesDown`], [`ServerError::TooManyForms`].
    pub fn retire_form(&self, kind: &str, version: u32, now: Timestamp) -> Result<bool, ServerError> {
        self.store.write(|db| {
            let found = form::find(db, kind, version)?.ok_or_else(|| ServerError::UnknownForm(kind.to_owned(), version))?;
            if found.is_broadcast() {
                return Err(ServerError::FormComesDown(kind.to_owned()));
            }
            if form::is_retired(db, kind, version)? {
                return Ok(false);
            }
            room(form::count(db)?)?;
            form::put(db, &FormStep { kind: kind.to_owned(), version, json: None }, now)?;
            Ok(true)
        })
    }

    /// All forms of reports: the built-in ones in the order of the menu, then what was added, oldest first.
    ///
    /// # Errors
    /// Only those of the database.
    pub fn forms(&self) -> Result<Vec<FormInfo>, ServerError> {
        self.store.read(|db| {
            let mut found: Vec<FormInfo> = Form::built_in().iter().map(built_in).collect();
            for row in form::steps(db)? {
                let (step, at) = (row.step, row.at);
                match &step.json {
                    Some(json) => found.push(FormInfo {
                        label: Form::kept(json).ok().map(|form| form.label().clone()),
                        kind: step.kind,
                        version: step.version,
                        built_in: false,
                        newest: false,
                        retired: false,
                        added_at: Some(at.to_string()),
                    }),
                    None => {
                        let same = |one: &&mut FormInfo| one.kind == step.kind && one.version == step.version;
                        found.iter_mut().filter(same).for_each(|one| one.retired = true);
                    }
                }
            }
            let usable: Vec<(String, u32)> = found.iter().filter(|one| !one.retired).map(|one| (one.kind.clone(), one.version)).collect();
            for one in found.iter_mut().filter(|one| !one.retired) {
                one.newest = usable.iter().all(|(kind, version)| *kind != one.kind || *version <= one.version);
            }
            Ok(found)
        })
    }
}

fn built_in(form: &Form) -> FormInfo {
    FormInfo {
        kind: form.kind().to_owned(),
        version: form.version(),
        label: Some(form.label().clone()),
        built_in: true,
        newest: false,
        retired: false,
        added_at: None,
    }
}

fn room(used: usize) -> Result<(), ServerError> {
    if used < limits::FORMS_MAX { Ok(()) } else { Err(ServerError::TooManyForms(limits::FORMS_MAX)) }
}
