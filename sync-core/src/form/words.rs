use serde::{Deserialize, Serialize};

/// A language that officers and operators read; the product has these two and no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// Indonesian, the default everywhere.
    #[default]
    Indonesian,
    /// English.
    English,
}

impl Lang {
    /// The code by which a person chooses the language: `id` or `en`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Indonesian => "id",
            Self::English => "en",
        }
    }

    /// The language of a code, or nothing for any other text.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        match code {
            "id" => Some(Self::Indonesian),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}

/// One text in both languages; it is shown to people and never compared by a program.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// The Indonesian text, as officers say it.
    pub id: String,
    /// The English text.
    pub en: String,
}

impl Words {
    /// Joins the two texts of one message.
    #[must_use]
    pub fn new(id: impl Into<String>, en: impl Into<String>) -> Self {
        Self { id: id.into(), en: en.into() }
    }

    /// The text in one language.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Indonesian => &self.id,
            Lang::English => &self.en,
        }
    }

    /// This text, a space, and another text, in each language.
    #[must_use]
    pub(crate) fn and(&self, next: &Self) -> Self {
        Self::new(format!("{} {}", self.id, next.id), format!("{} {}", self.en, next.en))
    }
}
