use std::fmt;

use super::limits::{PATH_SEGMENTS_MAX, ROW_ID_LENGTH_MAX, SEGMENT_LENGTH_MAX};

/// Where a value stands in a report's `data`: `uraian`, `lokasi.lat`, `anggota.<row id>.nama`.
/// It is well-formed by construction; whether a form has such a field, only the form knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath {
    segments: Vec<String>,
}

/// Why a text is not a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// More segments than a form can nest, or none.
    #[error("a path has 1 to {PATH_SEGMENTS_MAX} parts")]
    Segments,
    /// A segment that is empty, too long, or has a character other than a–z, 0–9, `_`, `-`.
    #[error("each part of a path has 1 to {SEGMENT_LENGTH_MAX} characters of a-z, 0-9, _ and -")]
    Segment,
}

impl FieldPath {
    /// Reads a dotted path.
    ///
    /// # Errors
    /// Names what is malformed; it never repeats the text.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        // The bound on the whole text comes first, so that splitting costs nothing.
        if text.len() > PATH_SEGMENTS_MAX * (SEGMENT_LENGTH_MAX + 1) {
            return Err(PathError::Segment);
        }
        Self::from_segments(text.split('.'))
    }

    /// Builds a path from its segments, as a program that walks a document has them.
    ///
    /// # Errors
    /// As [`FieldPath::parse`].
    pub fn from_segments<'a>(segments: impl IntoIterator<Item = &'a str>) -> Result<Self, PathError> {
        let mut kept = Vec::with_capacity(PATH_SEGMENTS_MAX);
        for segment in segments {
            if kept.len() == PATH_SEGMENTS_MAX {
                return Err(PathError::Segments);
            }
            if !is_segment(segment) {
                return Err(PathError::Segment);
            }
            kept.push(segment.to_owned());
        }
        if kept.is_empty() {
            return Err(PathError::Segments);
        }
        Ok(Self { segments: kept })
    }

    /// The segments in order; there is at least one.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = &str> {
        self.segments.iter().map(String::as_str)
    }

    /// The name of the field of the form itself in which the path begins.
    #[must_use]
    pub fn root(&self) -> &str {
        self.segments.first().map_or("", String::as_str)
    }

    pub(crate) fn as_slice(&self) -> &[String] {
        &self.segments
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.segments.join("."))
    }
}

impl std::str::FromStr for FieldPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::parse(text)
    }
}

fn is_segment(text: &str) -> bool {
    (1..=SEGMENT_LENGTH_MAX).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

/// Whether a text can be the stable id of a row: 1–36 characters of a–z, 0–9 and `-`.
#[must_use]
pub fn is_row_id(text: &str) -> bool {
    (1..=ROW_ID_LENGTH_MAX).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// Whether a text can be the name of a field or a section: snake_case that begins with a letter.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=SEGMENT_LENGTH_MAX).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}
