//! Fingerprints: whether device and centre show the same in their feeds, in eight bytes a partition, however many documents stand there.

use automerge::ChangeHash;

use crate::ReportId;
use crate::place::Feed;

/// The digest of some feeds, as it travels.
pub type Digest = [u8; 8];

/// What a document adds to the sum of each feed in which it stands: from its id and its shared heads, ascending. None where nothing of it is shared:
/// what is pending, held, refused or quarantined is on neither side.
pub fn element(report: ReportId, shared_heads: &[ChangeHash]) -> Option<u64> {
    if shared_heads.is_empty() {
        return None;
    }
    let mut hasher = blake3::Hasher::new_derive_key("sambang 0 fingerprint element");
    hasher.update(&report.to_bytes());
    for head in shared_heads {
        hasher.update(&head.0);
    }
    Some(u64::from_be_bytes(first(hasher.finalize().as_bytes())))
}

/// A feed's fingerprint: it follows each change of the feed without a look at what else stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeedSum {
    /// How many documents stand there.
    pub documents: u64,
    /// The sum of their elements, modulo 2⁶⁴.
    pub sum: u64,
}

impl FeedSum {
    /// With one document's element in place of another.
    pub fn with(self, before: Option<u64>, after: Option<u64>) -> Self {
        let count = |one: Option<u64>| u64::from(one.is_some());
        Self {
            documents: self.documents.wrapping_sub(count(before)).wrapping_add(count(after)),
            sum: self.sum.wrapping_sub(before.unwrap_or(0)).wrapping_add(after.unwrap_or(0)),
        }
    }
}

/// The digest of the feeds of a partition, ascending; none where nothing stands in any of them.
pub fn digest(feeds: impl IntoIterator<Item = (Feed, FeedSum)>) -> Option<Digest> {
    let mut hasher = blake3::Hasher::new_derive_key("sambang 0 fingerprint of feeds");
    let mut some = false;
    for (feed, sum) in feeds.into_iter().filter(|(_, sum)| sum.documents > 0) {
        some = true;
        hasher.update(format!("{feed}\n").as_bytes()).update(&sum.documents.to_be_bytes()).update(&sum.sum.to_be_bytes());
    }
    some.then(|| first(hasher.finalize().as_bytes()))
}

fn first(hash: &[u8; 32]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    first
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    fn report(number: u8) -> ReportId {
        ReportId::new(1_764_000_000_000, [number; 10])
    }

    fn head(number: u8) -> ChangeHash {
        ChangeHash([number; 32])
    }

    #[test]
    fn a_sum_follows_its_documents_in_any_order() {
        let [one, two, newer] = [(1, 1), (2, 1), (1, 2)].map(|(id, heads)| element(report(id), &[head(heads)]));
        let straight = FeedSum::default().with(None, newer).with(None, two);
        let around = FeedSum::default().with(None, two).with(None, one).with(one, newer);
        assert_eq!(straight, around);
        assert_eq!(around.with(newer, None).with(two, None), FeedSum::default());
        assert_ne!(straight, FeedSum::default().with(None, one).with(None, two));
    }

    #[test]
    fn what_has_nothing_shared_counts_for_nothing() {
        assert_eq!(element(report(1), &[]), None);
        let feed = |name: &str| Feed::parse(name).unwrap();
        let empty = [(feed("53.03/broadcast"), FeedSum::default())];
        assert_eq!(digest(empty), None);
        let sum = FeedSum::default().with(None, element(report(1), &[head(1)]));
        let digests = [feed("53.03/broadcast"), feed("53.03.01/broadcast")].map(|feed| digest([(feed, sum)]).unwrap());
        assert_ne!(digests[0], digests[1], "the same document in another feed is another thing");
        assert_eq!(digest([empty[0], (feed("53.03.01/broadcast"), sum)]), Some(digests[1]));
    }
}
