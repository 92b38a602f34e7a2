//! Forms as data: what a kind of report holds, in which order it is filled in, which rules it
//! keeps, and where it is shown. A form is a JSON Schema with a few extensions (docs/FORMS.md);
//! nothing here reads a file, a clock or the network.
//!
//! ```
//! use sync_core::{Form, Lane};
//! use serde_json::json;
//!
//! let form = Form::newest("deteksi-dini").ok_or("no such kind")?;
//! let data = json!({ "urgensi": "tinggi", "rt": "003" });
//! assert!(form.check_draft(&data).is_empty());
//! assert_eq!(form.check(&data).len(), 5, "five of seven are still missing");
//! assert_eq!(form.place(&data).1, Lane::Urgent);
//! # Ok::<(), &str>(())
//! ```

mod built_in;
mod check;
mod error;
mod field;
mod kept;
mod limits;
mod node;
mod path;
mod placing;
mod problem;
mod read;
mod read_field;
mod read_rule;
mod resolve;
mod role;
mod schema;
#[cfg(test)]
mod tests;
mod tidy;
mod value;
mod words;

use std::fmt;

use serde_json::Value;

pub use error::FormError;
pub use field::{Choice, Field, FieldKind, Merge, RowList, Section, Writer};
pub use path::{FieldPath, PathError, is_row_id};
pub use placing::{Class, Lane};
pub use problem::Problem;
pub use role::Role;
pub use schema::ROW_ID_KEY;
pub use words::{Lang, Words};

use placing::Rule;
use schema::Schemas;

/// What a kind of report holds and which rules it keeps. It is read once, checked whole, and
/// never changes; a changed form is a new version.
pub struct Form {
    kind: String,
    version: u32,
    duty: u8,
    label: Words,
    help: Option<Words>,
    class: Rule<Class>,
    lane: Rule<Lane>,
    broadcast: bool,
    sections: Vec<Section>,
    fields: Vec<Field>,
    schemas: Schemas,
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Form({} {})", self.kind, self.version)
    }
}

impl Form {
    /// Reads a form from its JSON, which may come from outside: it is bounded in size, depth and
    /// number of fields, names no other file or address, and its patterns run in linear time.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place in the file.
    pub fn parse(json: &str) -> Result<Self, FormError> {
        read::read_form(json)
    }

    /// The kind of report, in kebab-case: `dds-warga`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The version, from 1; a report keeps the version by which it was made.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Which of the six duties the form serves, 1 to 6.
    #[must_use]
    pub fn duty(&self) -> u8 {
        self.duty
    }

    /// What the form is called.
    #[must_use]
    pub fn label(&self) -> &Words {
        &self.label
    }

    /// When the form is used.
    #[must_use]
    pub fn help(&self) -> Option<&Words> {
        self.help.as_ref()
    }

    /// The parts of the form, in the order in which they are filled in.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The fields of the form itself, in the order in which they are filled in; those of groups
    /// and rows are inside them.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Every field, each group or list before its own fields, with the group or list it is in.
    pub fn every_field(&self) -> impl Iterator<Item = (Option<&Field>, &Field)> {
        self.fields.iter().flat_map(|field| {
            let nested = field.nested().iter().map(move |inner| (Some(field), inner));
            std::iter::once((None, field)).chain(nested)
        })
    }

    /// The class and lane that this content asks for. It depends on the content alone.
    #[must_use]
    pub fn place(&self, data: &Value) -> (Class, Lane) {
        self.place_among(|field| data.get(field).cloned().into_iter().collect())
    }

    /// The class and lane where fields have concurrent values: the stricter class and the more
    /// urgent lane of all combinations. `values_of` gives the values of a field of the form.
    pub fn place_among(&self, values_of: impl Fn(&str) -> Vec<Value>) -> (Class, Lane) {
        let class = self.class.answers(&values_of).into_iter().max();
        let lane = self.lane.answers(&values_of).into_iter().min();
        (class.unwrap_or(Class::Rahasia), lane.unwrap_or(Lane::Urgent))
    }

    /// True for what comes down instead of going up: it shows in the broadcast feed of its unit and to its author, and is no report.
    #[must_use]
    pub fn is_broadcast(&self) -> bool {
        self.broadcast
    }

    /// The fields on whose values class and lane depend.
    pub fn placing_fields(&self) -> impl Iterator<Item = &str> {
        self.class.field().into_iter().chain(self.lane.field())
    }
}
