//! Forms on their way to devices: what the centre added and retired since a device last heard of it.

use crate::codec::{DecodeError, Reader, Writer};
use crate::limits;

/// Bits of [`FormNews`]'s flags.
const MORE: u8 = 1;
const ANEW: u8 = 2;

/// What is new for one device, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormNews {
    /// How far the device is when it has taken these; it shows it in its next request. Its meaning is the centre's alone.
    pub mark: u64,
    /// There is more than this reply carries.
    pub more: bool,
    /// It begins at nothing: the centre does not know the mark that the device showed.
    pub anew: bool,
    /// The steps.
    pub steps: Vec<FormStep>,
}

/// A form was added, or no new report is to be made on it any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormStep {
    /// The kind.
    pub kind: String,
    /// The version.
    pub version: u32,
    /// The form; none: it is retired.
    pub json: Option<String>,
}

impl FormNews {
    pub(crate) fn encode(&self) -> Writer {
        let mut out = Writer::default();
        out.number(self.mark);
        out.byte((u8::from(self.more) * MORE) | (u8::from(self.anew) * ANEW));
        for step in &self.steps {
            out.text(&step.kind);
            out.number(u64::from(step.version));
            out.text(step.json.as_deref().unwrap_or_default());
        }
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let mark = reader.number("a mark of forms")?;
        let flags = reader.byte("flags of forms")?;
        if flags > MORE | ANEW {
            return Err(DecodeError::Invalid("flags of forms"));
        }
        let mut news = Self { mark, more: flags & MORE != 0, anew: flags & ANEW != 0, steps: Vec::new() };
        while !reader.is_empty() {
            if news.steps.len() == limits::FORMS_MAX {
                return Err(DecodeError::TooLarge("forms"));
            }
            let kind = reader.text(limits::KIND_BYTES_MAX, "a kind")?.to_owned();
            let version = reader.number_up_to(u64::from(u32::MAX), "a version")?;
            let json = reader.text(limits::FORM_BYTES_MAX, "a form")?;
            news.steps.push(FormStep {
                kind,
                version: u32::try_from(version).map_err(|_| DecodeError::TooLarge("a version"))?,
                json: (!json.is_empty()).then(|| json.to_owned()),
            });
        }
        Ok(news)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    fn step(json: Option<&str>) -> FormStep {
        FormStep { kind: "kerja-bakti".to_owned(), version: 2, json: json.map(str::to_owned) }
    }

    #[test]
    fn news_come_back_as_they_went() {
        for (more, anew) in [(false, false), (true, false), (false, true), (true, true)] {
            let news = FormNews { mark: 700, more, anew, steps: vec![step(Some("{}")), step(None)] };
            assert_eq!(FormNews::decode(&news.encode().into_bytes()).unwrap(), news);
        }
    }

    #[test]
    fn what_is_cut_or_larger_than_a_form_is_named_before_it_is_kept() {
        let news = FormNews { mark: 1, steps: vec![step(Some("{}"))], ..FormNews::default() };
        let bytes = news.encode().into_bytes();
        for at in (1..bytes.len()).filter(|at| *at != 2) {
            assert!(FormNews::decode(&bytes[..at]).is_err(), "cut at {at}");
        }
        assert!(FormNews::decode(&[1, 4]).is_err(), "a flag that nobody knows");
        let large = FormNews { steps: vec![step(Some(&" ".repeat(limits::FORM_BYTES_MAX + 1)))], ..FormNews::default() };
        assert!(FormNews::decode(&large.encode().into_bytes()).is_err());
        let many = FormNews { steps: vec![step(None); limits::FORMS_MAX + 1], ..FormNews::default() };
        assert!(FormNews::decode(&many.encode().into_bytes()).is_err());
    }
}
