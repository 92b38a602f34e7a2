use std::collections::BTreeSet;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use jsonschema::paths::LocationSegment;
use serde_json::Value;

use super::Form;
use super::field::Field;
use super::limits::{PROBLEMS_MAX, SEGMENT_LENGTH_MAX};
use super::path::is_row_id;
use super::problem::{self, Problem};
use super::resolve::named;
use super::schema::ROW_ID_KEY;
use super::words::Words;

impl Form {
    /// Everything that keeps this data from being a finished report, in the order of the form;
    /// nothing when it is complete. It is for what an officer enters: a report of a newer form
    /// may rightly have fields that this one does not know, so do not use it on stored reports.
    #[must_use]
    pub fn check(&self, data: &Value) -> Vec<Problem> {
        self.problems(&self.schemas.finished, data)
    }

    /// What is wrong with what is there already: unknown fields, wrong types, values that are not
    /// in the list, texts that are too long. It asks for nothing that is missing or too short.
    #[must_use]
    pub fn check_draft(&self, data: &Value) -> Vec<Problem> {
        self.problems(&self.schemas.draft, data)
    }

    fn problems(&self, rules: &Validator, data: &Value) -> Vec<Problem> {
        let data = self.tidy(data);
        let mut found: Vec<(Vec<usize>, Problem)> = Vec::new();
        for error in rules.iter_errors(&data).take(PROBLEMS_MAX) {
            let keys: Vec<Step> = error.instance_path().segments().map(Step::from).collect();
            match error.kind() {
                ValidationErrorKind::Required { property } => {
                    let place = self.place_of(&data, &keys, property.as_str());
                    found.push((place.order.clone(), problem::required(&place)));
                }
                ValidationErrorKind::AdditionalProperties { unexpected } => {
                    for name in unexpected.iter().take(PROBLEMS_MAX) {
                        let place = self.place_of(&data, &keys, Some(name));
                        let problem = problem::unknown_field(self, &place.path, &place.path);
                        found.push((place.order, problem));
                    }
                }
                kind => {
                    let place = self.place_of(&data, &keys, None);
                    let problem = problem::of_value(kind, &place, error.instance());
                    found.push((place.order, problem));
                }
            }
        }
        for (keys, name) in duplicate_rows(&data) {
            let place = self.place_of(&data, &keys, Some(&name));
            found.push((place.order.clone(), problem::duplicate_row(&place)));
        }
        in_order(found)
    }

    /// Where a value stands: its path, what a person calls it, and its position in the form.
    fn place_of(&self, data: &Value, keys: &[Step], last: Option<&str>) -> Place<'_> {
        let mut place = Place { path: String::new(), label: self.label().clone(), field: None, order: Vec::new() };
        let mut fields = self.fields();
        let mut value = Some(data);
        let last = last.map(|name| Step::Name(name.to_owned()));
        for step in keys.iter().chain(last.as_ref()) {
            match step {
                Step::Name(name) => {
                    let field = named(fields, name);
                    let index = fields.iter().position(|field| &field.name == name);
                    place.order.push(index.unwrap_or(usize::MAX));
                    let shown: String = name.chars().take(SEGMENT_LENGTH_MAX).collect();
                    place.enter(&shown, field.map(|field| field.label.clone()));
                    place.field = field;
                    fields = field.map_or(&[][..], Field::nested);
                    value = value.and_then(|value| value.get(name));
                }
                Step::Row(index) => {
                    value = value.and_then(|value| value.get(*index));
                    let number = index.saturating_add(1);
                    let id = value.and_then(|row| row.get(ROW_ID_KEY)?.as_str());
                    // A bad id may be of any length and hold anything.
                    let id = id.filter(|id| is_row_id(id));
                    let id = id.map_or_else(|| number.to_string(), str::to_owned);
                    place.order.push(*index);
                    let rows = place.field.and_then(|field| field.rows.as_ref());
                    let label = rows.map(|rows| {
                        let Words { id, en } = &rows.label;
                        Words::new(format!("{id} ke-{number}"), format!("{en} {number}"))
                    });
                    place.path = format!("{}.{id}", place.path);
                    place.label = label.unwrap_or_else(|| place.label.clone());
                    place.field = None;
                }
            }
        }
        place
    }
}

/// One step from a value to a value inside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Name(String),
    Row(usize),
}

impl From<LocationSegment<'_>> for Step {
    fn from(segment: LocationSegment<'_>) -> Self {
        match segment {
            LocationSegment::Property(name) => Self::Name(name.into_owned()),
            LocationSegment::Index(index) => Self::Row(index),
        }
    }
}

/// A place in the data of a report.
pub(crate) struct Place<'f> {
    pub(crate) path: String,
    pub(crate) label: Words,
    pub(crate) field: Option<&'f Field>,
    order: Vec<usize>,
}

impl Place<'_> {
    fn enter(&mut self, name: &str, label: Option<Words>) {
        let label = label.unwrap_or_else(|| Words::new(name, name));
        if self.path.is_empty() {
            self.label = label;
            name.clone_into(&mut self.path);
        } else {
            let Words { id, en } = &self.label;
            self.label = Words::new(format!("{id}, {}", label.id), format!("{en}, {}", label.en));
            self.path = format!("{}.{name}", self.path);
        }
    }
}

/// The same id on two rows of a list, which a schema cannot say.
fn duplicate_rows(data: &Value) -> Vec<(Vec<Step>, String)> {
    let mut duplicates = Vec::new();
    let lists = data.as_object().into_iter().flatten();
    for (name, rows) in lists.filter_map(|(name, value)| Some((name, value.as_array()?))) {
        let mut seen = BTreeSet::new();
        for (index, row) in rows.iter().enumerate() {
            if let Some(id) = row.get(ROW_ID_KEY).and_then(Value::as_str)
                && !seen.insert(id)
            {
                let keys = vec![Step::Name(name.clone()), Step::Row(index)];
                duplicates.push((keys, ROW_ID_KEY.to_owned()));
            }
        }
    }
    duplicates
}

/// By position in the form, each problem once; a value of the wrong type has no other problem.
fn in_order(mut found: Vec<(Vec<usize>, Problem)>) -> Vec<Problem> {
    found.sort_by(|a, b| {
        let key = |(order, problem): &(Vec<usize>, Problem)| (order.clone(), problem.path.clone(), problem.code);
        key(a).cmp(&key(b))
    });
    let wrong_type: BTreeSet<String> =
        found.iter().filter(|(_, problem)| problem.code == problem::WRONG_TYPE).map(|(_, problem)| problem.path.clone()).collect();
    let mut problems: Vec<Problem> = Vec::with_capacity(found.len());
    for (_, problem) in found {
        let repeated = problems.last().is_some_and(|last| last.path == problem.path && last.code == problem.code);
        let hidden = problem.code != problem::WRONG_TYPE && wrong_type.contains(&problem.path);
        if !repeated && !hidden {
            problems.push(problem);
        }
    }
    problems
}
