//! The habits of one officer: which of several wordings he prefers, how he abbreviates, how he types.

use super::draw::{Draw, mix};

/// The manner in which an officer writes; each has its own openings and its own word chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Style {
    /// Official: whole formulas, day, date and hour.
    Dinas,
    /// Terse: notes without sentences.
    Ringkas,
    /// As one writes to a superior by messenger.
    Obrolan,
    /// Tells a story.
    Cerita,
}

impl Style {
    /// All styles.
    pub const ALL: [Self; 4] = [Self::Dinas, Self::Ringkas, Self::Obrolan, Self::Cerita];

    /// The name that the grammars use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dinas => "dinas",
            Self::Ringkas => "ringkas",
            Self::Obrolan => "obrolan",
            Self::Cerita => "cerita",
        }
    }
}

/// How letters are cased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Casing {
    Sentence,
    Lower,
    Upper,
}

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateManner {
    /// `12 Maret 2026`
    Long,
    /// `12-03-2026`
    Dashes,
    /// `12/3/26`
    Short,
    /// `tgl 12 Maret`
    DayAndMonth,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Habits {
    pub(super) style: Style,
    pub(super) casing: Casing,
    pub(super) dates: DateManner,
    /// Words in a thousand that are mistyped.
    pub(super) typos_per_mille: u64,
    /// Of the abbreviations, the share in a thousand that he knows.
    pub(super) abbreviations_per_mille: u64,
    /// From 1 (any wording) to 8 (nearly always the same one).
    stubbornness: u32,
    key: u64,
}

impl Habits {
    /// The habits that `key` names.
    pub(super) fn of(key: u64) -> Self {
        let mut draw = Draw::seeded(key, 0x4841_4249);
        let style = match draw.below(10) {
            0..=3 => Style::Dinas,
            4 | 5 => Style::Ringkas,
            6 | 7 => Style::Obrolan,
            _ => Style::Cerita,
        };
        let casing = match draw.below(100) {
            0..=9 => Casing::Upper,
            10..=29 => Casing::Lower,
            _ => Casing::Sentence,
        };
        let dates = match draw.below(4) {
            0 => DateManner::Long,
            1 => DateManner::Dashes,
            2 => DateManner::Short,
            _ => DateManner::DayAndMonth,
        };
        let loose = matches!(style, Style::Obrolan | Style::Ringkas);
        Self {
            style,
            casing,
            dates,
            typos_per_mille: draw.between(0, if loose { 25 } else { 10 }),
            abbreviations_per_mille: draw.between(0, if loose { 900 } else { 400 }),
            stubbornness: u32::try_from(draw.between(1, 8)).unwrap_or(1),
            key,
        }
    }

    /// Somebody of this style without preferences, to learn from.
    pub(super) fn undecided(style: Style, key: u64) -> Self {
        Self { style, stubbornness: 1, ..Self::of(key) }
    }

    /// One of `count` wordings of the choice `id`: the preferred ones most of the time.
    pub(super) fn wording(&self, draw: &mut Draw, id: u64, count: usize) -> usize {
        let weights: Vec<u64> = (0..count as u64)
            .map(|option| {
                let liking = 1 + mix(mix(self.key, id), option) % 96;
                liking.pow(self.stubbornness)
            })
            .collect();
        draw.weighted(&weights)
    }

    /// Whether he has the habit that `name` names; so have `per_mille` of a thousand officers.
    pub(super) fn has(&self, name: u64, per_mille: u64) -> bool {
        mix(self.key, name) % 1_000 < per_mille
    }

    /// A number that orders things by his liking.
    pub(super) fn liking(&self, name: u64) -> u64 {
        mix(self.key, name)
    }
}
