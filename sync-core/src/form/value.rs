use serde_json::{Map, Value, json};
use time::{Date, Month};

use super::Form;
use super::field::{Field, FieldKind};
use super::path::FieldPath;
use super::problem::{self, Problem};
use super::resolve::Spot;
use super::schema::ROW_ID_KEY;
use super::tidy::clean;

impl Form {
    /// Reads `path` and `text` as a person gives them on a command line (`--set path=value`) into
    /// a value of the field's type. An empty text gives `null`: remove what is there.
    ///
    /// It takes what people write: `25-11-2026` and `25/11/2026` for a date, `8.30` for a time,
    /// `-9,45` for a number, `ya`/`tidak`, and the label of a coded value. It does not look at
    /// the rest of the report, and asks no minimum length: that is for [`Form::check`].
    ///
    /// # Errors
    /// The problem of the path or of the value, with a remedy.
    pub fn parse_value(&self, path: &str, text: &str) -> Result<(FieldPath, Value), Problem> {
        let parsed = FieldPath::parse(path).map_err(|error| problem::bad_path(path, &error))?;
        let Some(spot) = self.resolve(&parsed) else {
            return Err(problem::unknown_field(self, &parsed.to_string(), path));
        };
        let text = clean(text);
        if text.is_empty() {
            return Ok((parsed, Value::Null));
        }
        let Spot::Field(field) = spot else {
            return Err(problem::not_a_value(&parsed, spot.field()));
        };
        let value = typed(field, &text).ok_or_else(|| match field.kind {
            FieldKind::Group(_) | FieldKind::Rows(_) => problem::not_a_value(&parsed, field),
            _ => problem::wrong_type(&parsed.to_string(), field),
        })?;
        // The form's own rules judge the value, alone in an otherwise empty draft.
        let alone = alone(&parsed, self.field(&parsed), &value);
        match self.check_draft(&alone).into_iter().next() {
            Some(mut problem) => {
                problem.path = parsed.to_string();
                Err(problem)
            }
            None => Ok((parsed, value)),
        }
    }
}

/// The value of a text, or nothing when the text cannot be of the field's type. A text that is
/// of the type but breaks a rule is passed on as it is, for the rule to refuse.
fn typed(field: &Field, text: &str) -> Option<Value> {
    match &field.kind {
        FieldKind::Text { .. } => Some(json!(text)),
        FieldKind::Integer { .. } => text.parse::<i64>().ok().map(|number| json!(number)),
        FieldKind::Number { .. } => {
            let number = text.replace(',', ".").parse::<f64>().ok()?;
            number.is_finite().then(|| json!(number))
        }
        FieldKind::Boolean => match text.to_lowercase().as_str() {
            "ya" | "yes" | "true" | "1" => Some(json!(true)),
            "tidak" | "no" | "false" | "0" => Some(json!(false)),
            _ => None,
        },
        FieldKind::Date => Some(json!(date_of(text).unwrap_or_else(|| text.to_owned()))),
        FieldKind::Time => Some(json!(time_of(text))),
        FieldKind::Coded(choices) => {
            let same = |known: &str| known.to_lowercase() == text.to_lowercase();
            let choice = choices
                .iter()
                .find(|choice| choice.value == text)
                .or_else(|| choices.iter().find(|choice| same(&choice.value)))
                .or_else(|| choices.iter().find(|choice| same(&choice.label.id) || same(&choice.label.en)));
            Some(json!(choice.map_or(text, |choice| choice.value.as_str())))
        }
        FieldKind::Reference { .. } => Some(json!(text.to_ascii_lowercase())),
        FieldKind::Group(_) | FieldKind::Rows(_) => None,
    }
}

fn alone(path: &FieldPath, field: Option<&Field>, value: &Value) -> Value {
    let mut data = value.clone();
    let in_row = field.is_some_and(|field| field.names.len() < path.segments().len());
    for (depth, segment) in path.as_slice().iter().enumerate().rev() {
        let mut object = Map::new();
        match (in_row, depth) {
            // The row itself: its id goes inside, and it into a list.
            (true, 1) => {
                if let Value::Object(row) = &mut data {
                    row.insert(ROW_ID_KEY.to_owned(), json!(segment));
                }
                data = Value::Array(vec![data]);
            }
            _ => {
                object.insert(segment.clone(), data);
                data = Value::Object(object);
            }
        }
    }
    data
}

/// The order in Indonesia is day, month, year, so that `05-11-2026` has one meaning.
fn date_of(text: &str) -> Option<String> {
    let mut parts = text.split(['-', '/', '.']);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || day.len() > 2 || month.len() > 2 {
        return None;
    }
    Some(format!("{year}-{month:0>2}-{day:0>2}"))
}

fn time_of(text: &str) -> String {
    match text.split_once([':', '.']) {
        Some((hour, minute)) => format!("{hour:0>2}:{minute}"),
        None => text.to_owned(),
    }
}

fn digits(text: &str, length: usize) -> Option<u16> {
    (text.len() == length && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// Whether a text is a day that exists, spelled `2026-11-25`. The years are bounded because a
/// day of the year 0206 is a slip of the finger that no calendar would refuse.
pub(crate) fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return false;
    };
    let (Ok(month), Ok(day)) = (u8::try_from(month), u8::try_from(day)) else {
        return false;
    };
    (1900..=2100).contains(&year) && Month::try_from(month).is_ok_and(|month| Date::from_calendar_date(i32::from(year), month, day).is_ok())
}

/// Whether a text is an hour and a minute of a day, spelled `08:30`.
pub(crate) fn is_time(text: &str) -> bool {
    let Some((hour, minute)) = text.split_once(':') else {
        return false;
    };
    matches!((digits(hour, 2), digits(minute, 2)), (Some(0..=23), Some(0..=59)))
}
