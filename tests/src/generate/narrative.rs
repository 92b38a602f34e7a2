//! Puts a description together: the officer's stock phrases around what happened.

use super::chain::Chain;
use super::draw::{mix, mix_word};
use super::habit::Habits;
use super::kind::Kind;
use super::scene::Scene;
use super::surface;
use super::talk::{self, Talk};

/// Most characters of a description, as in the forms.
const CHARS_MAX: usize = 2_000;
/// Below this length there is no room for stock phrases.
const SHORT_CHARS: usize = 110;
/// What more there is to tell when the sections are told and the description is to be longer.
const FURTHER: [&str; 5] = ["lapor", "lapor.akibat", "dialog", "keluarga", "lapor.harap"];

/// The description, 50 to 2,000 characters.
pub(super) fn describe(kind: Kind, scene: &mut Scene<'_>, habits: &Habits, chain: &Chain, talks: &[Talk]) -> String {
    let length = kind.length(&mut scene.draw);
    let visit = matches!(kind, Kind::DdsWarga | Kind::DdsUsaha | Kind::Sambang);
    let mut told: Vec<(usize, String)> = Vec::new();
    let mut chars = 0;
    let mut tell = |place: usize, sentence: String| {
        let sentence = finished(&sentence);
        let added = sentence.chars().count() + 1;
        let again = told.iter().any(|(_, before)| *before == sentence);
        if again || sentence.is_empty() || chars + added > CHARS_MAX {
            return chars;
        }
        chars += added;
        told.push((place, sentence));
        chars
    };

    let mut now = 0;
    if length < SHORT_CHARS && visit {
        now = tell(0, scene.say("dds.pendek"));
    } else {
        for (place, section) in kind.sections().iter().take(2).enumerate() {
            now = tell(place, scene.say(section));
        }
        for place in further_sections(kind, scene, habits) {
            if now >= length {
                break;
            }
            let section = kind.sections().get(place).copied().unwrap_or("lapor");
            now = tell(place, scene.say(section));
        }
    }
    // At most so many that a rule without words cannot keep the loop alive.
    for place in 100..140 {
        if now >= length {
            break;
        }
        let further = scene.draw.index(FURTHER.len() + 1);
        let sentence = match FURTHER.get(further) {
            Some(rule) => {
                if *rule == "lapor" {
                    scene.talk = talk::next(&mut scene.draw, &scene.vocabulary.grammar, talks);
                }
                scene.say(rule)
            }
            None => chain.sentence(&mut scene.draw),
        };
        now = tell(place, sentence);
    }

    told.sort_by_key(|(place, _)| *place);
    let sentences: Vec<String> = told.into_iter().map(|(_, sentence)| sentence).collect();
    let text = joined(&sentences, habits);
    surface::typed(&text, habits, &mut scene.draw).chars().take(CHARS_MAX).collect()
}

/// The sections after the first two, in the order in which this officer thinks of them; now and then in another.
fn further_sections(kind: Kind, scene: &mut Scene<'_>, habits: &Habits) -> Vec<usize> {
    let mood = if scene.draw.chance(300) { scene.draw.bits() } else { 0 };
    let mut places: Vec<usize> = (2..kind.sections().len()).collect();
    places.sort_by_key(|place| {
        let section = kind.sections().get(*place).copied().unwrap_or_default();
        mix(mood, habits.liking(mix_word(*place as u64, section)))
    });
    places
}

/// The sentence with a capital letter, also within it after a full stop, and with a full stop.
fn finished(sentence: &str) -> String {
    let mut finished = String::with_capacity(sentence.len() + 1);
    let mut begins = true;
    for letter in sentence.trim().chars() {
        if begins && letter.is_alphabetic() {
            finished.extend(letter.to_uppercase());
        } else {
            finished.push(letter);
        }
        // An abbreviation such as "Bpk." is followed by a capital anyway; "pukul 08.30" by a digit.
        begins = letter == '.' || (begins && !letter.is_alphanumeric());
    }
    if !finished.is_empty() && !finished.ends_with(['.', '!', '?']) {
        finished.push('.');
    }
    finished
}

fn joined(sentences: &[String], habits: &Habits) -> String {
    match habits.liking(0x4a4f_494e) % 10 {
        0 if sentences.len() > 2 => {
            sentences.iter().enumerate().map(|(index, sentence)| format!("{}. {sentence}", index + 1)).collect::<Vec<String>>().join("\n")
        }
        1 => sentences.join("\n"),
        2 => sentences.join(" - "),
        _ => sentences.join(" "),
    }
}
