//! The write-ahead log beside a store: which of its frames are the newest committed page, and which others may still be of use.

use std::collections::BTreeMap;
use std::ops::Range;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
const MAGIC: u32 = 0x377f_0682;

/// What a log holds, by places in its bytes.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// Of each page the newest that was committed.
    pub(super) committed: BTreeMap<u32, Range<usize>>,
    /// Behind the last commit, or behind a damaged frame: not part of the database, but perhaps the only copy of something.
    pub(super) others: Vec<Range<usize>>,
    /// Older states of committed pages.
    pub(super) superseded: Vec<Range<usize>>,
    /// The size of the database in pages, by the last commit.
    pub(super) pages: Option<u32>,
    /// A frame, or the header, is not what was written.
    pub(super) damaged: bool,
    /// Commits of this turn of the log behind a frame that is not what was written.
    pub(super) cut_off: usize,
}

pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_be_bytes)
}

/// SQLite's checksum of a log, as it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sum(u32, u32);

impl Sum {
    fn add(mut self, bytes: &[u8], big_endian: bool) -> Self {
        let word = |four: &[u8; 4]| if big_endian { u32::from_be_bytes(*four) } else { u32::from_le_bytes(*four) };
        let (words, _) = bytes.as_chunks::<4>();
        for pair in words.chunks_exact(2) {
            let [first, second] = pair else { continue };
            self.0 = self.0.wrapping_add(word(first)).wrapping_add(self.1);
            self.1 = self.1.wrapping_add(word(second)).wrapping_add(self.0);
        }
        self
    }

    fn at(bytes: &[u8], at: usize) -> Option<Self> {
        Some(Self(number(bytes, at)?, number(bytes, at.checked_add(4)?)?))
    }
}

/// Reads a log for pages of that size. An empty one has nothing and lacks nothing.
pub(super) fn frames(log: &[u8], page_bytes: usize) -> Frames {
    let mut frames = Frames::default();
    if log.is_empty() {
        return frames;
    }
    let big_endian = number(log, 0) == Some(MAGIC | 1);
    let begin = log.get(..24).map(|head| Sum(0, 0).add(head, big_endian));
    let mut sound = begin.is_some() && begin == Sum::at(log, 24) && number(log, 0).is_some_and(|magic| magic | 1 == MAGIC | 1);
    let headless = !sound;
    frames.damaged = headless;
    let salts = log.get(16..24);
    let mut sum = begin.unwrap_or(Sum(0, 0));
    let mut open: Vec<(u32, Range<usize>)> = Vec::new();
    let mut strangers = Vec::new();
    let mut at = HEADER_BYTES;
    while let (Some(page), Some(size)) = (number(log, at), number(log, at + 4)) {
        let data = at + FRAME_HEADER_BYTES..(at + FRAME_HEADER_BYTES + page_bytes).min(log.len());
        let head = log.get(at..at + 8).unwrap_or_default();
        let next = sum.add(head, big_endian).add(log.get(data.clone()).unwrap_or_default(), big_endian);
        sound = sound && data.len() == page_bytes && Sum::at(log, at + 16) == Some(next);
        if sound {
            sum = next;
            open.push((page, data.clone()));
            if size > 0 {
                frames.superseded.extend(open.drain(..).filter_map(|(page, data)| frames.committed.insert(page, data)));
                frames.pages = Some(size);
            }
        } else {
            // Frames of an earlier turn of the log have other salts, and follow this turn's. Where the header is damaged nobody can tell.
            strangers.push(data.clone());
            let of_this_turn = log.get(at + 8..at + 16) == salts;
            frames.cut_off += usize::from(!headless && of_this_turn && size > 0);
            if headless || of_this_turn {
                frames.damaged = true;
                frames.others.append(&mut strangers);
            }
        }
        at += FRAME_HEADER_BYTES + page_bytes;
    }
    frames.others.extend(open.into_iter().map(|(_, data)| data));
    frames
}
