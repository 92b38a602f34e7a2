//! Marks: points of a partition's history that a device was given. By them both sides notice that the centre went back in time, and find the newest
//! point that they share.

/// Bytes of the running hash that an older mark shows: only those of one chain that fits to its beginning count, so that a false fit takes one
/// chance in four thousand million, and only where the newest mark has shown already that the centre went back.
pub const OLDER_TAG_BYTES: usize = 4;

/// The bytes of the running hash that a mark keeps.
pub type Tag = [u8; 8];
/// What of it an older mark shows.
pub type OlderTag = [u8; OLDER_TAG_BYTES];

/// A point of a partition's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Its sequence; never 0.
    pub sequence: u64,
    /// The first bytes of the running hash after it.
    pub tag: Tag,
}

impl Mark {
    /// MARK_TAG: a sequence, and what tells this history from every other one with as many entries.
    pub fn mark_tag(sequence: u64, running_hash: &[u8; 32]) -> Self {
        Self { sequence, tag: std::array::from_fn(|at| running_hash[at]) }
    }
}

/// What a request shows of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownMarks {
    /// The newest one.
    pub newest: Mark,
    /// Others, newest first.
    pub older: Vec<(u64, OlderTag)>,
}

impl ShownMarks {
    /// MARK_SHOWN: the newest mark that the device keeps, always, and the others: all of them, or so many (2 at least), the oldest among them. With
    /// fewer, going back goes further; but a newest one that was kept back now and shown later would give a point that is not common. None where
    /// the device keeps no mark. `marks` are newest first.
    pub fn mark_shown(marks: &[Mark], older_max: usize) -> Option<Self> {
        let (newest, older) = marks.split_first()?;
        let count = older.len().min(older_max.max(2));
        let spread = (0..count).filter_map(|at| older.get(at * (older.len() - 1) / (count - 1).max(1)));
        let short = |mark: &Mark| (mark.sequence, std::array::from_fn(|at| mark.tag[at]));
        Some(Self { newest: *newest, older: spread.map(short).collect() })
    }
}

/// None when the newest mark fits the centre's history. Else the common point: the newest mark with which all below it fit too, 0 where none does.
/// A device's marks are of one history: one that fits above one that does not fits by chance.
///
/// # Errors
/// Those of `hash_at`, which gives the centre's running hash after a sequence.
pub fn common_point<E>(shown: &ShownMarks, mut hash_at: impl FnMut(u64) -> Result<Option<[u8; 32]>, E>) -> Result<Option<u64>, E> {
    if hash_at(shown.newest.sequence)?.is_some_and(|hash| hash.starts_with(&shown.newest.tag)) {
        return Ok(None);
    }
    let mut common = 0;
    for (sequence, tag) in shown.older.iter().rev() {
        if !hash_at(*sequence)?.is_some_and(|hash| hash.starts_with(tag)) {
            break;
        }
        common = *sequence;
    }
    Ok(Some(common))
}

/// MARK_SPREAD: takes in a newest mark, and thins the older ones out. `marks` are newest first. One between the newest and the oldest goes when its
/// older neighbour is at most twice as far from the newest as its newer neighbour: so whatever goes lies between two that stay and are at most a
/// factor of two apart, also later, since both distances grow by the same. At most 2·log2(newest) + 1 stay, and going back goes at most twice too far.
/// (To keep the oldest of each distance bucket looks as good and has no bound.)
pub fn mark_spread(marks: &mut Vec<Mark>, newest: Mark) {
    marks.retain(|older| older.sequence < newest.sequence);
    marks.insert(0, newest);
    let mut at = 1;
    while let (Some(newer), Some(older)) = (marks.get(at - 1), marks.get(at + 1)) {
        let distance = |mark: &Mark| newest.sequence - mark.sequence;
        if distance(older) <= distance(newer).saturating_mul(2) {
            marks.remove(at);
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    /// Draws below a bound, the same for the same seed.
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            (mixed ^ (mixed >> 27)) % bound
        }
    }

    /// The running hash of one of several histories that part at some sequences.
    fn hash(history: u64, sequence: u64) -> [u8; 32] {
        blake3::hash(format!("{history} {sequence}").as_bytes()).into()
    }

    fn mark(history: u64, sequence: u64) -> Mark {
        Mark::mark_tag(sequence, &hash(history, sequence))
    }

    fn point(shown: &ShownMarks, newest: u64) -> Option<u64> {
        let at = |sequence| Ok::<_, ()>((sequence <= newest && sequence > 0).then(|| hash(0, sequence)));
        common_point(shown, at).unwrap()
    }

    #[test]
    fn the_spread_is_bounded_and_goes_back_at_most_twice_too_far() {
        for seed in 0..300 {
            let mut random = Random(seed);
            let (mut marks, mut given) = (Vec::new(), Vec::new());
            let (mut sequence, far) = (0, 1 + random.below(200));
            for _ in 0..1 + random.below(300) {
                sequence += 1 + random.below(far);
                given.push(sequence);
                mark_spread(&mut marks, mark(0, sequence));
                let most = 2.0 * (sequence as f64).log2() + 1.0;
                assert!(marks.len() as f64 <= most.max(2.0), "seed {seed}: {} marks of {sequence}", marks.len());
                assert!(marks.is_sorted_by(|one, other| one.sequence > other.sequence));
                assert_eq!((marks.first().unwrap().sequence, marks.last().unwrap().sequence), (sequence, given[0]));
            }
            // Whatever the centre went back to: as far as the best mark that was ever given, or twice.
            let shown = ShownMarks::mark_shown(&marks, usize::MAX).unwrap();
            assert_eq!(shown.older.len(), marks.len() - 1);
            for back_to in [0, 1, sequence / 3, sequence / 2, sequence.saturating_sub(far), sequence - 1] {
                let best = given.iter().copied().filter(|at| *at <= back_to).max().unwrap_or(0);
                let common = point(&shown, back_to).unwrap();
                assert!(common <= back_to && sequence - common <= 2 * (sequence - best), "seed {seed}: {common} instead of {best}");
            }
        }
    }

    #[test]
    fn the_common_point_is_the_newest_below_which_all_fit() {
        let of = |marks: &[(u64, u64)]| {
            let marks: Vec<Mark> = marks.iter().map(|(history, sequence)| mark(*history, *sequence)).collect();
            ShownMarks::mark_shown(&marks, usize::MAX).unwrap()
        };
        assert_eq!(point(&of(&[(0, 9), (0, 5)]), 20), None, "the centre has gone on");
        assert_eq!(point(&of(&[(0, 9), (0, 5), (0, 2)]), 8), Some(5), "it went back");
        assert_eq!(point(&of(&[(1, 9), (1, 5), (0, 2)]), 20), Some(2), "it went back, and others have pushed past it");
        assert_eq!(point(&of(&[(1, 9), (0, 5), (1, 2)]), 20), Some(0), "a fit above what does not fit is chance");
        assert_eq!(point(&of(&[(1, 9)]), 20), Some(0));
        assert_eq!(ShownMarks::mark_shown(&[], usize::MAX), None);
    }

    #[test]
    fn who_has_many_partitions_shows_fewer_and_always_the_newest_and_the_oldest() {
        let marks: Vec<Mark> = (1..=20).rev().map(|sequence| mark(0, sequence)).collect();
        let sequences = |most| {
            let shown = ShownMarks::mark_shown(&marks, most).unwrap();
            (shown.newest.sequence, shown.older.iter().map(|(sequence, _)| *sequence).collect::<Vec<_>>())
        };
        assert_eq!(sequences(0), (20, vec![19, 1]));
        assert_eq!(sequences(2), (20, vec![19, 1]));
        assert_eq!(sequences(4), (20, vec![19, 13, 7, 1]));
        assert_eq!(sequences(19), (20, (1..20).rev().collect()));
        assert_eq!(ShownMarks::mark_shown(&marks[..2], 0).unwrap().older.len(), 1);
    }

    #[test]
    fn a_mark_that_comes_again_changes_nothing() {
        let mut marks = Vec::new();
        for sequence in [3, 8, 8] {
            mark_spread(&mut marks, mark(0, sequence));
        }
        assert_eq!(marks, [mark(0, 8), mark(0, 3)]);
    }
}
