use serde_json::{Map, Value};

use super::error::FormError;
use super::limits::{HELP_LENGTH_MAX, LABEL_LENGTH_MAX};
use super::words::Words;

/// One object of a form's JSON together with its place, so that each refusal names the place.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    pub(crate) map: &'a Map<String, Value>,
    pub(crate) place: String,
}

impl<'a> Node<'a> {
    pub(crate) fn new(value: &'a Value, place: impl Into<String>) -> Result<Self, FormError> {
        let place = place.into();
        match value.as_object() {
            Some(map) => Ok(Self { map, place }),
            None => Err(FormError::value(&place, "harus berupa objek JSON.", "must be a JSON object.")),
        }
    }

    pub(crate) fn at(&self, key: &str) -> String {
        format!("{}/{key}", self.place)
    }

    /// Refuses every key that is not listed: a keyword that is not understood could fetch a
    /// file (`$ref`), or silently not mean what its writer thinks.
    pub(crate) fn only(&self, allowed: &[&str]) -> Result<(), FormError> {
        let unknown = self.map.keys().find(|key| *key != "$comment" && !allowed.contains(&key.as_str()));
        match unknown {
            None => Ok(()),
            Some(key) => {
                let key: String = key.chars().take(LABEL_LENGTH_MAX).collect();
                Err(FormError::new(
                    "form-keyword",
                    &self.at(&key),
                    format!("kata kunci ini tidak dikenal di sini. Yang boleh: {}.", allowed.join(", ")),
                    format!("unknown keyword here. Allowed: {}.", allowed.join(", ")),
                ))
            }
        }
    }

    pub(crate) fn get(&self, key: &str) -> Result<&'a Value, FormError> {
        self.map.get(key).ok_or_else(|| FormError::missing(&self.place, key))
    }

    pub(crate) fn child(&self, key: &str) -> Result<Self, FormError> {
        Self::new(self.get(key)?, self.at(key))
    }

    pub(crate) fn optional_text(&self, key: &str) -> Result<Option<&'a str>, FormError> {
        match self.map.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(FormError::value(&self.at(key), "harus berupa teks.", "must be a text.")),
        }
    }

    pub(crate) fn text(&self, key: &str) -> Result<&'a str, FormError> {
        self.optional_text(key)?.ok_or_else(|| FormError::missing(&self.place, key))
    }

    /// A whole number of 0 to `max`.
    pub(crate) fn optional_count(&self, key: &str, max: u64) -> Result<Option<u64>, FormError> {
        let Some(value) = self.map.get(key) else {
            return Ok(None);
        };
        match value.as_u64() {
            Some(count) if count <= max => Ok(Some(count)),
            Some(_) | None => Err(FormError::value(
                &self.at(key),
                format!("harus bilangan bulat 0 sampai {max}."),
                format!("must be a whole number of 0 to {max}."),
            )),
        }
    }

    pub(crate) fn count(&self, key: &str, max: u64) -> Result<u64, FormError> {
        self.optional_count(key, max)?.ok_or_else(|| FormError::missing(&self.place, key))
    }

    /// A list of texts, none twice, at most `max`.
    pub(crate) fn names(&self, key: &str, max: usize) -> Result<Vec<String>, FormError> {
        let place = self.at(key);
        let items = self.get(key)?.as_array().ok_or_else(|| FormError::value(&place, "harus berupa larik.", "must be an array."))?;
        if items.len() > max {
            return Err(FormError::new("form-too-many", &place, format!("paling banyak {max}."), format!("at most {max}.")));
        }
        let mut names: Vec<String> = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item.as_str() {
                Some(name) if !names.iter().any(|known| known == name) => {
                    names.push(name.to_owned());
                }
                Some(_) | None => {
                    return Err(FormError::value(
                        &format!("{place}/{index}"),
                        "harus berupa teks, dan tidak dua kali.",
                        "must be a text, and not twice.",
                    ));
                }
            }
        }
        Ok(names)
    }

    pub(crate) fn optional_words(&self, key: &str, length_max: usize) -> Result<Option<Words>, FormError> {
        let Some(value) = self.map.get(key) else {
            return Ok(None);
        };
        let node = Node::new(value, self.at(key))?;
        node.only(&["id", "en"])?;
        for lang in ["id", "en"] {
            let length = node.text(lang)?.trim().chars().count();
            if length == 0 || length > length_max {
                return Err(FormError::value(
                    &node.at(lang),
                    format!("harus 1 sampai {length_max} huruf."),
                    format!("must have 1 to {length_max} characters."),
                ));
            }
        }
        Ok(Some(Words::new(node.text("id")?, node.text("en")?)))
    }

    pub(crate) fn label(&self, key: &str) -> Result<Words, FormError> {
        self.optional_words(key, LABEL_LENGTH_MAX)?.ok_or_else(|| FormError::missing(&self.place, key))
    }

    pub(crate) fn help(&self, key: &str) -> Result<Option<Words>, FormError> {
        self.optional_words(key, HELP_LENGTH_MAX)
    }

    /// An object schema must forbid keys that it does not name.
    pub(crate) fn closed_object(&self) -> Result<(), FormError> {
        if self.text("type")? != "object" {
            return Err(FormError::value(&self.at("type"), "harus \"object\".", "must be \"object\"."));
        }
        if self.get("additionalProperties")? != &Value::Bool(false) {
            return Err(FormError::value(&self.at("additionalProperties"), "harus false.", "must be false."));
        }
        Ok(())
    }
}
