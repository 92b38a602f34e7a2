use serde::Serialize;

use super::words::Words;

/// One entry of a form, as a program needs it to draw the form or to type a value.
/// The rules that a value must keep are the form's schema; this only repeats what a screen shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Field {
    /// The key in the report's data, in Indonesian snake_case.
    pub name: String,
    /// The names from the form down to this field; the ids of rows are not among them.
    pub names: Vec<String>,
    /// What is entered here.
    #[serde(flatten)]
    pub kind: FieldKind,
    /// What the field is called on a screen.
    pub label: Words,
    /// What to enter, for a person who does not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<Words>,
    /// What to do when the value is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Words>,
    /// Whether a finished report must have it; a rule of the form may require it in more cases.
    pub required: bool,
    /// How concurrent edits meet.
    pub merge: Merge,
    /// Who may write it.
    pub writer: Writer,
    /// How many rows, and what one is called; only a list of rows has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<RowList>,
}

/// What a list of rows says beside its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowList {
    /// What one row is called.
    pub label: Words,
    /// Fewest rows of a finished report; a rule of the form may ask more.
    pub min: u64,
    /// Most rows.
    pub max: u64,
}

/// What a field holds. There is one level of nesting: a group or a row holds scalar fields only,
/// because a report's containers are all made at its birth.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", content = "of", rename_all = "lowercase")]
pub enum FieldKind {
    /// Characters, counted as Unicode code points.
    Text {
        /// Fewest characters of a finished report; 0 where the form asks none.
        min: u64,
        /// Most characters.
        max: u64,
    },
    /// A whole number.
    Integer {
        /// Smallest value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// A number with a fraction.
    Number {
        /// Smallest value.
        min: f64,
        /// Greatest value.
        max: f64,
    },
    /// Yes or no.
    Boolean,
    /// A day, `2026-11-25`, of the years 1900 to 2100.
    Date,
    /// An hour and a minute, `08:30`, in the zone of the place.
    Time,
    /// One of the listed values.
    Coded(Vec<Choice>),
    /// Fields that belong together, under one key.
    Group(Vec<Field>),
    /// A list of rows, each with these fields and a stable id under `_row`; see [`Field::rows`].
    Rows(Vec<Field>),
    /// The id of another report.
    Reference {
        /// The kinds of report that it may name.
        kinds: Vec<String>,
    },
}

/// One value of a coded list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What is shown.
    pub label: Words,
}

/// How concurrent edits of a field meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Merge {
    /// One value is shown and the others are listed as a conflict.
    #[default]
    Value,
    /// The edits are woven together, character by character.
    Text,
}

/// Who may write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Writer {
    /// Officers and supervisors.
    #[default]
    Anyone,
    /// Supervisors only.
    Supervisor,
}

/// A part of the form that a person fills in at one go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// A name that is unique in the form.
    pub id: String,
    /// The heading.
    pub label: Words,
    /// The names of the section's fields, in the order in which they are filled in.
    pub fields: Vec<String>,
}

impl Field {
    /// The fields inside a group or a row; none for a scalar.
    #[must_use]
    pub fn nested(&self) -> &[Self] {
        match &self.kind {
            FieldKind::Group(fields) | FieldKind::Rows(fields) => fields,
            FieldKind::Text { .. }
            | FieldKind::Integer { .. }
            | FieldKind::Number { .. }
            | FieldKind::Boolean
            | FieldKind::Date
            | FieldKind::Time
            | FieldKind::Coded(_)
            | FieldKind::Reference { .. } => &[],
        }
    }

    /// Whether the field is a list of rows.
    #[must_use]
    pub fn is_rows(&self) -> bool {
        matches!(self.kind, FieldKind::Rows(_))
    }

    /// The path as documentation writes it, with `*` for the id of a row: `anggota.*.nama`.
    #[must_use]
    pub fn general_path(&self, parent: Option<&Self>) -> String {
        match parent {
            Some(rows) if rows.is_rows() => format!("{}.*.{}", rows.name, self.name),
            Some(_) | None => self.names.join("."),
        }
    }
}
