use std::fmt;

use jsonschema::error::ValidationErrorKind;
use serde::Serialize;
use serde_json::Value;

use super::Form;
use super::check::Place;
use super::field::{Choice, Field, FieldKind};
use super::path::{FieldPath, PathError};
use super::schema::ROW_ID_KEY;
use super::words::Words;

pub(crate) const WRONG_TYPE: &str = "wrong-type";
const CHOICES_SHOWN_MAX: usize = 12;

/// One thing that is wrong with entered data, and what to do about it. It names the field and
/// never repeats the value: a value is a resident's data, and a problem may end in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where: the path of the field; a row without an id is named by its number from 1.
    pub path: String,
    /// A stable code: `bad-path`, `unknown-field`, `not-a-value`, `required`, `wrong-type`,
    /// `not-a-choice`, `too-short`, `too-long`, `out-of-range`, `bad-pattern`, `bad-date`,
    /// `bad-time`, `bad-reference`, `too-few-rows`, `too-many-rows`, `bad-row-id`,
    /// `duplicate-row` or `refused`.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub text: Words,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.text.id, self.text.en)
    }
}

impl std::error::Error for Problem {}

impl Problem {
    fn new(path: &str, code: &'static str, text: Words) -> Self {
        Self { path: path.to_owned(), code, text }
    }
}

pub(crate) fn bad_path(path: &str, error: &PathError) -> Problem {
    let shown: String = path.chars().take(120).collect();
    let text = match error {
        PathError::Segments => Words::new(
            "Nama isian paling banyak tiga bagian, contoh: anggota.1.nama.",
            "A path has at most three parts, as anggota.1.nama.",
        ),
        PathError::Segment => Words::new(
            "Nama isian hanya memakai a–z, 0–9, _ dan -, dipisah titik, contoh: anggota.1.nama.",
            "A path has only a–z, 0–9, _ and -, parted by dots, as anggota.1.nama.",
        ),
    };
    Problem::new(&shown, "bad-path", text)
}

pub(crate) fn unknown_field(form: &Form, path: &str, written: &str) -> Problem {
    let shown: String = written.chars().take(120).collect();
    let mut text = Words::new(
        format!("{shown}: tidak ada isian dengan nama ini pada formulir {}.", form.label().id),
        format!("{shown}: the form {} has no such field.", form.label().en),
    );
    if let Some(near) = nearest(form, written) {
        text = text.and(&Words::new(format!("Mungkin maksudnya {near}."), format!("Perhaps {near} is meant.")));
    }
    Problem::new(path, "unknown-field", text)
}

/// The path of the form that looks most like a mistyped one.
fn nearest(form: &Form, written: &str) -> Option<String> {
    let name = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let last = name(written);
    form.every_field()
        .map(|(parent, field)| field.general_path(parent))
        .map(|path| (strsim::damerau_levenshtein(&name(&path), &last), path))
        .filter(|(distance, path)| *distance <= 1 + name(path).len() / 4)
        .min_by_key(|(distance, path)| (*distance, path.matches('.').count()))
        .map(|(_, path)| path)
}

pub(crate) fn not_a_value(path: &FieldPath, field: &Field) -> Problem {
    let inner = field.nested().first().map_or("", |field| &field.name);
    let example = match (field.is_rows(), path.segments().len()) {
        (true, 1) => format!("{path}.1.{inner}"),
        _ => format!("{path}.{inner}"),
    };
    Problem::new(
        &path.to_string(),
        "not-a-value",
        Words::new(
            format!("{}: terdiri atas beberapa isian; isi satu per satu, contoh: {example}.", field.label.id),
            format!("{}: consists of several fields; set each, as {example}.", field.label.en),
        ),
    )
}

pub(crate) fn required(place: &Place<'_>) -> Problem {
    let Words { id, en } = &place.label;
    let text = Words::new(format!("{id}: belum diisi."), format!("{en}: not filled in yet."));
    let help = match place.field.map(|field| (&field.kind, &field.help)) {
        Some((FieldKind::Coded(choices), _)) => choose(choices),
        Some((_, Some(help))) => help.clone(),
        Some((_, None)) | None => Words::new("Lengkapi isian ini.", "Fill it in."),
    };
    Problem::new(&place.path, "required", text.and(&help))
}

pub(crate) fn duplicate_row(place: &Place<'_>) -> Problem {
    let Words { id, en } = &place.label;
    Problem::new(
        &place.path,
        "duplicate-row",
        Words::new(
            format!("{id}: tanda baris ini dipakai dua kali. Beri setiap baris tanda sendiri."),
            format!("{en}: this row id is used twice. Give each row its own."),
        ),
    )
}

pub(crate) fn wrong_type(path: &str, field: &Field) -> Problem {
    let expected = expected(field);
    Problem::new(
        path,
        WRONG_TYPE,
        Words::new(format!("{}: harus {}.", field.label.id, expected.id), format!("{}: must be {}.", field.label.en, expected.en)),
    )
}

/// A value that is there and breaks a rule of the schema.
pub(crate) fn of_value(kind: &ValidationErrorKind, place: &Place<'_>, value: &Value) -> Problem {
    let length = value.as_str().map_or(0, |text| text.chars().count());
    let rows = value.as_array().map_or(0, Vec::len);
    let is_row_id = place.path.ends_with(ROW_ID_KEY);
    let (code, id, en) = match kind {
        ValidationErrorKind::Type { .. } => return of_type(place),
        ValidationErrorKind::MinLength { limit } => (
            "too-short",
            format!("{length} huruf, sekurang-kurangnya {limit}."),
            format!("{length} characters, at least {limit} are needed."),
        ),
        ValidationErrorKind::MaxLength { limit } => (
            "too-long",
            format!("{length} huruf, paling banyak {limit}. Ringkaskan."),
            format!("{length} characters, at most {limit} fit. Shorten it."),
        ),
        ValidationErrorKind::Enum { .. } => return not_a_choice(place),
        ValidationErrorKind::Minimum { .. } | ValidationErrorKind::Maximum { .. } => {
            return out_of_range(place);
        }
        ValidationErrorKind::MinItems { limit } => (
            "too-few-rows",
            format!("baru {rows}, sekurang-kurangnya {limit}. Tambahkan."),
            format!("has {rows}, at least {limit} are needed. Add more."),
        ),
        ValidationErrorKind::MaxItems { limit } => (
            "too-many-rows",
            format!("ada {rows}, paling banyak {limit}. Buat laporan lain untuk selebihnya."),
            format!("has {rows}, at most {limit} fit. File another report for the rest."),
        ),
        ValidationErrorKind::Pattern { .. } if is_row_id => {
            ("bad-row-id", "tanda baris: 1–36 huruf a–z, angka dan -.".to_owned(), "a row id has 1–36 of a–z, digits and -.".to_owned())
        }
        ValidationErrorKind::Pattern { .. } => {
            ("bad-pattern", "penulisannya tidak sesuai.".to_owned(), "is not written as expected.".to_owned())
        }
        ValidationErrorKind::Format { format } => match format.as_str() {
            "date" => (
                "bad-date",
                "bukan tanggal yang ada. Tulis tahun-bulan-tanggal, contoh: 2026-11-25.".to_owned(),
                "is no date that exists. Write year-month-day, as 2026-11-25.".to_owned(),
            ),
            "jam" => (
                "bad-time",
                "bukan jam. Tulis jam:menit dari 00:00 sampai 23:59, contoh: 08:30.".to_owned(),
                "is no time. Write hour:minute from 00:00 to 23:59, as 08:30.".to_owned(),
            ),
            _ => (
                "bad-reference",
                "bukan nomor laporan. Salin nomor (id) laporan yang dirujuk dari daftar laporan.".to_owned(),
                "is no report id. Copy the id of that report from the list of reports.".to_owned(),
            ),
        },
        _ => (
            "refused",
            "tidak sesuai aturan formulir. Periksa kembali isian ini.".to_owned(),
            "breaks a rule of the form. Look at this field again.".to_owned(),
        ),
    };
    let text = Words::new(format!("{}: {id}", place.label.id), format!("{}: {en}", place.label.en));
    let text = match code {
        "too-short" | "bad-pattern" => with_advice(text, place.field),
        _ => text,
    };
    Problem::new(&place.path, code, text)
}

fn of_type(place: &Place<'_>) -> Problem {
    match place.field {
        Some(field) => {
            let mut problem = wrong_type(&place.path, field);
            let expected = expected(field);
            problem.text =
                Words::new(format!("{}: harus {}.", place.label.id, expected.id), format!("{}: must be {}.", place.label.en, expected.en));
            problem
        }
        None => Problem::new(
            &place.path,
            WRONG_TYPE,
            Words::new(
                format!("{}: data harus berupa objek berisi isian.", place.label.id),
                format!("{}: the data must be an object of fields.", place.label.en),
            ),
        ),
    }
}

fn expected(field: &Field) -> Words {
    match &field.kind {
        FieldKind::Text { .. } => Words::new("berupa teks (dalam tanda kutip)", "a text (in quotes)"),
        FieldKind::Integer { .. } => Words::new("bilangan bulat", "a whole number"),
        FieldKind::Number { .. } => Words::new("bilangan", "a number"),
        FieldKind::Boolean => Words::new("ya atau tidak", "yes or no"),
        FieldKind::Date => Words::new("tanggal, contoh: 2026-11-25", "a date, as 2026-11-25"),
        FieldKind::Time => Words::new("jam, contoh: 08:30", "a time, as 08:30"),
        FieldKind::Coded(_) => Words::new("salah satu pilihan", "one of the choices"),
        FieldKind::Group(_) => Words::new("berupa kelompok isian", "a group of fields"),
        FieldKind::Rows(_) => Words::new("berupa daftar baris", "a list of rows"),
        FieldKind::Reference { .. } => Words::new("nomor (id) laporan", "the id of a report"),
    }
}

fn not_a_choice(place: &Place<'_>) -> Problem {
    let text = Words::new(format!("{}: bukan salah satu pilihan.", place.label.id), format!("{}: is none of the choices.", place.label.en));
    let text = match place.field.map(|field| &field.kind) {
        Some(FieldKind::Coded(choices)) => text.and(&choose(choices)),
        _ => text,
    };
    Problem::new(&place.path, "not-a-choice", text)
}

fn choose(choices: &[Choice]) -> Words {
    let shown = choices.iter().take(CHOICES_SHOWN_MAX).map(|choice| choice.value.as_str()).collect::<Vec<_>>().join(", ");
    match choices.len().saturating_sub(CHOICES_SHOWN_MAX) {
        0 => Words::new(format!("Pilih: {shown}."), format!("Choose: {shown}.")),
        more => Words::new(format!("Pilih: {shown}, dan {more} lainnya."), format!("Choose: {shown}, and {more} more.")),
    }
}

fn out_of_range(place: &Place<'_>) -> Problem {
    let (min, max) = match place.field.map(|field| &field.kind) {
        Some(FieldKind::Integer { min, max }) => (min.to_string(), max.to_string()),
        Some(FieldKind::Number { min, max }) => (min.to_string(), max.to_string()),
        _ => (String::new(), String::new()),
    };
    let text = Words::new(format!("{}: harus {min} sampai {max}.", place.label.id), format!("{}: must be {min} to {max}.", place.label.en));
    let remedy = place.field.and_then(|field| field.remedy.clone());
    let remedy = remedy.unwrap_or_else(|| Words::new("Periksa angkanya.", "Check the number."));
    Problem::new(&place.path, "out-of-range", text.and(&remedy))
}

/// What the form itself says about this field: first its remedy, else its help.
fn with_advice(text: Words, field: Option<&Field>) -> Words {
    match field.and_then(|field| field.remedy.as_ref().or(field.help.as_ref())) {
        Some(advice) => text.and(advice),
        None => text.and(&Words::new("Lengkapi isian ini.", "Fill it in.")),
    }
}
