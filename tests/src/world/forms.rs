//! The form that the officers file on changes while they are at it: an operator adds versions of it at the centre and retires them.

use serde_json::{Value, json};

use super::World;
use crate::timeline::{CENTRE, What};

/// The form of [`early_detection`](super::early_detection).
const KIND: &str = "deteksi-dini";

/// What an operator does with a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operated {
    Added(u32),
    Retired(u32),
}

/// A later version of the form of early detection: with one more field, which nobody has to fill in.
pub fn later_form(version: u32) -> Value {
    let mut form: Value = serde_json::from_str(include_str!("../../../sync-core/forms/deteksi-dini.json")).expect("a built-in form");
    form["x-form"]["version"] = json!(version);
    form["x-form"]["sections"][0]["fields"].as_array_mut().expect("a section").push(json!("saksi"));
    form["properties"]["saksi"] = json!({ "type": "string", "maxLength": 100, "x-label": { "id": "Saksi", "en": "Witness" } });
    form
}

impl World {
    /// The next version of the form is added, or the newest added one that is not retired is retired.
    pub fn form_changes(&self, added: bool) {
        let mut book = self.shelf.open();
        let versions = book.operated.iter().filter_map(|one| if let Operated::Added(version) = one { Some(*version) } else { None });
        let next = match added {
            // The first one is built in.
            true => Some(Operated::Added(versions.max().unwrap_or(1) + 1)),
            false => versions.map(Operated::Retired).rfind(|retired| !book.operated.contains(retired)),
        };
        let Some(next) = next else { return };
        book.operated.push(next);
        book.tally.count(if added { "forms added" } else { "forms retired" });
        book.note_on(CENTRE, || What::Note { text: format!("{KIND}: {next:?}") });
        drop(book);
        self.operate_forms();
    }

    /// As an operator does when he finds forms missing, after he has put a backup back: what is there already stays as it is.
    pub(super) fn operate_forms(&self) {
        let mut book = self.shelf.open();
        book.forms_forgotten = false;
        let operated = book.operated.clone();
        drop(book);
        for one in operated {
            match one {
                Operated::Added(version) => drop(self.server.add_form(&later_form(version).to_string(), self.now()).expect("a form")),
                Operated::Retired(version) => _ = self.server.retire_form(KIND, version, self.now()).expect("a form that is there"),
            }
        }
    }

    /// On which version a new report is made at rest.
    pub(super) fn newest_form(&self) -> u32 {
        let forms = self.server.forms().expect("the forms");
        forms.iter().find(|form| form.kind == KIND && form.newest).map_or(0, |form| form.version)
    }
}

impl super::Person {
    /// On which version a new report is made here.
    pub(super) fn newest_form(&self) -> u32 {
        let kinds = self.device.kinds().expect("the forms");
        kinds.iter().find(|form| form.kind() == KIND).map_or(0, |form| form.version())
    }
}
