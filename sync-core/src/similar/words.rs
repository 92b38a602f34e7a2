//! The words of a description that say what happened: without names, dates and numbers.
//!
//! A copied description differs in exactly these, so they may not count. To leave out a word too many costs little: a
//! copy leaves it out as well.

use super::lists::{CALENDAR, FUNCTION_WORDS, PLACE_WORDS, TITLES};

/// Most words that a name has.
const NAME_WORDS_MAX: u8 = 3;

/// The whole text in lower case, words parted by one space, without punctuation.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in words(text) {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(&word.to_lowercase());
    }
    plain
}

/// The words that say what happened, in lower case, in their order.
pub(super) fn telling(text: &str) -> Vec<String> {
    let capitals = capitals_mark_names(text);
    let mut telling = Vec::new();
    let mut name_words_left: u8 = 0;
    let mut sentence_begins = true;
    for token in text.split_whitespace() {
        for word in words(token) {
            let lower = word.to_lowercase();
            let capital = word.chars().next().is_some_and(char::is_uppercase);
            let begins = std::mem::take(&mut sentence_begins);
            let known = |list: &[&str]| list.contains(&lower.as_str());
            if word.contains(|letter: char| letter.is_ascii_digit()) || known(&CALENDAR) {
                continue;
            }
            if known(&TITLES) {
                name_words_left = NAME_WORDS_MAX;
                continue;
            }
            if known(&PLACE_WORDS) {
                name_words_left = 1;
                continue;
            }
            if known(&FUNCTION_WORDS) {
                name_words_left = 0;
            } else if name_words_left > 0 && (capital || !capitals) {
                name_words_left = name_words_left.saturating_sub(1);
                continue;
            } else {
                name_words_left = 0;
                if capital && capitals && !begins {
                    continue;
                }
            }
            telling.push(lower);
        }
        // "Bpk." and "08.30." end no sentence.
        let letters = token.chars().filter(|letter| letter.is_alphabetic()).count();
        if letters > 3 && token.ends_with(['.', '!', '?', ':', ',', ';']) {
            name_words_left = 0;
            sentence_begins = !token.ends_with([',', ';']);
        }
    }
    telling
}

/// Whether the text uses capitals as the grammar says, rather than everywhere or nowhere.
fn capitals_mark_names(text: &str) -> bool {
    let (mut small, mut capital) = (0_usize, 0_usize);
    for word in words(text) {
        match word.chars().next() {
            Some(first) if first.is_lowercase() => small = small.saturating_add(1),
            Some(first) if first.is_uppercase() => capital = capital.saturating_add(1),
            _ => {}
        }
    }
    // A short note names many people, but "Semua Kata Begini" has hardly a small word.
    capital > 0 && small.saturating_mul(3) >= capital
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telling_text(text: &str) -> String {
        telling(text).join(" ")
    }

    #[test]
    fn names_dates_and_numbers_do_not_count() {
        let text = "Pada hari Rabu, 11-03-2026 pukul 20.05 WITA sambang ke rumah Mama Brigita Theresia Salu di RT 08/RW 05 \
                    Dusun Oenitas, sapi Bpk. Simon Kolo hilang.";
        let other = "Pada hari Senin, 2-04-2026 pukul 07.30 WITA sambang ke rumah Sdr Yosef Taek di RT 01/RW 02 \
                     Dusun Sufa, sapi Ibu Maria hilang.";
        assert_eq!(telling_text(text), "pada hari sambang ke rumah di sapi hilang");
        assert_eq!(telling(text), telling(other));
    }

    #[test]
    fn names_end_at_a_function_word_where_there_are_no_capitals() {
        assert_eq!(
            telling_text("kunjungan ke bpk yosef taek di rumah, sedang membajak"),
            telling_text("kunjungan ke bpk simon petrus di rumah, sedang membajak"),
        );
        assert_eq!(telling_text("KELUHAN IBU MARIA TENTANG AIR"), telling_text("KELUHAN IBU YULIANA TENTANG AIR"));
    }

    #[test]
    fn capitals_everywhere_are_no_names() {
        assert_eq!(telling_text("Warga Mengeluh Air Kotor"), "warga mengeluh air kotor");
    }

    #[test]
    fn plain_text_has_no_case_and_no_punctuation() {
        assert_eq!(plain("  Air, kotor!\n(lagi) "), "air kotor lagi");
    }
}
