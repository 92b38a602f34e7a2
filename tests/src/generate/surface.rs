//! How a text looks once it was typed on a phone: abbreviations, letter case, slips of the thumb.

use super::draw::{Draw, mix_word};
use super::habit::{Casing, Habits};

/// Abbreviations of everyday writing. Both corpora share them, as all officers do.
const SHORT: [(&str, &str); 40] = [
    ("yang", "yg"),
    ("dengan", "dgn"),
    ("untuk", "utk"),
    ("tidak", "tdk"),
    ("kepada", "kpd"),
    ("dan", "dn"),
    ("sudah", "sdh"),
    ("dalam", "dlm"),
    ("dari", "dr"),
    ("pada", "pd"),
    ("karena", "krn"),
    ("tersebut", "tsb"),
    ("masyarakat", "masy"),
    ("warga", "wrg"),
    ("rumah", "rmh"),
    ("bahwa", "bhw"),
    ("agar", "agr"),
    ("juga", "jg"),
    ("akan", "akn"),
    ("belum", "blm"),
    ("orang", "org"),
    ("anggota", "agt"),
    ("kegiatan", "giat"),
    ("melaksanakan", "laks"),
    ("kecamatan", "kec"),
    ("desa", "ds"),
    ("dusun", "dsn"),
    ("polisi", "pol"),
    ("bersama", "bsm"),
    ("keamanan", "kam"),
    ("setelah", "stlh"),
    ("sampai", "smp"),
    ("menyampaikan", "sampaikan"),
    ("jalan", "jln"),
    ("bulan", "bln"),
    ("sekitar", "skt"),
    ("kurang", "krg"),
    ("lebih", "lbh"),
    ("terima", "trm"),
    ("kasih", "ksh"),
];

/// The text as the officer types it.
pub(super) fn typed(text: &str, habits: &Habits, draw: &mut Draw) -> String {
    let mut typed = String::with_capacity(text.len());
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            typed.push(' ');
        }
        typed.push_str(&typed_word(word, habits, draw));
    }
    match habits.casing {
        Casing::Sentence => typed,
        Casing::Lower => typed.to_lowercase(),
        Casing::Upper => typed.to_uppercase(),
    }
}

fn typed_word(word: &str, habits: &Habits, draw: &mut Draw) -> String {
    let core = word.trim_matches(|letter: char| !letter.is_alphanumeric());
    let short =
        SHORT.iter().find(|(full, _)| *full == core).filter(|(full, _)| habits.has(mix_word(1, full), habits.abbreviations_per_mille));
    if let Some((full, short)) = short
        && draw.chance(850)
    {
        return word.replacen(full, short, 1);
    }
    if core.len() > 3 && core.chars().all(char::is_alphabetic) && draw.chance(habits.typos_per_mille) {
        return slipped(word, draw);
    }
    word.to_owned()
}

/// A letter too few, two exchanged, or one too many.
fn slipped(word: &str, draw: &mut Draw) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let place = 1 + draw.index(letters.len().saturating_sub(2));
    match draw.below(3) {
        0 if place < letters.len() => {
            letters.remove(place);
        }
        1 if place + 1 < letters.len() => letters.swap(place, place + 1),
        _ => {
            if let Some(letter) = letters.get(place).copied() {
                letters.insert(place, letter);
            }
        }
    }
    letters.into_iter().collect()
}
