use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::Form;
use super::error::FormError;
use super::limits::FORMS_KEPT_MAX;

/// By the hash of the text. A store looks a form up for every report; reading it takes milliseconds.
static KEPT: Mutex<BTreeMap<[u8; 32], &'static Form>> = Mutex::new(BTreeMap::new());

impl Form {
    /// [`Form::parse`], for a form that a store has: read once in this process, and kept for its life. Which forms there are is the store's
    /// affair: nothing of a text that one store has is seen by another.
    ///
    /// # Errors
    /// Those of [`Form::parse`]; `form-too-many` when the process has read so many that the next may be an attack on its memory.
    pub fn kept(json: &str) -> Result<&'static Self, FormError> {
        let hash = blake3::hash(json.as_bytes()).into();
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(form) = kept.get(&hash) {
            return Ok(form);
        }
        if kept.len() == FORMS_KEPT_MAX {
            return Err(FormError::new(
                "form-too-many",
                "",
                format!("paling banyak {FORMS_KEPT_MAX} formulir."),
                format!("at most {FORMS_KEPT_MAX} forms."),
            ));
        }
        let form: &'static Self = Box::leak(Box::new(Self::parse(json)?));
        kept.insert(hash, form);
        Ok(form)
    }

    /// A form with the one spelling in which it travels and is compared: checked, without white space, keys in order.
    ///
    /// # Errors
    /// Those of [`Form::parse`].
    pub fn compact(json: &str) -> Result<(Self, String), FormError> {
        Self::parse(json)?;
        let value: Value =
            serde_json::from_str(json).map_err(|error| FormError::new("form-not-json", "", error.to_string(), error.to_string()))?;
        let text = value.to_string();
        // The spelling of a number may be longer than it was.
        Ok((Self::parse(&text)?, text))
    }
}
