//! Marks on the wire: a request shows all of a device, a reply gives the newest, and the common point where the newest does not fit. And fingerprints.

use std::collections::{BTreeMap, BTreeSet};

use crate::codec::{DecodeError, Reader, Writer};
use crate::fingerprint::Digest;
use crate::marks::{Mark, ShownMarks};
use crate::{UnitCode, limits};

/// Sequences stay in what the tables hold.
const SEQUENCE_MAX: u64 = i64::MAX.cast_unsigned();

pub(crate) fn encode_shown(marks: &BTreeMap<UnitCode, ShownMarks>) -> Writer {
    let mut out = Writer::default();
    for (partition, shown) in marks {
        partition.encode(&mut out);
        encode_mark(shown.newest, &mut out);
        out.length(shown.older.len());
        let mut last = shown.newest.sequence;
        for (sequence, tag) in &shown.older {
            out.number(last.saturating_sub(*sequence));
            out.raw(tag);
            last = *sequence;
        }
    }
    out
}

pub(crate) fn decode_shown(bytes: &[u8]) -> Result<BTreeMap<UnitCode, ShownMarks>, DecodeError> {
    let (mut reader, mut marks) = (Reader::new(bytes), BTreeMap::new());
    let mut room = limits::MARKS_MAX;
    while !reader.is_empty() {
        let (partition, newest) = (UnitCode::decode(&mut reader)?, decode_mark(&mut reader)?);
        let count = reader.length(room, "marks")?;
        room = room.checked_sub(count.saturating_add(1)).ok_or(DecodeError::TooLarge("marks"))?;
        let (mut older, mut last) = (Vec::new(), newest.sequence);
        for _ in 0..count {
            let before = reader.number_up_to(last.saturating_sub(1), "a mark")?;
            if before == 0 {
                return Err(DecodeError::Invalid("a mark"));
            }
            last = last.saturating_sub(before);
            older.push((last, reader.array("a mark")?));
        }
        if marks.insert(partition, ShownMarks { newest, older }).is_some() {
            return Err(DecodeError::Invalid("marks"));
        }
    }
    Ok(marks)
}

fn encode_mark(mark: Mark, out: &mut Writer) {
    out.number(mark.sequence);
    out.raw(&mark.tag);
}

fn decode_mark(reader: &mut Reader<'_>) -> Result<Mark, DecodeError> {
    let sequence = reader.number_up_to(SEQUENCE_MAX, "a mark")?;
    if sequence == 0 { Err(DecodeError::Invalid("a mark")) } else { Ok(Mark { sequence, tag: reader.array("a mark")? }) }
}

pub(crate) fn encode_given(marks: &BTreeMap<UnitCode, Mark>) -> Writer {
    each_partition(marks, |mark, out| encode_mark(*mark, out))
}

pub(crate) fn decode_given(bytes: &[u8]) -> Result<BTreeMap<UnitCode, Mark>, DecodeError> {
    by_partition(bytes, decode_mark)
}

/// Of each partition a sequence: the common point, or how far a backup reaches.
pub(crate) fn encode_sequences(sequences: &BTreeMap<UnitCode, u64>) -> Writer {
    each_partition(sequences, |sequence, out| out.number(*sequence))
}

pub(crate) fn decode_sequences(bytes: &[u8]) -> Result<BTreeMap<UnitCode, u64>, DecodeError> {
    by_partition(bytes, |reader| reader.number_up_to(SEQUENCE_MAX, "a sequence"))
}

pub(crate) fn encode_leaving(partitions: &BTreeSet<UnitCode>) -> Writer {
    each_partition(partitions.iter().map(|partition| (partition, &())), |(), _| ())
}

pub(crate) fn decode_leaving(bytes: &[u8]) -> Result<BTreeSet<UnitCode>, DecodeError> {
    Ok(by_partition(bytes, |_| Ok(()))?.into_keys().collect())
}

/// The centre's digest of what a device's feeds show, of each partition in which all of them rest and something stands.
pub(crate) fn encode_fingerprints(fingerprints: &BTreeMap<UnitCode, Digest>) -> Writer {
    each_partition(fingerprints, |digest, out| out.raw(digest))
}

pub(crate) fn decode_fingerprints(bytes: &[u8]) -> Result<BTreeMap<UnitCode, Digest>, DecodeError> {
    by_partition(bytes, |reader| reader.array("a fingerprint"))
}

fn each_partition<'a, T: 'a>(values: impl IntoIterator<Item = (&'a UnitCode, &'a T)>, one: impl Fn(&T, &mut Writer)) -> Writer {
    let mut out = Writer::default();
    for (partition, value) in values {
        partition.encode(&mut out);
        one(value, &mut out);
    }
    out
}

fn by_partition<T>(
    bytes: &[u8],
    mut one: impl FnMut(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<BTreeMap<UnitCode, T>, DecodeError> {
    let (mut reader, mut found) = (Reader::new(bytes), BTreeMap::new());
    while !reader.is_empty() {
        if found.len() == limits::MARKS_MAX {
            return Err(DecodeError::TooLarge("marks"));
        }
        let partition = UnitCode::decode(&mut reader)?;
        found.insert(partition, one(&mut reader)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    fn mark(sequence: u64) -> Mark {
        Mark::mark_tag(sequence, &[7; 32])
    }

    fn partition(code: &str) -> UnitCode {
        code.parse().unwrap()
    }

    #[test]
    fn marks_come_back_as_they_were() {
        let one = |sequences: &[u64]| {
            let marks: Vec<Mark> = sequences.iter().copied().map(mark).collect();
            ShownMarks::mark_shown(&marks, usize::MAX).unwrap()
        };
        let shown = BTreeMap::from([(partition("53.03"), one(&[70_000, 69_999, 12, 1])), (UnitCode::COUNTRY, one(&[1]))]);
        assert_eq!(decode_shown(&encode_shown(&shown).into_bytes()), Ok(shown));
        let alone = BTreeMap::from([(partition("53.03"), one(&[5_000]))]);
        assert_eq!(encode_shown(&alone).into_bytes().len(), 14, "one mark: partition 3, sequence 2, tag 8, count 1");
        let given = BTreeMap::from([(partition("53.03"), mark(9)), (partition("53.04"), mark(1))]);
        assert_eq!(decode_given(&encode_given(&given).into_bytes()), Ok(given));
        let common = BTreeMap::from([(partition("53.03"), 0), (partition("53.04"), 300)]);
        assert_eq!(decode_sequences(&encode_sequences(&common).into_bytes()), Ok(common));
    }

    #[test]
    fn what_is_no_mark_is_none() {
        let mut out = Writer::default();
        UnitCode::COUNTRY.encode(&mut out);
        out.number(0);
        out.raw(&[1; 8]);
        assert!(decode_given(&out.into_bytes()).is_err(), "there is nothing before the first entry");
        for before in [0, 5, 6] {
            let mut out = Writer::default();
            UnitCode::COUNTRY.encode(&mut out);
            encode_mark(mark(5), &mut out);
            out.length(1);
            out.number(before);
            out.raw(&[1; 4]);
            assert!(decode_shown(&out.into_bytes()).is_err(), "{before} before the fifth");
        }
        let mut twice =
            encode_shown(&BTreeMap::from([(UnitCode::COUNTRY, ShownMarks { newest: mark(5), older: Vec::new() })])).into_bytes();
        twice.extend(twice.clone());
        assert!(decode_shown(&twice).is_err());
    }

    #[test]
    fn marks_are_bounded() {
        let older = (1..=limits::MARKS_MAX as u64).rev().map(|at| (at, [0; 4])).collect();
        let many = ShownMarks { newest: mark(limits::MARKS_MAX as u64 + 1), older };
        assert!(decode_shown(&encode_shown(&BTreeMap::from([(UnitCode::COUNTRY, many)])).into_bytes()).is_err());
    }
}
