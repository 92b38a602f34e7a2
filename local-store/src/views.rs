//! What the facade gives out: owned records, ready for bindings to other languages.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use sync_core::form::Words;
use sync_core::scheduler::Action;
use sync_core::{Nrp, ReportId, Timestamp, UnitCode};

use crate::reason::Reason;

/// How far a report has come, by stored receipts and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Delivery {
    /// A draft: it never leaves the device.
    #[serde(rename = "draf")]
    Draft,
    /// Saved on this device; not sent yet.
    #[serde(rename = "tersimpan")]
    Saved,
    /// In a request whose reply has not come.
    #[serde(rename = "antre")]
    Queued,
    /// The server has all of it: its receipt is stored here.
    #[serde(rename = "terkirim")]
    Delivered,
    /// It waits at the centre for a supervisor.
    #[serde(rename = "ditahan")]
    Held,
    /// The centre refused some of it.
    #[serde(rename = "ditolak")]
    Refused,
}

impl Delivery {
    /// Each of them.
    pub const ALL: [Self; 6] = [Self::Draft, Self::Saved, Self::Queued, Self::Delivered, Self::Held, Self::Refused];

    /// draf, tersimpan, antre, terkirim, ditahan, ditolak.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draf",
            Self::Saved => "tersimpan",
            Self::Queued => "antre",
            Self::Delivered => "terkirim",
            Self::Held => "ditahan",
            Self::Refused => "ditolak",
        }
    }
}

/// A person who wrote something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The personnel number; none while the server has not told whose device it is.
    pub nrp: Option<Nrp>,
    /// The name.
    pub name: String,
}

impl Author {
    fn json(&self) -> Value {
        json!({ "nrp": self.nrp.map(|nrp| nrp.to_string()), "name": self.name })
    }
}

/// A report in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Its id.
    pub id: ReportId,
    /// The form's kind.
    pub kind: String,
    /// The unit that answers for it.
    pub unit: UnitCode,
    /// Who began it; for a draft this device's officer.
    pub author: Nrp,
    /// `draft`, or what the decisions make of it: `final`, `returned`, `answered`, `handled`, `reopened`, `escalated`, `disputed`, `withdrawn`.
    pub status: String,
    /// `urgent` or `normal`.
    pub lane: String,
    /// When it was recorded, by the clock of the device: advisory.
    pub recorded_at: Timestamp,
    /// How many fields have several values.
    pub conflicts: u32,
    /// The first words of it.
    pub title: String,
    /// How far it has come.
    pub delivery: Delivery,
    /// Why it was refused.
    pub refusal: Option<Reason>,
}

impl Summary {
    /// As the command line prints it.
    pub fn json(&self) -> Value {
        json!({
            "id": self.id.to_string(), "kind": self.kind, "unit": self.unit.to_string(), "author": self.author.to_string(),
            "status": self.status, "lane": self.lane, "recorded_at": self.recorded_at.to_string(), "conflicts": self.conflicts,
            "title": self.title, "delivery": self.delivery.as_str(), "refusal": self.refusal.as_ref().map(Reason::json),
        })
    }
}

/// A comment or decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub by: Author,
    /// When, by the writer's clock: advisory.
    pub at: Timestamp,
    /// Its texts by name: `type`, `text`, `seen`, …
    pub texts: Vec<(String, String)>,
}

impl Note {
    fn json(&self) -> Value {
        let mut map: serde_json::Map<String, Value> = self.texts.iter().map(|(name, text)| (name.clone(), text.clone().into())).collect();
        map.insert("id".to_owned(), self.id.clone().into());
        map.insert("by".to_owned(), self.by.json());
        map.insert("at".to_owned(), self.at.to_string().into());
        Value::Object(map)
    }
}

/// One of several values of a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// The value.
    pub value: Value,
    /// Who wrote it.
    pub by: Author,
    /// When, by the writer's clock: advisory.
    pub at: Timestamp,
    /// True for the one that shows.
    pub shown: bool,
}

/// A field with several values.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The field.
    pub path: String,
    /// Its values; their numbers for `resolve` begin at 1.
    pub variants: Vec<Variant>,
}

impl Conflict {
    /// As the command line prints it.
    pub fn json(&self) -> Value {
        let variants = self.variants.iter().enumerate().map(
            |(at, one)| json!({ "number": at + 1, "value": one.value, "by": one.by.json(), "at": one.at.to_string(), "shown": one.shown }),
        );
        json!({ "path": self.path, "variants": variants.collect::<Vec<_>>() })
    }
}

/// A whole report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What a list shows of it.
    pub summary: Summary,
    /// The form's version.
    pub form: u32,
    /// `biasa` or `rahasia`.
    pub class: String,
    /// Who began it.
    pub author: Author,
    /// The form's fields.
    pub data: Value,
    /// Fields with several values.
    pub conflicts: Vec<Conflict>,
    /// Oldest first.
    pub comments: Vec<Note>,
    /// Oldest first.
    pub decisions: Vec<Note>,
    /// Heads in hexadecimal digits.
    pub heads: Vec<String>,
    /// Why the status is what it is, where one would wonder: Indonesian, English.
    pub reason: Option<Words>,
    /// Reports on this device that name this one.
    pub referred_by: Vec<Summary>,
    /// Own reports of the same month whose description this one repeats: a warning, never a refusal.
    pub repeats: Vec<Repetition>,
    /// The refused report whose place this one took.
    pub replaces: Option<ReportId>,
    /// The report that took the place of this one, which was refused from its first change on.
    pub replaced_by: Option<ReportId>,
}

/// An earlier report whose description is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repetition {
    /// The earlier report.
    pub id: ReportId,
    /// True when it is the same text but for names, dates and numbers; false when it is nearly the same.
    pub same: bool,
}

impl Repetition {
    fn json(&self) -> Value {
        json!({ "id": self.id.to_string(), "how": if self.same { "same" } else { "near" } })
    }

    /// What to tell the officer.
    pub fn warning(&self) -> Words {
        let id = self.id;
        if self.same {
            Words::new(
                format!("Uraian ini sama dengan laporan Anda {id} bulan ini."),
                format!("This description repeats your report {id} of this month."),
            )
        } else {
            Words::new(
                format!("Uraian ini hampir sama dengan laporan Anda {id} bulan ini."),
                format!("This description nearly repeats your report {id} of this month."),
            )
        }
    }
}

impl Report {
    /// As the command line prints it.
    pub fn json(&self) -> Value {
        let Value::Object(mut map) = self.summary.json() else { return Value::Null };
        map.extend([
            ("form".to_owned(), self.form.into()),
            ("class".to_owned(), self.class.clone().into()),
            ("author_name".to_owned(), self.author.name.clone().into()),
            ("data".to_owned(), self.data.clone()),
            ("conflicts".to_owned(), self.conflicts.iter().map(Conflict::json).collect()),
            ("comments".to_owned(), self.comments.iter().map(Note::json).collect()),
            ("decisions".to_owned(), self.decisions.iter().map(Note::json).collect()),
            ("heads".to_owned(), self.heads.clone().into()),
            ("reason".to_owned(), json!(self.reason)),
            ("repeats".to_owned(), self.repeats.iter().map(Repetition::json).collect()),
            ("replaces".to_owned(), json!(self.replaces.map(|id| id.to_string()))),
            ("replaced_by".to_owned(), json!(self.replaced_by.map(|id| id.to_string()))),
            ("referred_by".to_owned(), self.referred_by.iter().map(Summary::json).collect()),
        ]);
        Value::Object(map)
    }
}

/// One change of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Its hash in hexadecimal digits.
    pub hash: String,
    /// Who made it.
    pub by: Author,
    /// When, by the writer's clock: advisory.
    pub at: Timestamp,
    /// What it wrote: paths.
    pub wrote: Vec<String>,
    /// How far it has come.
    pub delivery: Delivery,
}

impl Version {
    /// As the command line prints it.
    pub fn json(&self) -> Value {
        json!({
            "hash": self.hash, "by": self.by.json(), "at": self.at.to_string(), "wrote": self.wrote, "delivery": self.delivery.as_str(),
        })
    }
}

/// What this device has and has not delivered: counted from stored receipts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// The officer; none before enrolment, which is how an app knows that it must ask for a code.
    pub nrp: Option<String>,
    /// The officer's name.
    pub name: String,
    /// The officer's role.
    pub role: Option<String>,
    /// The areas, as `53.03.01.2005/biasa`: unit and class. None before the first sync.
    pub areas: Vec<String>,
    /// How many of the listed reports are how far, each in one state, the worst first.
    pub states: BTreeMap<Delivery, u64>,
    /// Drafts.
    pub drafts: u64,
    /// Reports with changes of this device that the server has not: saved or queued.
    pub unsent: u64,
    /// Reports of which the server has everything that this device has.
    pub delivered: u64,
    /// Reports of which something was refused.
    pub refused: u64,
    /// Reports of which something waits for a supervisor.
    pub held: u64,
    /// Reports of which the server once had something that it has no more; it is sent again by itself.
    pub voided: u64,
    /// When the server last answered, by its clock (RFC 3339); none when it never has.
    pub last_contact: Option<String>,
    /// When an attempt to exchange is due, and why not before; none before enrolment.
    pub next_attempt: Option<NextAttempt>,
    /// True when the server has revoked this device.
    pub revoked: bool,
}

impl Status {
    /// The units of the areas, each once: an officer's villages. None before the first sync. [`Device::units`](crate::Device::units) has their names.
    pub fn units(&self) -> Vec<UnitCode> {
        let mut units: Vec<_> = self.areas.iter().filter_map(|area| area.split_once('/')?.0.parse().ok()).collect();
        units.dedup();
        units
    }

    /// What to tell the officer while the server has not got back what it lost.
    pub fn voided_words(&self) -> Option<Words> {
        let count = self.voided;
        let words = || {
            Words::new(
                format!("Pusat kehilangan {count} laporan yang pernah diterimanya; dikirim lagi dengan sendirinya."),
                format!("The server lost {count} reports that it once had; they are sent again by themselves."),
            )
        };
        (count > 0).then(words)
    }
}

/// When the next attempt is due, if nothing happens before: a runner makes it then, an app that schedules itself should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NextAttempt {
    /// By the device's clock (RFC 3339); none for now.
    pub at: Option<String>,
    /// What it waits for: `rest`, `back-off`, `hint`, `portion`, `no-link`, `metered`, `day-budget`; `due` for nothing.
    pub why: &'static str,
}

impl NextAttempt {
    pub(crate) fn of(action: Action, now: Timestamp) -> Self {
        match action {
            Action::Sync(_) => Self { at: None, why: "due" },
            Action::Wait { ms, why } | Action::WaitForLink { ms, why } => {
                // Whole seconds: two clocks never agree on the milliseconds, and a watched status would change with each look.
                let at_s = now.plus_ms(i64::try_from(ms).unwrap_or(i64::MAX)).unix_ms().div_euclid(1_000).saturating_add(1);
                Self { at: Some(Timestamp::from_unix_ms(at_s.saturating_mul(1_000)).to_string()), why: why.code() }
            }
        }
    }

    /// What to tell the officer.
    pub fn words(&self) -> Words {
        let (id, en) = match self.why {
            "rest" => ("tidak ada yang menunggu", "nothing waits"),
            "back-off" => ("percobaan terakhir tidak berhasil", "the last attempt did not succeed"),
            "hint" => ("pusat meminta menunggu", "the server asked to wait"),
            "portion" => ("dikirim sedikit demi sedikit", "sent in portions"),
            "no-link" => ("tidak ada sinyal", "no signal"),
            "metered" => ("menunggu Wi-Fi", "waits for Wi-Fi"),
            "day-budget" => ("jatah data hari ini habis", "today's data budget is used up"),
            _ => ("sekarang", "now"),
        };
        Words::new(id, en)
    }
}

/// What one exchange, or a whole sync, did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Synced {
    /// Requests.
    pub requests: u64,
    /// Bytes of requests, without HTTP.
    pub bytes_up: u64,
    /// Bytes of replies, without HTTP.
    pub bytes_down: u64,
    /// Changes that got a receipt.
    pub delivered: u64,
    /// Changes that came.
    pub received: u64,
    /// Changes that now wait for a supervisor.
    pub held: u64,
    /// Changes that were refused.
    pub refused: u64,
    /// Changes that the server once had and lost: they are sent again.
    pub voided: u64,
    /// Partitions in which device and server showed something else when nothing was under way; a second time in a row it is repaired.
    pub differing: u64,
    /// Reports that left this device: no feed shows them to it any more, and the centre's backup has all of them.
    pub dropped: u64,
    /// True when neither side has more for the other.
    pub complete: bool,
}

impl Synced {
    /// Whether anything went or came.
    pub(crate) fn moved(&self) -> bool {
        self.delivered + self.received + self.held + self.refused + self.voided > 0
    }

    /// Both together; complete when the later one is.
    pub(crate) fn and(&self, later: &Self) -> Self {
        Self {
            requests: self.requests + later.requests,
            bytes_up: self.bytes_up + later.bytes_up,
            bytes_down: self.bytes_down + later.bytes_down,
            delivered: self.delivered + later.delivered,
            received: self.received + later.received,
            held: self.held + later.held,
            refused: self.refused + later.refused,
            voided: self.voided + later.voided,
            differing: later.differing,
            dropped: self.dropped + later.dropped,
            complete: later.complete,
        }
    }
}
