//! Where a report stands, and the feeds in which it is shown.

use std::collections::BTreeSet;
use std::fmt;

use crate::codec::{DecodeError, Reader, Writer};
use crate::form::{Class, Lane};
use crate::unit::Level;
use crate::{Nrp, UnitCode};

/// Unit, class and lane: a pure function of a report's accepted content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// The unit that answers for it.
    pub unit: UnitCode,
    /// How secret it is.
    pub class: Class,
    /// How soon it must travel.
    pub lane: Lane,
}

/// A stream of documents inside one partition that a device follows with a cursor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Feed {
    /// What stands in a granted unit or below it.
    Area(Place),
    /// OWN_FEED: what an officer began and what stands in the partition now, wherever it was moved.
    Own {
        /// The partition.
        partition: UnitCode,
        /// Who wrote the first change.
        author: Nrp,
    },
    /// What comes down to a unit and all below it. To have it is to read it: it gives no right to begin or to write (BROADCAST_READ_ONLY).
    Broadcast(UnitCode),
}

impl Feed {
    /// The partition that it lies in.
    pub fn partition(&self) -> UnitCode {
        match self {
            Self::Area(place) => place.unit.partition(),
            Self::Own { partition, .. } => *partition,
            Self::Broadcast(unit) => unit.partition(),
        }
    }

    /// True for the feeds that must travel first.
    pub fn is_urgent(&self) -> bool {
        matches!(self, Self::Area(Place { lane: Lane::Urgent, .. }) | Self::Broadcast(_))
    }

    /// True for what comes from above: it travels before anything else that is urgent.
    pub fn is_broadcast(&self) -> bool {
        matches!(self, Self::Broadcast(_))
    }

    /// Every feed in which a report shows. `above` are the units that contain the place, itself included: by the server's table of
    /// units, or by code.
    pub fn of_report(place: Place, author: Nrp, above: impl IntoIterator<Item = UnitCode>) -> BTreeSet<Self> {
        let partition = place.unit.partition();
        let areas = above.into_iter().filter(|unit| unit.partition() == partition).map(|unit| Self::Area(Place { unit, ..place }));
        areas.chain([Self::Own { partition, author }]).collect()
    }

    /// BROADCAST_FEED: a broadcast shows in the feed of the unit in which it was begun, and to its author. Never among the reports of an area.
    pub fn of_broadcast(unit: UnitCode, author: Nrp) -> BTreeSet<Self> {
        BTreeSet::from([Self::Broadcast(unit), Self::Own { partition: unit.partition(), author }])
    }

    /// The feed of that name, as [`Display`](fmt::Display) writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (unit, second) = (parts.next()?.parse().ok()?, parts.next()?);
        let feed = match second {
            "broadcast" => Self::Broadcast(unit),
            "own" => Self::Own { partition: unit, author: parts.next()?.parse().ok()? },
            class => Self::Area(Place { unit, class: Class::parse(class)?, lane: Lane::parse(parts.next()?)? }),
        };
        parts.next().is_none().then_some(feed)
    }

    pub(crate) fn encode(&self, out: &mut Writer) {
        match self {
            Self::Area(place) => {
                out.byte(area_tag(place.class, place.lane));
                place.unit.encode(out);
            }
            Self::Own { partition, .. } => {
                out.byte(4);
                partition.encode(out);
            }
            Self::Broadcast(unit) => {
                out.byte(5);
                unit.encode(out);
            }
        }
    }

    /// An own feed is the reader's: its officer is known from the envelope.
    pub(crate) fn decode(reader: &mut Reader<'_>, officer: Nrp) -> Result<Self, DecodeError> {
        let tag = reader.byte("a feed")?;
        Self::decode_of(tag, reader, officer)
    }

    /// The rest of a feed whose first byte was read.
    pub(crate) fn decode_of(tag: u8, reader: &mut Reader<'_>, officer: Nrp) -> Result<Self, DecodeError> {
        let unit = UnitCode::decode(reader)?;
        let place = |class, lane| Self::Area(Place { unit, class, lane });
        Ok(match tag {
            0 => place(Class::Biasa, Lane::Urgent),
            1 => place(Class::Biasa, Lane::Normal),
            2 => place(Class::Rahasia, Lane::Urgent),
            3 => place(Class::Rahasia, Lane::Normal),
            4 => Self::Own { partition: unit, author: officer },
            5 => Self::Broadcast(unit),
            _ => return Err(DecodeError::Invalid("a feed")),
        })
    }
}

impl fmt::Display for Feed {
    /// `53.03.01.2005/biasa/urgent`, `53.03/own/00000017` or `53.03.01/broadcast`: the feed's name in tables.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Area(Place { unit, class, lane }) => write!(f, "{unit}/{}/{}", class.as_str(), lane.as_str()),
            Self::Own { partition, author } => write!(f, "{partition}/own/{author}"),
            Self::Broadcast(unit) => write!(f, "{unit}/broadcast"),
        }
    }
}

fn area_tag(class: Class, lane: Lane) -> u8 {
    match (class, lane) {
        (Class::Biasa, Lane::Urgent) => 0,
        (Class::Biasa, Lane::Normal) => 1,
        (Class::Rahasia, Lane::Urgent) => 2,
        (Class::Rahasia, Lane::Normal) => 3,
    }
}

impl UnitCode {
    pub(crate) fn encode(&self, out: &mut Writer) {
        out.length(self.parts().len());
        self.parts().iter().for_each(|part| out.number(u64::from(*part)));
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.length(4, "a unit")?;
        let mut parts = Vec::new();
        for _ in 0..count {
            parts.push(u16::try_from(reader.number_up_to(9_999, "a unit")?).map_err(|_| DecodeError::TooLarge("a unit"))?);
        }
        Self::from_parts(&parts).ok_or(DecodeError::Invalid("a unit"))
    }
}

/// An area that an officer has: the reports of a unit and of those below it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Area {
    /// The unit.
    pub unit: UnitCode,
    /// Ordinary reports, or the secret ones.
    pub class: Class,
}

/// The feeds that a set of areas opens. OWN_FEED: with any area comes the own feed of its partition. A grant above a regency is the urgent
/// feeds of the `regencies` below it and of the units between: Polda and Mabes do not replicate everything. What comes down to any unit above an
/// area, or to its own, is read there.
pub fn feeds_of_areas(areas: &BTreeSet<Area>, officer: Nrp, regencies: &BTreeSet<UnitCode>) -> BTreeSet<Feed> {
    let mut feeds = BTreeSet::new();
    for Area { unit, class } in areas.iter().copied() {
        feeds.extend(unit.with_ancestors().map(Feed::Broadcast));
        let whole = unit.level() >= Level::Regency;
        let between = regencies.iter().flat_map(|regency| regency.with_ancestors()).filter(|partition| unit.contains(partition));
        for unit in between.chain([unit]) {
            feeds.insert(Feed::Area(Place { unit, class, lane: Lane::Urgent }));
            feeds.insert(Feed::Own { partition: unit.partition(), author: officer });
            if whole {
                feeds.insert(Feed::Area(Place { unit, class, lane: Lane::Normal }));
            }
        }
    }
    feeds
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    fn unit(text: &str) -> UnitCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_report_shows_in_its_village_district_and_regency_and_to_its_author() {
        let place = Place { unit: unit("53.03.01.2005"), class: Class::Biasa, lane: Lane::Normal };
        let author = "00000001".parse().unwrap();
        let feeds = Feed::of_report(place, author, place.unit.with_ancestors());
        assert_eq!(feeds.len(), 4);
        assert!(feeds.contains(&Feed::Area(Place { unit: unit("53.03"), ..place })));
        assert!(feeds.iter().all(|feed| feed.partition() == unit("53.03")));
    }

    #[test]
    fn feeds_survive_the_wire() {
        let officer = "00000001".parse().unwrap();
        let areas =
            BTreeSet::from([Area { unit: unit("53.03.01.2005"), class: Class::Biasa }, Area { unit: unit("53"), class: Class::Rahasia }]);
        let feeds = feeds_of_areas(&areas, officer, &BTreeSet::from([unit("53.01"), unit("53.03"), unit("54.01")]));
        for feed in &feeds {
            let mut out = Writer::default();
            feed.encode(&mut out);
            let bytes = out.into_bytes();
            assert_eq!(Feed::decode(&mut Reader::new(&bytes), officer).unwrap(), *feed);
            assert_eq!(Feed::parse(&feed.to_string()), Some(*feed));
        }
        assert!(!feeds.iter().any(|feed| feed.partition() == unit("54.01")));
        assert!(feeds.contains(&Feed::Own { partition: unit("53.01"), author: officer }));
    }

    #[test]
    fn what_comes_down_is_read_in_the_unit_and_below_it_and_nowhere_else() {
        let officer = "00000001".parse().unwrap();
        let of = |code: &str| feeds_of_areas(&BTreeSet::from([Area { unit: unit(code), class: Class::Biasa }]), officer, &BTreeSet::new());
        let broadcasts = |code: &str| of(code).iter().filter(|feed| feed.is_broadcast()).map(Feed::to_string).collect::<Vec<_>>();
        let above = ["ID/broadcast", "53/broadcast", "53.03/broadcast", "53.03.01/broadcast", "53.03.01.2005/broadcast"];
        assert_eq!(broadcasts("53.03.01.2005"), above);
        assert_eq!(broadcasts("53"), above[..2]);
        assert!(of("53.03.02").is_disjoint(&BTreeSet::from([Feed::Broadcast(unit("53.03.01"))])));
        let message = Feed::of_broadcast(unit("53.03.01"), officer);
        assert!(message.iter().all(|feed| feed.partition() == unit("53.03")));
        assert!(!message.iter().any(|feed| matches!(feed, Feed::Area(_))), "it is no report");
    }

    #[test]
    fn headquarters_follow_the_provinces_between_them_and_the_regencies() {
        let officer = "00000001".parse().unwrap();
        let areas = BTreeSet::from([Area { unit: UnitCode::COUNTRY, class: Class::Biasa }]);
        let feeds = feeds_of_areas(&areas, officer, &BTreeSet::from([unit("53.03"), unit("53.04")]));
        let own: Vec<String> = feeds.iter().filter(|feed| matches!(feed, Feed::Own { .. })).map(Feed::to_string).collect();
        assert_eq!(own, ["ID/own/00000001", "53/own/00000001", "53.03/own/00000001", "53.04/own/00000001"]);
    }
}
