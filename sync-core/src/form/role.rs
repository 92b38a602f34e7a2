use serde::{Deserialize, Serialize};

/// What a person is in the hierarchy; it says what he may write, not for which area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A Bhabinkamtibmas, the officer of one or more villages.
    Officer,
    /// Operator or supervisor of a district.
    Polsek,
    /// Operator or supervisor of a regency.
    Polres,
    /// Operator or supervisor of a province.
    Polda,
    /// Operator or supervisor at headquarters (Korbinmas).
    Mabes,
}

impl Role {
    /// Every role, from the village up.
    pub const ALL: [Self; 5] = [Self::Officer, Self::Polsek, Self::Polres, Self::Polda, Self::Mabes];

    /// The word by which the role is written on a command line and in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Polsek => "polsek",
            Self::Polres => "polres",
            Self::Polda => "polda",
            Self::Mabes => "mabes",
        }
    }

    /// The role of a word, or nothing for any other text.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Whether this role supervises officers: comments bind, decisions and placements are his.
    #[must_use]
    pub fn is_supervisor(self) -> bool {
        self != Self::Officer
    }
}
