use std::fmt;

use super::words::Words;

/// Why a file is not a form that this program accepts, and at which place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormError {
    /// A stable code: `form-too-large`, `form-not-json`, `form-keyword`, `form-value`,
    /// `form-missing`, `form-too-many`, `form-pattern` or `form-schema`.
    pub code: &'static str,
    /// The place as a JSON pointer; empty for the file as a whole.
    pub place: String,
    /// What is wrong and what a form must have there.
    pub text: Words,
}

impl FormError {
    pub(crate) fn new(code: &'static str, place: &str, id: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, place: place.to_owned(), text: Words::new(id, en) }
    }

    pub(crate) fn missing(place: &str, key: &str) -> Self {
        Self::new("form-missing", place, format!("«{key}» tidak ada. Tambahkan."), format!("`{key}` is missing. Add it."))
    }

    pub(crate) fn value(place: &str, id: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new("form-value", place, id, en)
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.place.is_empty() { "/" } else { &self.place };
        let Words { id, en } = &self.text;
        write!(f, "{} ({place}): {id} / {en}", self.code)
    }
}

impl std::error::Error for FormError {}
