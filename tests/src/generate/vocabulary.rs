//! The two vocabularies: grammars, names and villages that no other corpus shares.

use std::sync::LazyLock;

use super::grammar::Grammar;

/// Which vocabulary a text is written in. A dictionary that was trained on one may only be measured on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Corpus {
    /// For training: Kebumen on Java.
    Training,
    /// For measuring: Timor Tengah Utara, at the eastern border.
    Measurement,
}

/// A village with its code of the ministry of home affairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Village {
    /// For example `53.03.01.2005`.
    pub code: &'static str,
    /// The name without "Desa".
    pub name: &'static str,
    /// The name of its district.
    pub district: &'static str,
}

#[derive(Debug)]
pub(super) struct Vocabulary {
    pub(super) grammar: Grammar,
    pub(super) villages: Vec<Village>,
}

pub(super) const TRAINING_SOURCES: &[&str] =
    &[include_str!("text/training/names.txt"), include_str!("text/training/topics.txt"), include_str!("text/training/duties.txt")];

pub(super) const MEASUREMENT_SOURCES: &[&str] = &[
    include_str!("text/measurement/names.txt"),
    include_str!("text/measurement/topics_keamanan.txt"),
    include_str!("text/measurement/topics_ekonomi.txt"),
    include_str!("text/measurement/topics_sosial.txt"),
    include_str!("text/measurement/topics_politik.txt"),
    include_str!("text/measurement/topics_more.txt"),
    include_str!("text/measurement/duties.txt"),
];

static TRAINING: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::read(include_str!("text/training/places.txt"), TRAINING_SOURCES));

static MEASUREMENT: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::read(include_str!("text/measurement/places.txt"), MEASUREMENT_SOURCES));

impl Corpus {
    pub(super) fn vocabulary(self) -> &'static Vocabulary {
        match self {
            Self::Training => &TRAINING,
            Self::Measurement => &MEASUREMENT,
        }
    }

    /// Keeps the streams of the two apart also where somebody gives both the same seed.
    pub(super) fn salt(self) -> u64 {
        match self {
            Self::Training => 0x7472_6169_6e69_6e67,
            Self::Measurement => 0x6d65_6173_7572_6521,
        }
    }
}

impl Vocabulary {
    fn read(places: &'static str, sources: &[&str]) -> Self {
        let villages = places
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let (code, rest) = line.split_once(' ')?;
                let (name, district) = rest.split_once('|')?;
                Some(Village { code, name, district })
            })
            .collect();
        Self { grammar: Grammar::parse(sources), villages }
    }
}
