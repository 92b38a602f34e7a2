//! Reconciliation: which documents of a partition differ between device and centre, found by ranges that are halved again and again (the `negentropy`
//! crate). Neither side keeps anything between two messages but the device its next one.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use negentropy::{Error, Id, Negentropy, NegentropyStorageVector};

use crate::place::Feed;
use crate::{ReportId, limits};

/// Names an item: 8 bytes of a hash, enough among the documents of one partition.
pub type ItemName = [u8; 8];

/// A document, in which feeds it stands, and with what element.
pub type Standings = BTreeMap<ReportId, BTreeMap<Feed, u64>>;

/// What one side holds of a partition, ready to be compared.
#[derive(Debug)]
pub struct Items {
    storage: NegentropyStorageVector,
    /// Ascending.
    by_name: Vec<(ItemName, ReportId)>,
}

/// What a device learned from one message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Learned {
    /// Documents that it shows and the centre does not show so.
    pub have: BTreeSet<ReportId>,
    /// What the centre shows and the device does not.
    pub need: BTreeSet<ItemName>,
    /// What to ask next; none when all is known.
    pub next: Option<Vec<u8>>,
}

impl Items {
    /// One item a document: feeds and elements are part of its name. Its time is that of the report's id, so that what was made together lies together.
    pub fn of(standings: &Standings) -> Option<Self> {
        let (mut storage, mut by_name) = (NegentropyStorageVector::with_capacity(standings.len()), Vec::new());
        for (report, feeds) in standings {
            let name = item_name(*report, feeds);
            storage.insert(report.unix_ms(), id(name)).ok()?;
            by_name.push((name, *report));
        }
        storage.seal().ok()?;
        by_name.sort_unstable();
        Some(Self { storage, by_name })
    }

    /// The device's first message.
    pub fn begin(&self) -> Option<Vec<u8>> {
        self.with(|side| side.initiate())
    }

    /// The centre's answer to a device's message, of [`limits::REPAIR_MESSAGE_BYTES`] at most. None for bytes that are no message.
    pub fn answer(&self, message: &[u8]) -> Option<Vec<u8>> {
        bounded(message)?;
        self.with(|side| side.reconcile(message))
    }

    /// What the centre's answer tells the device. None for bytes that are no message.
    pub fn learn(&self, message: &[u8]) -> Option<Learned> {
        bounded(message)?;
        let (mut have, mut need) = (Vec::new(), Vec::new());
        let next = self.with(|side| {
            side.set_initiator();
            side.reconcile_with_ids(message, &mut have, &mut need)
        })?;
        let names = |ids: &[Id]| ids.iter().filter_map(|id| id.first_chunk().copied()).collect::<BTreeSet<ItemName>>();
        let have = names(&have).iter().filter_map(|name| self.find(name)).collect();
        Some(Learned { have, need: names(&need), next })
    }

    /// The document whose item has that name.
    pub fn find(&self, name: &ItemName) -> Option<ReportId> {
        let at = self.by_name.partition_point(|(other, _)| other < name);
        self.by_name.get(at).filter(|(other, _)| other == name).map(|(_, report)| *report)
    }

    /// Foreign bytes go through foreign code: a panic of it is a message that is none.
    fn with<T>(&self, work: impl FnOnce(&mut Negentropy<'_, NegentropyStorageVector>) -> Result<T, Error>) -> Option<T> {
        let side = || work(&mut Negentropy::borrowed(&self.storage, limits::REPAIR_MESSAGE_BYTES as u64)?);
        catch_unwind(AssertUnwindSafe(side)).ok()?.ok()
    }
}

fn bounded(message: &[u8]) -> Option<()> {
    (message.len() <= limits::REPAIR_MESSAGE_BYTES).then_some(())
}

fn item_name(report: ReportId, feeds: &BTreeMap<Feed, u64>) -> ItemName {
    let mut hasher = blake3::Hasher::new_derive_key("sambang 0 reconciled item");
    hasher.update(&report.to_bytes());
    for (feed, element) in feeds {
        hasher.update(format!("{feed}\n").as_bytes()).update(&element.to_be_bytes());
    }
    let mut name = [0; 8];
    name.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    name
}

/// The protocol's ids are four times as long; zeros compress.
fn id(name: ItemName) -> Id {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&name);
    Id::from_byte_array(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use proptest::prelude::*;

    use super::*;

    const START_MS: u64 = 1_764_000_000_000;

    fn report(number: u32) -> ReportId {
        let mut chance = [0; 10];
        chance[6..].copy_from_slice(&number.to_be_bytes());
        ReportId::new(START_MS + u64::from(number) * 60_000, chance)
    }

    fn standings(numbers: impl Iterator<Item = u32>) -> Standings {
        let feeds = BTreeMap::from(["53.03/biasa/normal", "53.03/own/00000001"].map(|name| (Feed::parse(name).unwrap(), 7)));
        numbers.map(|number| (report(number), feeds.clone())).collect()
    }

    /// Rounds, bytes both ways, and what was learned.
    fn talk(device: &Items, centre: &Items) -> (usize, usize, Learned) {
        let (mut rounds, mut bytes, mut all) = (0, 0, Learned::default());
        let mut message = device.begin().unwrap();
        loop {
            rounds += 1;
            let answer = centre.answer(&message).unwrap();
            bytes += message.len() + answer.len();
            assert!(answer.len().max(message.len()) <= limits::REPAIR_MESSAGE_BYTES);
            let learned = device.learn(&answer).unwrap();
            all.have.extend(learned.have);
            all.need.extend(learned.need);
            match learned.next {
                Some(next) => message = next,
                None => return (rounds, bytes, all),
            }
        }
    }

    #[test]
    fn ten_differences_among_ten_thousand_take_two_rounds() {
        let device = Items::of(&standings((0..10_000).filter(|number| number % 2_000 != 77))).unwrap();
        let centre = Items::of(&standings((0..10_000).filter(|number| number % 2_000 != 1_111))).unwrap();
        let (rounds, bytes, learned) = talk(&device, &centre);
        assert_eq!(learned.have, (0..5).map(|at| report(at * 2_000 + 1_111)).collect());
        let needed: BTreeSet<ReportId> = learned.need.iter().map(|name| centre.find(name).unwrap()).collect();
        assert_eq!(needed, (0..5).map(|at| report(at * 2_000 + 77)).collect());
        assert!(rounds <= 2 && bytes <= 9_000, "{rounds} rounds, {bytes} bytes");
    }

    #[test]
    fn any_number_of_differences_is_found_in_bounded_messages() {
        let device = Items::of(&standings((0..4_000).filter(|number| number % 3 != 0))).unwrap();
        let centre = Items::of(&standings((0..4_000).filter(|number| number % 5 != 0))).unwrap();
        let (_, _, learned) = talk(&device, &centre);
        assert_eq!(learned.have, (0..4_000).filter(|number| number % 3 != 0 && number % 5 == 0).map(report).collect());
        assert_eq!(learned.need.len(), (0..4_000).filter(|number| number % 3 == 0 && number % 5 != 0).count());
        let nothing = Items::of(&Standings::new()).unwrap();
        assert_eq!(talk(&nothing, &centre).2.need.len(), 3_200);
        assert_eq!(talk(&device, &nothing).2.have.len(), 2_666);
    }

    #[test]
    fn a_message_that_is_too_long_is_none() {
        let items = Items::of(&standings(0..3)).unwrap();
        let long = vec![0x61; limits::REPAIR_MESSAGE_BYTES + 1];
        assert_eq!((items.answer(&long), items.learn(&long)), (None, None));
    }

    proptest! {
        /// Neither random bytes nor a message with some of them changed crash a side, or make it answer more than a message's room.
        #[test]
        fn hostile_messages_are_bounded(
            random in prop::collection::vec(any::<u8>(), 0..400),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            count in 0_u32..300,
        ) {
            let items = Items::of(&standings(0..count)).unwrap();
            let other = Items::of(&standings((0..count).filter(|number| number % 7 != 0))).unwrap();
            let mut mutated = other.answer(&items.begin().unwrap()).unwrap();
            for (at, byte) in flips {
                let at = at.index(mutated.len());
                mutated[at] = byte;
            }
            let mut headed = vec![0x61];
            headed.extend(&random);
            for message in [random, headed, mutated] {
                let room = limits::REPAIR_MESSAGE_BYTES;
                prop_assert!(items.answer(&message).is_none_or(|answer| answer.len() <= room));
                let learned = items.learn(&message).unwrap_or_default();
                prop_assert!(learned.have.len() <= count as usize && learned.need.len() <= message.len() / 32);
                prop_assert!(learned.next.is_none_or(|next| next.len() <= room));
            }
        }
    }
}
