//! What is shown: one JSON value for machines, lines and tables for people.

use std::io::Write as _;
use std::path::PathBuf;

use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use serde_json::{Value, json};
use sync_core::form::{Field, FieldKind, Form, Lang, ROW_ID_KEY, Words};

use super::arguments::{Command, ReportCommand};
use crate::views::{Conflict, NextAttempt, Report, Status, Summary, Synced, Version};
use crate::{Bundle, BundleTaken, Delivery, Error, Failure, Message, Reason, Rescue};

/// The result of a command.
pub(super) enum Output {
    Kinds(Vec<&'static Form>),
    Report(Box<Report>, Option<&'static Form>),
    Summaries(Vec<Summary>),
    Message(Box<Message>),
    Messages(Vec<Message>),
    History(Vec<Version>),
    Conflicts(Vec<Conflict>),
    Status(Status),
    Synced(Synced),
    Next(NextAttempt),
    Discarded(String),
    Outbox(Vec<Summary>),
    Failure(Box<Failure>, Option<&'static Form>),
    Export(Value),
    PutAside(String),
    Written { file: String, bytes: usize },
    Bundle(String, Bundle),
    BundleTaken(BundleTaken),
    Rescued(PathBuf, Box<Rescue>),
}

impl Output {
    /// False where a part of what was wanted is missing.
    pub(super) fn is_whole(&self) -> bool {
        !matches!(self, Self::Rescued(_, rescue) if !rescue.is_whole())
    }
}

/// How results and errors are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    pub(super) json: bool,
    pub(super) lang: Lang,
}

impl Screen {
    pub(super) fn say<'a>(self, id: &'a str, en: &'a str) -> &'a str {
        if self.lang == Lang::Indonesian { id } else { en }
    }

    pub(super) fn show(self, command: &Command, output: &Output) -> Result<(), Error> {
        // Said when it is written, not each time it is read.
        if let (Command::Report(ReportCommand::New { .. } | ReportCommand::Finish { .. }), Output::Report(report, _)) = (command, output) {
            for repetition in &report.repeats {
                drop(writeln!(std::io::stderr().lock(), "⚠ {}", repetition.warning().in_lang(self.lang)));
            }
        }
        let text = if self.json { json_of(output).to_string() } else { self.text(output) };
        // A closed pipe is the reader's affair, not a failure of the command.
        drop(writeln!(std::io::stdout().lock(), "{text}"));
        Ok(())
    }

    pub(super) fn complain(self, error: &Error) {
        let (text, remedy) = (error.text(self.lang), error.remedy(self.lang));
        let line = if self.json {
            let both = |of: &dyn Fn(Lang) -> String| json!({ "id": of(Lang::Indonesian), "en": of(Lang::English) });
            let text = both(&|lang| error.text(lang));
            let remedy = both(&|lang| error.remedy(lang).to_owned());
            json!({ "error": { "code": error.code(), "text": text, "remedy": remedy } }).to_string()
        } else {
            format!("{}: {text}\n→ {remedy} [{}]", self.say("Gagal", "Failed"), error.code())
        };
        drop(writeln!(std::io::stderr().lock(), "{line}"));
    }

    /// A line of what is under way; false when nobody reads any more.
    #[cfg(feature = "http")]
    pub(super) fn line(self, output: &Output) -> bool {
        let text = if self.json { json_of(output).to_string() } else { self.text(output) };
        writeln!(std::io::stdout().lock(), "{text}").is_ok()
    }

    fn text(self, output: &Output) -> String {
        match output {
            Output::Kinds(forms) => forms.iter().map(|form| self.kind(form)).collect::<Vec<_>>().join("\n\n"),
            Output::Report(report, form) => self.report(report, *form),
            Output::Summaries(list) => self.summaries(list),
            Output::Message(message) => self.message(message),
            Output::Messages(list) => self.messages(list),
            Output::History(versions) => self.history(versions),
            Output::Conflicts(conflicts) if conflicts.is_empty() => {
                self.say("Tidak ada isian yang berbeda.", "No field has several values.").to_owned()
            }
            Output::Conflicts(conflicts) => conflicts.iter().map(|one| self.conflict(one)).collect::<Vec<_>>().join("\n"),
            Output::Status(status) => self.status(status),
            Output::Synced(synced) => self.synced(synced),
            Output::Next(next) => self.next(next),
            Output::Discarded(id) => format!("{} {id}", self.say("Draf dibuang:", "Draft thrown away:")),
            Output::Written { file, bytes } => format!("{file}: {bytes} B"),
            Output::Bundle(file, bundle) => self.bundle(file, bundle),
            Output::BundleTaken(taken) => self.bundle_taken(taken),
            Output::Rescued(out, rescue) => self.rescued(out, rescue),
            Output::Outbox(list) => self.outbox(list),
            Output::Failure(failure, form) => self.failure(failure, *form),
            Output::Export(value) => format!("{value:#}"),
            Output::PutAside(id) => format!("{} {id}", self.say("Disisihkan:", "Put aside:")),
        }
    }

    fn kind(self, form: &Form) -> String {
        let mut lines = vec![format!("{} — {}", form.kind(), form.label().in_lang(self.lang))];
        for (parent, field) in form.every_field() {
            let mark = if field.required { "*" } else { " " };
            let choices = match &field.kind {
                FieldKind::Coded(choices) => format!(" ({})", choices.iter().map(|one| one.value.as_str()).collect::<Vec<_>>().join("|")),
                _ => String::new(),
            };
            lines.push(format!("  {mark} {:<28} {}{choices}", field.general_path(parent), field.label.in_lang(self.lang)));
        }
        lines.join("\n")
    }

    pub(super) fn delivery(self, delivery: Delivery, refusal: Option<&Reason>) -> String {
        match refusal {
            Some(refusal) => format!("{}: {}", delivery.as_str(), self.reason(refusal)),
            None => delivery.as_str().to_owned(),
        }
    }

    /// What happened, and what a supervisor said.
    pub(super) fn reason(self, reason: &Reason) -> String {
        let said = if reason.said().is_empty() { String::new() } else { format!(" – {}", reason.said()) };
        format!("{}{said}", reason.text().in_lang(self.lang))
    }

    pub(super) fn summaries(self, list: &[Summary]) -> String {
        if list.is_empty() {
            return self.say("Belum ada laporan.", "No reports yet.").to_owned();
        }
        let mut table = table([
            self.say("Nomor", "Id"),
            self.say("Jenis", "Kind"),
            self.say("Wilayah", "Unit"),
            self.say("Isi", "Content"),
            "Status",
            self.say("Kirim", "Delivery"),
        ]);
        for one in list {
            let mark = if one.conflicts > 0 { format!("{} ⚠{}", one.status, one.conflicts) } else { one.status.clone() };
            let (id, unit) = (one.id.to_string(), one.unit.to_string());
            table.add_row([id, one.kind.clone(), unit, one.title.clone(), mark, self.delivery(one.delivery, one.refusal.as_ref())]);
        }
        table.to_string()
    }

    fn report(self, report: &Report, form: Option<&Form>) -> String {
        let one = &report.summary;
        let mut lines = vec![
            one.id.to_string(),
            format!("{} · {} · {} · {} ({})", one.kind, one.unit, report.class, report.author.name, one.author),
            format!("{} · {} · {}", one.recorded_at, one.status, self.delivery(one.delivery, one.refusal.as_ref())),
        ];
        if let Some(reason) = &report.reason {
            lines.push(format!("⚠ {}", reason.in_lang(self.lang)));
        }
        if let Some(refusal) = &one.refusal {
            lines.push(format!("→ {}", refusal.remedy().in_lang(self.lang)));
        }
        if let Some(other) = report.replaced_by {
            lines.push(format!("{} {other}", self.say("Diganti oleh", "Replaced by")));
        }
        if let Some(other) = report.replaces {
            lines.push(format!("{} {other}", self.say("Menggantikan laporan yang ditolak", "Takes the place of the refused report")));
        }
        outline(&report.data, form.map_or(&[][..], Form::fields), 1, &mut lines);
        lines.extend(report.conflicts.iter().map(|conflict| self.conflict(conflict)));
        for note in report.comments.iter().chain(&report.decisions) {
            let get = |name: &str| note.texts.iter().find(|(key, _)| key == name).map_or("", |(_, text)| text.as_str());
            let said = Some(get("text")).filter(|text| !text.is_empty()).map_or_else(String::new, |text| format!(": {text}"));
            lines.push(format!("  {} {} — {}{said}", note.at, get("type"), note.by.name));
        }
        for other in &report.referred_by {
            lines.push(format!("  ← {} {} {}", other.kind, other.id, other.title));
        }
        lines.join("\n")
    }

    fn conflict(self, conflict: &Conflict) -> String {
        let mut lines = vec![format!("⚠ {}", conflict.path)];
        for (at, one) in conflict.variants.iter().enumerate() {
            let shown = if one.shown { self.say(" (tampil)", " (shown)") } else { "" };
            let nrp = one.by.nrp.map(|nrp| nrp.to_string()).unwrap_or_default();
            lines.push(format!("  {}. {} — {} {nrp} {}{shown}", at + 1, plain(&one.value), one.by.name, one.at));
        }
        lines.join("\n")
    }

    fn history(self, versions: &[Version]) -> String {
        let line = |one: &Version| {
            let hash: String = one.hash.chars().take(8).collect();
            format!("{} {hash} {} · {} · {}", one.at, one.by.name, one.delivery.as_str(), one.wrote.join(", "))
        };
        versions.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn status(self, status: &Status) -> String {
        let Some(nrp) = &status.nrp else {
            return self.say("Belum didaftarkan.", "Not enrolled.").to_owned();
        };
        let never = self.say("belum pernah", "never");
        let areas = if status.areas.is_empty() {
            self.say("belum diketahui: sinkronkan dahulu", "not known yet: sync first").to_owned()
        } else {
            status.areas.join(", ")
        };
        let mut lines = vec![
            format!("{} ({nrp}, {})", status.name, status.role.as_deref().unwrap_or_default()),
            format!("{:<18}{}", self.say("Wilayah", "Areas"), areas),
        ];
        let english = ["drafts", "saved", "queued", "delivered", "held", "refused"];
        for ((state, count), en) in status.states.iter().zip(english) {
            lines.push(format!("{:<18}{count}", self.say(state.as_str(), en)));
        }
        lines.extend([
            format!("{:<18}{}", self.say("belum terkirim", "unsent"), status.unsent),
            format!("{:<18}{}", self.say("Kontak terakhir", "Last contact"), status.last_contact.as_deref().unwrap_or(never)),
        ]);
        if let Some(next) = &status.next_attempt {
            lines.push(self.next(next));
        }
        lines.extend(status.voided_words().map(|words| words.in_lang(self.lang).to_owned()));
        if status.revoked {
            lines.push(Error::Revoked.text(self.lang));
        }
        lines.join("\n")
    }

    fn next(self, next: &NextAttempt) -> String {
        let label = self.say("Kirim berikutnya", "Next exchange");
        let words = next.words();
        let why = words.in_lang(self.lang);
        next.at.as_ref().map_or_else(|| format!("{label:<18}{why}"), |at| format!("{label:<18}{at} ({why})"))
    }

    pub(super) fn synced(self, synced: &Synced) -> String {
        let end = if synced.complete { self.say("tuntas", "complete") } else { self.say("belum tuntas", "not complete") };
        let words = Words {
            id: format!("Terkirim {}, diterima {}, ditahan {}, ditolak {}", synced.delivered, synced.received, synced.held, synced.refused),
            en: format!("Delivered {}, received {}, held {}, refused {}", synced.delivered, synced.received, synced.held, synced.refused),
        };
        let sizes = format!("{} × ↑ {} B ↓ {} B", synced.requests, synced.bytes_up, synced.bytes_down);
        format!("{} · {sizes} · {end}", words.in_lang(self.lang))
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// An empty table of a list.
pub(super) fn table<const N: usize>(heads: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header(heads);
    table
}

/// The fields in the order in which they are filled in, then what the form does not know.
pub(super) fn outline(value: &Value, fields: &[Field], depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    let Some(values) = value.as_object() else { return };
    let known = fields.iter().filter_map(|field| Some((&field.name, values.get(&field.name)?, field.nested())));
    let unknown = values.iter().filter(|(key, _)| *key != ROW_ID_KEY && fields.iter().all(|field| field.name != **key));
    for (key, value, nested) in known.chain(unknown.map(|(key, value)| (key, value, &[][..]))) {
        match value {
            Value::Object(_) => {
                lines.push(format!("{indent}{key}:"));
                outline(value, nested, depth + 1, lines);
            }
            Value::Array(rows) => {
                lines.push(format!("{indent}{key}:"));
                for row in rows {
                    lines.push(format!("{indent}- {}", row.get(ROW_ID_KEY).map(plain).unwrap_or_default()));
                    outline(row, nested, depth + 1, lines);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => lines.push(format!("{indent}{key}: {}", plain(value))),
        }
    }
}

fn json_of(output: &Output) -> Value {
    match output {
        Output::Kinds(forms) => forms.iter().map(|form| kind_json(form)).collect(),
        Output::Report(report, _) => report.json(),
        Output::Summaries(list) => list.iter().map(Summary::json).collect(),
        Output::Message(message) => message.json(),
        Output::Messages(list) => list.iter().map(Message::json).collect(),
        Output::History(versions) => versions.iter().map(Version::json).collect(),
        Output::Conflicts(conflicts) => conflicts.iter().map(Conflict::json).collect(),
        Output::Status(status) => json!(status),
        Output::Synced(synced) => json!(synced),
        Output::Next(next) => json!({ "next_attempt": next }),
        Output::Discarded(id) => json!({ "id": id, "discarded": true }),
        Output::Outbox(list) => list.iter().map(Summary::json).collect(),
        Output::Failure(failure, _) => failure.json(),
        Output::Export(value) => value.clone(),
        Output::PutAside(id) => json!({ "id": id, "put_aside": true }),
        Output::Written { file, bytes } => json!({ "file": file, "bytes": bytes }),
        Output::Bundle(file, bundle) => json!({
            "file": file, "bytes": bundle.bytes.len(), "requests": bundle.requests, "reports": bundle.reports, "left": bundle.left,
        }),
        Output::BundleTaken(taken) => taken.json(),
        Output::Rescued(_, rescue) => rescue.json(),
    }
}

fn kind_json(form: &Form) -> Value {
    json!({
        "kind": form.kind(), "version": form.version(), "duty": form.duty(), "label": form.label(),
        "sections": form.sections(), "fields": form.fields(),
    })
}
