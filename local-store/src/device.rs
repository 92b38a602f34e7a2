//! The facade: everything that an app does with a store.

mod bundle;
mod outbox;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction};
use serde_json::Value;
use sync_core::document::{self, Write};
use sync_core::form::{FieldPath, Form, Role};
use sync_core::scheduler::{Action, Link, LinkFailure, Policy, Portion};
use sync_core::{ReportId, UnitCode, scratch};

use crate::decisions::{self, Decision};
use crate::host::ProcessClock;
use crate::inbox::LISTED;
use crate::reports::{Actors, Names};
use crate::schedule::{self, Plan};
use crate::store::Store;
use crate::views::{Conflict, NextAttempt, Report, Status, Summary, Synced, Version};
use crate::wake::Wake;
use crate::{Delivery, Error, Host, SystemHost, crash, drafts, enrol, exchange, followup, forms, identity, ledger, marks, reports, states};

/// Which reports a list shows; an empty filter shows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only of this unit and those below it by code.
    pub unit: Option<UnitCode>,
    /// Only with this status: one of [`Summary::status`], or of [`Delivery`] by its word (`tersimpan`, `ditolak`, …).
    pub status: Option<String>,
    /// Only with these words (a word's beginning is enough).
    pub words: Option<String>,
}

/// What comes down is no report.
const REPORTS: &str = "r.broadcast = 0";

/// Which value resolves a conflict.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// The one with that number in `conflicts`, from 1.
    Take(usize),
    /// Another one.
    Set(Value),
}

/// A device's store, open. Clones share it; every call may come from any thread and blocks until it is done. One process at a time.
///
/// Nothing here needs a network but `enrol`, `sync_once` and `sync`, of the feature `http`.
#[derive(Debug, Clone)]
pub struct Device {
    inner: Arc<Mutex<Inner>>,
    host: Arc<dyn Host>,
    clock: ProcessClock,
    plan: Arc<Mutex<Plan>>,
    /// Told when something was written or the link changed: a runner looks again then.
    pub(crate) wake: Arc<Wake>,
    /// One exchange at a time; the store stays free while the network is slow. The connection is kept for the next.
    #[cfg(feature = "http")]
    pub(crate) transport: Arc<Mutex<crate::transport::Transport>>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    actors: Actors,
}

impl Device {
    /// Opens the store at `path`, or creates one where no file is.
    ///
    /// # Errors
    /// [`Error::InUse`], [`Error::Newer`], [`Error::Damaged`], [`Error::Foreign`]: the file is untouched then.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_on(path, Arc::new(SystemHost))
    }

    /// [`Device::open`] with another clock and other random numbers than the system's.
    ///
    /// # Errors
    /// See [`Device::open`].
    pub fn open_on(path: impl AsRef<Path>, host: Arc<dyn Host>) -> Result<Self, Error> {
        let store = Store::open(path.as_ref(), &*host)?;
        Ok(Self {
            inner: Arc::new(Mutex::new(Inner { store, actors: Actors::default() })),
            clock: ProcessClock::new(Arc::clone(&host))?,
            host,
            plan: Arc::default(),
            wake: Arc::default(),
            #[cfg(feature = "http")]
            transport: Arc::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // After a panic in another thread the tables are as its transaction left them: whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn host(&self) -> &dyn Host {
        &*self.host
    }

    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        work(self.lock().store.read())
    }

    /// One durable transaction. When it fails, or its outcome is unknown, the actor that it may have written with is never used again.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Transaction<'_>, &mut Actors) -> Result<T, Error>) -> Result<T, Error> {
        let mut inner = self.lock();
        let Inner { store, actors } = &mut *inner;
        let done = store.write().and_then(|transaction| {
            let value = work(&transaction, actors)?;
            crash::point(crash::BEFORE_COMMIT);
            transaction.commit()?;
            Ok(value)
        });
        if done.is_err() {
            actors.forget();
        }
        drop(inner);
        if done.is_ok() {
            self.wake.now();
        }
        done
    }

    /// [`Device::write`] of what may touch many reports.
    fn write_many<T: Send>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Error> + Send) -> Result<T, Error> {
        let done = scratch::on_large_stack(|| self.write(|db, _| work(db)));
        done.unwrap_or_else(|failure| Err(Error::Storage(failure.to_string())))
    }

    /// The forms on which new reports are made, one a kind: the newest that is built in or came from the centre, and is not retired.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn kinds(&self) -> Result<Vec<&'static Form>, Error> {
        self.read(forms::menu)
    }

    /// The form of a draft or report, if this device has it.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn form(&self, kind: &str, version: u32) -> Result<Option<&'static Form>, Error> {
        self.read(|db| forms::find(db, kind, version))
    }

    /// Files a finished report; its id means that it is saved for good. `data` is a JSON object of the form's fields: [`Device::kinds`] gives
    /// the forms, `sambang report kinds KIND` prints one, `sync-core/forms/examples` has data of every kind.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use local_store::{Device, Error, Lang};
    /// let device = Device::open("officer.sambang")?;
    /// let talk = serde_json::json!({ "jenis": "sambang-tokoh", "tanggal": "2026-11-16" });
    /// match device.file("sambang", "53.03.01.2005".parse()?, &talk) {
    ///     Ok(id) => println!("{id}"),
    ///     Err(Error::Invalid(problems)) => problems.iter().for_each(|problem| println!("{}: {}", problem.path, problem.text.id)), // uraian: …
    ///     Err(error) => println!("{} {} {}", error.code(), error.text(Lang::Indonesian), error.remedy(Lang::Indonesian)),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`] with every problem, [`Error::NotEnrolled`], [`Error::OutsideArea`], …: nothing is saved then.
    pub fn file(&self, kind: &str, unit: UnitCode, data: &Value) -> Result<ReportId, Error> {
        let report = reports::fresh_report(&*self.host)?;
        self.write(|db, actors| {
            let form = forms::newest(db, kind)?;
            reports::create(db, &*self.host, actors, (report, form, unit), &form.tidy(&object(data)?))?;
            Ok(report)
        })
    }

    /// Saves a draft, which may be incomplete.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is not well-formed.
    pub fn draft(&self, kind: &str, unit: UnitCode, data: &Value) -> Result<ReportId, Error> {
        let id = reports::fresh_report(&*self.host)?;
        self.write(|db, _| {
            identity::enrolled(db)?;
            identity::begin_in(db, unit)?;
            drafts::create(db, &*self.host, id, kind, unit, &object(data)?)?;
            Ok(id)
        })
    }

    /// What a follow-up of a report takes over from it: who, where, the members of the household, the number of the visit; and the reference.
    ///
    /// # Errors
    /// [`Error::NoSuchReport`]; [`Error::UnknownKind`] for a kind that cannot refer to this one.
    pub fn follow_up(&self, kind: &str, from: ReportId) -> Result<Value, Error> {
        self.read(|db| followup::data(forms::newest(db, kind)?, &reports::loaded(db, from)?))
    }

    /// Makes a draft a report. It keeps its id.
    ///
    /// # Errors
    /// As [`Device::file`]; the draft stays as it is then.
    pub fn finish(&self, id: ReportId) -> Result<(), Error> {
        self.write(|db, actors| {
            let draft = draft(db, id)?;
            reports::create(db, &*self.host, actors, (id, draft.form, draft.unit), &draft.data)?;
            drafts::delete(db, id)
        })
    }

    /// Throws a draft away. A report is never deleted: see [`Device::withdraw`].
    ///
    /// # Errors
    /// [`Error::NotADraft`], [`Error::NoSuchReport`].
    pub fn discard_draft(&self, id: ReportId) -> Result<(), Error> {
        self.write(|db, _| draft(db, id).and_then(|draft| drafts::delete(db, draft.id)))
    }

    /// Sets fields of a draft or a report, all in one change; null takes a value away.
    ///
    /// # Errors
    /// [`Error::Invalid`] for problems that the edit brings, [`Error::NotAllowed`] where the role may not write.
    pub fn edit(&self, id: ReportId, fields: &[(FieldPath, Value)]) -> Result<(), Error> {
        self.write(|db, actors| {
            if let Some(draft) = drafts::find(db, id)? {
                return drafts::edit(db, &*self.host, draft, fields);
            }
            let loaded = reports::loaded(db, id)?;
            if loaded.view.status() == document::Status::Withdrawn {
                return Err(Error::Withdrawn);
            }
            let writes = reports::edits(&loaded, fields)?;
            reports::write(db, &*self.host, actors, id, &writes).map(|_| ())
        })
    }

    /// Takes one's own report back, with a reason. It stays readable.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for somebody else's, [`Error::Withdrawn`], [`Error::BadText`].
    pub fn withdraw(&self, id: ReportId, reason: &str) -> Result<(), Error> {
        self.decide(id, &Decision::Withdraw { reason: reason.to_owned() })
    }

    /// Adds a comment, which nobody can change afterwards.
    ///
    /// # Errors
    /// [`Error::BadText`], [`Error::NoSuchReport`].
    pub fn comment(&self, id: ReportId, text: &str) -> Result<(), Error> {
        self.write_entries(id, |loaded, names, _| decisions::comment(loaded, names, text))
    }

    /// Decides on a report: on what this device shows of it now, which the decision names.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] where the role does not decide this, [`Error::Withdrawn`], [`Error::BadText`].
    pub fn decide(&self, id: ReportId, decision: &Decision) -> Result<(), Error> {
        self.write_entries(id, |loaded, names, role| decisions::decision(loaded, names, role, decision))
    }

    fn write_entries(
        &self,
        id: ReportId,
        make: impl FnOnce(&ledger::Loaded, &mut Names, Role) -> Result<Vec<Write>, Error>,
    ) -> Result<(), Error> {
        self.write(|db, actors| {
            if drafts::find(db, id)?.is_some() {
                return Err(Error::NoSuchReport(id.to_string()));
            }
            let role = identity::enrolled(db)?.role;
            let writes = make(&reports::loaded(db, id)?, &mut Names::new(&*self.host)?, role)?;
            reports::write(db, &*self.host, actors, id, &writes).map(|_| ())
        })
    }

    /// Settles a field that has several values: an ordinary edit that has seen them all.
    ///
    /// # Errors
    /// [`Error::NoConflict`], [`Error::NoSuchVariant`], and those of [`Device::edit`].
    pub fn resolve(&self, id: ReportId, path: &FieldPath, choice: Choice) -> Result<(), Error> {
        self.write(|db, actors| {
            let loaded = reports::loaded(db, id)?;
            let name = path.to_string();
            let found = loaded.view.conflicts.iter().find(|conflict| conflict.path == name).ok_or(Error::NoConflict(name))?;
            let value = match choice {
                Choice::Set(value) => value,
                Choice::Take(number) => {
                    let variant = number.checked_sub(1).and_then(|at| found.variants.get(at));
                    variant.ok_or(Error::NoSuchVariant(number))?.value.clone()
                }
            };
            let writes = reports::edits(&loaded, &[(path.clone(), value)])?;
            reports::write(db, &*self.host, actors, id, &writes).map(|_| ())
        })
    }

    /// A whole report, or a draft.
    ///
    /// # Errors
    /// [`Error::NoSuchReport`].
    pub fn show(&self, id: ReportId) -> Result<Report, Error> {
        self.read(|db| match drafts::find(db, id)? {
            Some(draft) => draft_report(db, &draft),
            None => reports::show(db, id),
        })
    }

    /// Own reports that were returned first, then drafts, then the others, newest first.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Summary>, Error> {
        self.read(|db| {
            let Some(own) = identity::enrolment(db)? else { return Ok(Vec::new()) };
            let mut all = Vec::new();
            match filter.words.as_deref().map(match_expression) {
                None => {
                    all = drafts::list(db, own.officer)?;
                    let sql = format!("{} WHERE {LISTED} AND {REPORTS} ORDER BY r.recorded_at DESC, r.number DESC", reports::SUMMARY);
                    all.extend(reports::summaries(db, &sql, [])?);
                }
                Some(words) => {
                    let found = "r.number IN (SELECT rowid FROM report_text WHERE words MATCH ?1)";
                    let listed = format!("{found} AND {LISTED} AND {REPORTS}");
                    let sql = format!("{} WHERE {listed} ORDER BY r.recorded_at DESC, r.number DESC", reports::SUMMARY);
                    all.extend(reports::summaries(db, &sql, [words])?);
                }
            }
            all.retain(|one| fits(one, filter));
            all.sort_by_key(|one| !(one.author == own.officer && one.status == document::Status::Returned.as_str()));
            Ok(all)
        })
    }

    /// Reports that hold all of these words.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn search(&self, words: &str) -> Result<Vec<Summary>, Error> {
        self.list(&Filter { words: Some(words.to_owned()), ..Filter::default() })
    }

    /// Every change of a report: who, when, what, and how far it has come.
    ///
    /// # Errors
    /// [`Error::NoSuchReport`].
    pub fn history(&self, id: ReportId) -> Result<Vec<Version>, Error> {
        self.read(|db| reports::history(db, id))
    }

    /// The fields of a report that have several values.
    ///
    /// # Errors
    /// [`Error::NoSuchReport`].
    pub fn conflicts(&self, id: ReportId) -> Result<Vec<Conflict>, Error> {
        Ok(self.show(id)?.conflicts)
    }

    /// A report as a plain Automerge document, which any Automerge implementation opens; the form's fields are under `data`.
    ///
    /// # Errors
    /// [`Error::NoSuchReport`].
    pub fn dump(&self, id: ReportId) -> Result<Vec<u8>, Error> {
        self.read(|db| Ok(reports::loaded(db, id)?.document.save()))
    }

    /// A quota for the store's file, in bytes; none for no quota. At the quota a write fails with [`Error::DiskFull`], as on a full disk; what is
    /// saved stays readable. Holds until the store is closed; a store that is larger already keeps its size.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn limit_bytes(&self, most: Option<u64>) -> Result<(), Error> {
        self.read(|db| {
            let page_bytes: u32 = db.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let pages = most.map_or(u32::MAX - 1, |most| u32::try_from((most / u64::from(page_bytes)).max(1)).unwrap_or(u32::MAX - 1));
            Ok(db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
        })
    }

    /// The units that this device knows, with their names, by code: also those above the officer's. His own are [`Status::units`].
    ///
    /// # Errors
    /// Only those of the store.
    pub fn units(&self) -> Result<Vec<(UnitCode, String)>, Error> {
        self.read(|db| Ok(identity::units(db)?.into_iter().collect()))
    }

    /// Counted from stored receipts, never from hope.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn status(&self) -> Result<Status, Error> {
        let plan = *self.plan();
        self.read(|db| {
            let own = identity::enrolment(db)?;
            let next = own.is_some().then(|| schedule::action(db, &self.clock, plan)).transpose()?;
            let count = |sql: &str| -> Result<u64, Error> { Ok(db.prepare_cached(sql)?.query_row([], |row| row.get::<_, u32>(0))?.into()) };
            let waiting = "SELECT COUNT(DISTINCT report) FROM change WHERE shared_sequence IS NULL AND fate =";
            let states = states::count(db)?;
            let of = |state: Delivery| states.get(&state).copied().unwrap_or_default();
            Ok(Status {
                nrp: own.as_ref().map(|own| own.officer.to_string()),
                name: own.as_ref().map(|own| own.name.clone()).unwrap_or_default(),
                role: own.as_ref().map(|own| own.role.as_str().to_owned()),
                areas: identity::areas(db)?.iter().map(|area| format!("{}/{}", area.unit, area.class.as_str())).collect(),
                drafts: of(Delivery::Draft),
                unsent: exchange::unsent(db)?,
                delivered: of(Delivery::Delivered),
                refused: of(Delivery::Refused),
                voided: marks::lost_reports(db)?,
                held: count(&format!("{waiting} 'held'"))?,
                last_contact: identity::last_contact(db)?.map(|at| at.to_string()),
                next_attempt: next.map(|action| NextAttempt::of(action, self.host.now())),
                revoked: own.is_some_and(|own| own.revoked),
                states,
            })
        })
    }

    /// The next request's bytes, for hosts that carry them themselves. When no reply comes, tell it with [`Device::no_reply`].
    ///
    /// # Errors
    /// [`Error::NotEnrolled`].
    pub fn request(&self) -> Result<Vec<u8>, Error> {
        self.request_portion(Portion::WHOLE)
    }

    /// [`Device::request`], with no more than [`Device::next_action`] allows.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`].
    pub fn request_portion(&self, portion: Portion) -> Result<Vec<u8>, Error> {
        self.write(|db, _| exchange::request(db, &self.clock, portion, false))
    }

    /// Takes the reply to the last request, in one transaction.
    ///
    /// # Errors
    /// [`Error::NotTheServer`], [`Error::StaleReply`]: nothing was changed then, and the next request sends the same again.
    pub fn apply(&self, reply: &[u8]) -> Result<Synced, Error> {
        self.write_many(|db| exchange::apply(db, (&*self.host, &self.clock), reply, &mut BTreeMap::new()))
    }

    /// No reply came to the last request: the device learns from it how much its link carries, and when to ask next. A request that is followed
    /// by another without a word is taken to have been cut.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn no_reply(&self, failure: LinkFailure) -> Result<(), Error> {
        self.write(|db, _| schedule::unanswered(db, &self.clock, failure))
    }

    /// What to do now: exchange, or wait, and what for. Ask again after each exchange, and when something happens.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`].
    pub fn next_action(&self) -> Result<Action, Error> {
        let plan = *self.plan();
        self.read(|db| {
            identity::enrolled(db)?;
            schedule::action(db, &self.clock, plan)
        })
    }

    /// The link as the host sees it; until it says so, a metered one is assumed. What is urgent goes at once when a link comes.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn link_is(&self, link: Link) -> Result<(), Error> {
        let before = std::mem::replace(&mut self.plan().link, link);
        if link != Link::None && link != before {
            return self.write(|db, _| schedule::link_came(db));
        }
        self.wake.now();
        Ok(())
    }

    /// What the officer, or the app, allows; until the store is closed.
    pub fn allow(&self, policy: Policy) {
        self.plan().policy = policy;
        self.wake.now();
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes that ask to enrol with a one-time code, for hosts that carry them themselves; give the reply to [`Device::apply_enrolment`].
    ///
    /// # Errors
    /// [`Error::CodeMistyped`], [`Error::AlreadyEnrolled`].
    pub fn enrolment_request(&self, code: &str) -> Result<Vec<u8>, Error> {
        self.read(|db| Ok(enrol::request(db, code)?.0))
    }

    /// Takes the answer to [`Device::enrolment_request`] with the same code. `ca` is the PEM text of the server's own authority, or empty.
    ///
    /// # Errors
    /// Why the code was not taken, or [`Error::NotTheServer`].
    pub fn apply_enrolment(&self, code: &str, reply: &[u8], server: &str, ca: &str) -> Result<(), Error> {
        self.write(|db, _| {
            let (_, hash, code) = enrol::request(db, code)?;
            enrol::apply(db, reply, &hash, &code, (server, ca))
        })
    }
}

fn object(data: &Value) -> Result<Value, Error> {
    if data.is_object() { Ok(data.clone()) } else { Err(Error::NotAnObject(data.to_string().chars().take(40).collect())) }
}

fn draft(db: &Connection, id: ReportId) -> Result<drafts::Draft, Error> {
    match drafts::find(db, id)? {
        Some(draft) => Ok(draft),
        None if ledger::load(db, id)?.is_some() => Err(Error::NotADraft),
        None => Err(Error::NoSuchReport(id.to_string())),
    }
}

fn draft_report(db: &Connection, draft: &drafts::Draft) -> Result<Report, Error> {
    let own = identity::enrolled(db)?;
    Ok(Report {
        summary: draft.summary(own.officer),
        form: draft.form.version(),
        class: draft.form.place(&draft.data).0.as_str().to_owned(),
        author: crate::Author { nrp: Some(own.officer), name: own.name },
        data: draft.data.clone(),
        conflicts: Vec::new(),
        comments: Vec::new(),
        decisions: Vec::new(),
        heads: Vec::new(),
        reason: None,
        referred_by: Vec::new(),
        repeats: Vec::new(),
        replaces: None,
        replaced_by: None,
    })
}

fn fits(one: &Summary, filter: &Filter) -> bool {
    filter.kind.as_ref().is_none_or(|kind| *kind == one.kind)
        && filter.unit.is_none_or(|unit| unit.contains(&one.unit))
        && filter.status.as_ref().is_none_or(|status| *status == one.status || *status == one.delivery.as_str())
}

/// Each word quoted, as a beginning: what a person types is never taken for the search language.
fn match_expression(words: &str) -> String {
    let quoted: Vec<String> = words.split_whitespace().map(|word| format!("\"{}\"*", word.replace('"', "\"\""))).collect();
    if quoted.is_empty() { "\"\"".to_owned() } else { quoted.join(" ") }
}
