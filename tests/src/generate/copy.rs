//! What an officer does who copies his own description: other names and dates, and here and there another word.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::draw::Draw;
use super::grammar::Piece;
use super::vocabulary::{Corpus, Vocabulary};

/// How a copy differs from what it was copied from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alteration {
    /// Words in a thousand that are replaced, removed or added, rounded up to whole words.
    pub words_per_mille: u64,
    /// Whether every name, place, number, day and month is exchanged for another.
    pub names_and_dates: Exchange,
}

/// Whether names and dates of a copy are exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// They stay.
    Kept,
    /// Each is another.
    Exchanged,
}

const NAME_RULES: [&str; 4] = ["nama.pria", "nama.wanita", "nama.keluarga", "dusun"];
const DAYS: [&str; 7] = ["senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"];
const MONTHS: [&str; 12] =
    ["januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november", "desember"];

/// A copy of `text`; `other` is another description, of which it takes the words that it puts in.
pub fn altered(corpus: Corpus, text: &str, other: &str, how: Alteration, seed: u64) -> String {
    let mut draw = Draw::seeded(seed, 0x434f_5059);
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    if how.names_and_dates == Exchange::Exchanged {
        let names = Names::of(corpus);
        for word in &mut words {
            *word = names.exchanged(word, &mut draw);
        }
    }
    let strangers: Vec<&str> = other.split_whitespace().collect();
    let changes = (words.len() as u64 * how.words_per_mille).div_ceil(1_000);
    for _ in 0..changes {
        let place = draw.index(words.len());
        let stranger = draw.pick(&strangers).copied().unwrap_or("lagi").to_owned();
        match draw.below(3) {
            0 if words.len() > 1 => {
                words.remove(place);
            }
            1 => words.insert(place, stranger),
            _ => {
                if let Some(word) = words.get_mut(place) {
                    *word = stranger;
                }
            }
        }
    }
    words.join(" ")
}

struct Names {
    list: Vec<String>,
    set: BTreeSet<String>,
}

static TRAINING: LazyLock<Names> = LazyLock::new(|| Names::read(Corpus::Training.vocabulary()));
static MEASUREMENT: LazyLock<Names> = LazyLock::new(|| Names::read(Corpus::Measurement.vocabulary()));

impl Names {
    fn of(corpus: Corpus) -> &'static Self {
        match corpus {
            Corpus::Training => &TRAINING,
            Corpus::Measurement => &MEASUREMENT,
        }
    }

    fn read(vocabulary: &Vocabulary) -> Self {
        let mut list: Vec<String> = NAME_RULES
            .iter()
            .filter_map(|rule| vocabulary.grammar.rule(rule))
            .flat_map(|rule| rule.options.iter().flatten())
            .filter_map(|piece| match piece {
                Piece::Text(name) => Some(name.clone()),
                Piece::Symbol(_) | Piece::Number { .. } | Piece::Choice(_) => None,
            })
            .collect();
        list.extend(vocabulary.villages.iter().map(|village| village.name.to_owned()));
        list.retain(|name| !name.contains(' '));
        let set = list.iter().map(|name| name.to_lowercase()).collect();
        Self { list, set }
    }

    fn exchanged(&self, word: &str, draw: &mut Draw) -> String {
        let core = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        let lower = core.to_lowercase();
        let other = if self.set.contains(&lower) {
            draw.pick(&self.list).cloned()
        } else if DAYS.contains(&lower.as_str()) {
            draw.pick(&DAYS).map(|day| (*day).to_owned())
        } else if MONTHS.contains(&lower.as_str()) {
            draw.pick(&MONTHS).map(|month| (*month).to_owned())
        } else {
            return word
                .chars()
                .map(|letter| match letter.to_digit(10) {
                    Some(_) => char::from(b'0' + u8::try_from(draw.below(10)).unwrap_or(0)),
                    None => letter,
                })
                .collect();
        };
        let other = other.unwrap_or_default();
        let cased = if core == lower {
            other.to_lowercase()
        } else if core == core.to_uppercase() {
            other.to_uppercase()
        } else {
            let mut letters = other.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
        };
        word.replacen(core, &cased, 1)
    }
}
