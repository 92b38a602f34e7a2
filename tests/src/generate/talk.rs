//! What the villages talk about: each month a few matters that come up again and again, besides everything else.

use time::Date;

use super::draw::Draw;
use super::grammar::Grammar;
use super::habit::Habits;
use super::scene::{Scene, plain};
use super::vocabulary::{Village, Vocabulary};

/// How many matters are the talk of one month.
const MATTERS: usize = 5;
/// Of a thousand reports, those about the talk of the month rather than about anything.
const OF_MONTH_PER_MILLE: u64 = 450;
/// Of a thousand matters, those that are one event, which the officer tells in the same sentence each time.
const EVENT_PER_MILLE: u64 = 200;

/// A matter that is spoken of.
#[derive(Debug, Clone, Default)]
pub(super) struct Talk {
    /// The field (bidang), as forms code it.
    pub(super) field: &'static str,
    /// The prefix of its rules in the grammar.
    pub(super) topic: String,
    /// The sentence in which he tells it, when it is one event.
    pub(super) told: Option<String>,
}

/// The matters of one month.
pub(super) fn of_month(vocabulary: &'static Vocabulary, habits: &Habits, draw: &mut Draw) -> Vec<Talk> {
    let own = Draw::seeded(draw.bits(), 0);
    let mut scene = Scene::new(vocabulary, habits, own, Village::default(), Date::MIN);
    (0..MATTERS)
        .map(|_| {
            scene.talk = any(&mut scene.draw, &vocabulary.grammar);
            if scene.draw.chance(EVENT_PER_MILLE) {
                scene.talk.told = Some(scene.say(&format!("{}.isi", scene.talk.topic)));
            }
            scene.talk.clone()
        })
        .collect()
}

/// The next matter: often one of the month's.
pub(super) fn next(draw: &mut Draw, grammar: &Grammar, month: &[Talk]) -> Talk {
    if draw.chance(OF_MONTH_PER_MILLE)
        && let Some(talk) = draw.pick(month)
    {
        return talk.clone();
    }
    any(draw, grammar)
}

/// A matter of any field, the fields as often as residents speak of them.
fn any(draw: &mut Draw, grammar: &Grammar) -> Talk {
    let field = match draw.below(100) {
        0..=39 => "sosial-budaya",
        40..=66 => "ekonomi",
        67..=94 => "keamanan",
        _ => "politik",
    };
    Talk { field, topic: plain(grammar, draw, &format!("bidang.{field}")), told: None }
}
