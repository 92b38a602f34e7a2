use std::collections::BTreeMap;

use thiserror::Error;

use super::words::{plain, telling};

/// The first byte. A change of the word lists, of the hash or of the layout is another version.
const VERSION: u8 = 1;
/// Version, hash of the plain text, number of elements.
const HEAD_BYTES: usize = 11;
/// Most elements that are kept: 900 characters are kept whole, of longer texts the elements with the smallest hashes.
const ELEMENTS_MAX: usize = 120;
/// From here on a description is a near repeat. ADR 0030 has the measurement that it was chosen by.
const NEAR_PER_MILLE: u16 = 820;
/// With fewer words than these, only the same text is a repeat: two such descriptions agree by chance.
const WORDS_MIN: u16 = 5;

/// What is kept of a description to compare it with others: at most [`Fingerprint::BYTES_MAX`] bytes, out of which
/// no text can be read.
///
/// It is made on the device and compared with those of the same officer and month. Fingerprints of different versions
/// cannot be compared: make the older one again from its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Hash of the whole text without case and punctuation.
    plain: [u8; 8],
    /// How many elements the text has.
    count: u16,
    /// Hashes of the elements, ascending, each once; the smallest ones when there are more than `ELEMENTS_MAX`.
    elements: Vec<u16>,
}

/// Bytes that are no fingerprint of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FingerprintError {
    /// Written by another version of this library: make it again from the text.
    #[error("text fingerprint of version {0}, not {VERSION}")]
    Version(u8),
    /// Too short, too long, or not as long as its count says.
    #[error("text fingerprint of a wrong length")]
    Length,
    /// The elements do not ascend.
    #[error("text fingerprint with elements out of order")]
    Order,
}

/// How alike two descriptions are, in thousandths: 1,000 is alike in every word that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Similarity(u16);

/// In what way a description repeats another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// The same words in the same order.
    Same,
    /// A copy with other names, dates, numbers or a few other words.
    Near,
}

impl Similarity {
    /// Thousandths.
    pub fn per_mille(self) -> u16 {
        self.0
    }
}

impl Fingerprint {
    /// No fingerprint is longer.
    pub const BYTES_MAX: usize = HEAD_BYTES + 2 * ELEMENTS_MAX;

    /// The fingerprint of a description.
    pub fn of(text: &str) -> Self {
        // An element is a word and how often it was there before, so that repeated words count as often as they stand.
        let mut times: BTreeMap<String, u16> = BTreeMap::new();
        let mut elements: Vec<u16> = telling(text)
            .into_iter()
            .map(|word| {
                let hash = element_hash(&word, times.get(&word).copied().unwrap_or(0));
                let time = times.entry(word).or_default();
                *time = time.saturating_add(1);
                hash
            })
            .collect();
        elements.sort_unstable();
        elements.dedup();
        let count = u16::try_from(elements.len()).unwrap_or(u16::MAX);
        elements.truncate(ELEMENTS_MAX);
        Self { plain: plain_hash(text), count, elements }
    }

    /// The bytes to store.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.plain);
        bytes.extend(self.count.to_le_bytes());
        bytes.extend(self.elements.iter().flat_map(|element| element.to_le_bytes()));
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// Other bytes, of which none make it panic or take more than [`Self::BYTES_MAX`] bytes of memory.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FingerprintError> {
        let (version, rest) = bytes.split_first().ok_or(FingerprintError::Length)?;
        if *version != VERSION {
            return Err(FingerprintError::Version(*version));
        }
        let (plain, rest) = rest.split_first_chunk().ok_or(FingerprintError::Length)?;
        let (count, rest) = rest.split_first_chunk().ok_or(FingerprintError::Length)?;
        let count = u16::from_le_bytes(*count);
        let (pairs, odd) = rest.as_chunks();
        if !odd.is_empty() || pairs.len() != usize::from(count).min(ELEMENTS_MAX) {
            return Err(FingerprintError::Length);
        }
        let elements: Vec<u16> = pairs.iter().copied().map(u16::from_le_bytes).collect();
        if !elements.is_sorted_by(|left, right| left < right) {
            return Err(FingerprintError::Order);
        }
        Ok(Self { plain: *plain, count, elements })
    }

    /// How alike the two descriptions are: shared elements by all elements (Jaccard), exact up to 900 characters, for
    /// longer texts from a sample (off by 4 % in one of three comparisons).
    pub fn similarity(&self, other: &Self) -> Similarity {
        if self.plain == other.plain {
            return Similarity(1_000);
        }
        let limit = self.known_to().min(other.known_to());
        let known = |elements: &[u16]| elements.partition_point(|element| *element <= limit);
        let total = known(&self.elements).saturating_add(known(&other.elements));
        let shared = self.elements.iter().filter(|element| **element <= limit && other.elements.binary_search(element).is_ok()).count();
        let all = total.saturating_sub(shared);
        let per_mille = shared.saturating_mul(1_000).checked_div(all).unwrap_or(0);
        Similarity(u16::try_from(per_mille).unwrap_or(1_000))
    }

    /// The greatest hash up to which all elements are kept.
    fn known_to(&self) -> u16 {
        let whole = usize::from(self.count) == self.elements.len();
        match self.elements.last() {
            Some(last) if !whole => *last,
            _ => u16::MAX,
        }
    }
}

/// Whether one description repeats the other. The order of the two does not matter.
pub fn is_repeat(one: &Fingerprint, other: &Fingerprint) -> Option<Repeat> {
    if one.plain == other.plain {
        return Some(Repeat::Same);
    }
    let enough = one.count.min(other.count) >= WORDS_MIN;
    let near = one.similarity(other).per_mille() >= NEAR_PER_MILLE;
    (enough && near).then_some(Repeat::Near)
}

fn plain_hash(text: &str) -> [u8; 8] {
    first_bytes(&blake3::hash(plain(text).as_bytes()))
}

fn element_hash(word: &str, time: u16) -> u16 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&time.to_le_bytes());
    hasher.update(word.as_bytes());
    u16::from_le_bytes(first_bytes(&hasher.finalize()))
}

fn first_bytes<const N: usize>(hash: &blake3::Hash) -> [u8; N] {
    let mut bytes = [0; N];
    for (place, byte) in bytes.iter_mut().zip(hash.as_bytes()) {
        *place = *byte;
    }
    bytes
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]

    use super::*;

    const COMPLAINT: &str = "Sambang ke rumah Bpk Yosef Taek RT 04, yang bersangkutan mengeluhkan pipa air bersih putus \
                             sejak 6 hari sehingga warga mengambil air di kali.";

    #[test]
    fn the_same_text_in_other_case_and_punctuation_is_the_same() {
        let one = Fingerprint::of(COMPLAINT);
        let other = Fingerprint::of(&COMPLAINT.to_uppercase().replace(',', " -"));
        assert_eq!(is_repeat(&one, &other), Some(Repeat::Same));
    }

    #[test]
    fn other_names_and_numbers_are_a_near_repeat() {
        let other = COMPLAINT.replace("Bpk Yosef Taek RT 04", "Ibu Maria Kolo RT 11").replace('6', "9");
        let (one, other) = (Fingerprint::of(COMPLAINT), Fingerprint::of(&other));
        assert_eq!(one.similarity(&other).per_mille(), 1_000);
        assert_eq!(is_repeat(&one, &other), Some(Repeat::Near));
    }

    #[test]
    fn another_complaint_in_the_same_stock_phrases_is_no_repeat() {
        let other = "Sambang ke rumah Bpk Yosef Taek RT 04, yang bersangkutan mengeluhkan anjing liar menggigit anaknya di \
                     jalan ke sekolah dan vaksin di puskesmas kosong.";
        let (one, other) = (Fingerprint::of(COMPLAINT), Fingerprint::of(other));
        assert_eq!(is_repeat(&one, &other), None);
    }

    #[test]
    fn texts_without_words_repeat_only_themselves() {
        let (one, other) = (Fingerprint::of("1 2 3"), Fingerprint::of("4 5 6"));
        assert_eq!(one.similarity(&other).per_mille(), 0);
        assert_eq!(is_repeat(&one, &other), None);
        assert_eq!(is_repeat(&one, &one), Some(Repeat::Same));
    }

    /// Stored fingerprints outlive the program: these bytes may only change together with the version.
    #[test]
    fn the_bytes_of_version_1_stay() {
        let bytes = Fingerprint::of("Pipa air bersih putus lagi, warga kesal").to_bytes();
        assert_eq!(hex(&bytes), "01ee82b006b8ae7a4c07002034f43ddd69387037b3e7ebceff");
    }

    #[test]
    fn bytes_make_the_same_fingerprint_again_and_stay_small() {
        let long: String = (0..400).map(|word| format!("kata{} ", letters(word))).collect();
        for text in ["", COMPLAINT, &long] {
            let fingerprint = Fingerprint::of(text);
            let bytes = fingerprint.to_bytes();
            assert!(bytes.len() <= Fingerprint::BYTES_MAX);
            assert_eq!(Fingerprint::from_bytes(&bytes).unwrap(), fingerprint);
        }
        const { assert!(Fingerprint::BYTES_MAX <= 256) };
    }

    #[test]
    fn long_texts_are_compared_by_their_sample() {
        let text = |from: u32| (from..from + 300).map(|word| letters(word) + " ").collect::<String>();
        let (one, half) = (Fingerprint::of(&text(0)), Fingerprint::of(&text(150)));
        // 150 of 450 words are shared.
        let similarity = one.similarity(&half).per_mille();
        assert!((213..=453).contains(&similarity), "{similarity}");
    }

    #[test]
    fn foreign_bytes_are_named_errors() {
        let good = Fingerprint::of(COMPLAINT).to_bytes();
        let read = |bytes: &[u8]| Fingerprint::from_bytes(bytes).unwrap_err();
        assert_eq!(read(&[]), FingerprintError::Length);
        assert_eq!(read(&[9; 40]), FingerprintError::Version(9));
        for length in 1..good.len() {
            assert_eq!(read(good.get(..length).unwrap()), FingerprintError::Length);
        }
        assert_eq!(read(&[good.clone(), vec![0, 0]].concat()), FingerprintError::Length);
        let mut swapped = good;
        let last = swapped.len() - 1;
        swapped.swap(last, HEAD_BYTES + 1);
        assert_eq!(read(&swapped), FingerprintError::Order);
    }

    /// A word of letters only: digits would not count.
    fn letters(number: u32) -> String {
        number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
