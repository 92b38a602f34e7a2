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
}

impl Feed {
    /// The partition that it lies in.
    pub fn partition(&self) -> UnitCode {
        match self {
            Self::Area(place) => place.unit.partition(),
            Self::Own { partition, .. } => *partition,
        }
    }

    /// True for the feed that must travel first.
    pub fn is_urgent(&self) -> bool {
        matches!(self, Self::Area(Place { lane: Lane::Urgent, .. }))
    }

    /// Every feed in which a report shows. `above` are the units that contain the place, itself included: by the server's table of
    /// units, or by code.
    pub fn of_report(place: Place, author: Nrp, above: impl IntoIterator<Item = UnitCode>) -> BTreeSet<Self> {
        let partition = place.unit.partition();
        let areas = above.into_iter().filter(|unit| unit.partition() == partition).map(|unit| Self::Area(Place { unit, ..place }));
        areas.chain([Self::Own { partition, author }]).collect()
    }

    /// The feed of that name, as [`Display`](fmt::Display) writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (unit, second, third) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
        let feed = match second {
            "own" => Self::Own { partition: unit, author: third.parse().ok()? },
            class => Self::Area(Place { unit, class: Class::parse(class)?, lane: Lane::parse(third)? }),
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
        }
    }

    /// An own feed is the reader's: its officer is known from the envelope.
    pub(crate) fn decode(reader: &mut Reader<'_>, officer: Nrp) -> Result<Self, DecodeError> {
        let tag = reader.byte("a feed")?;
        let unit = UnitCode::decode(reader)?;
        let place = |class, lane| Self::Area(Place { unit, class, lane });
        Ok(match tag {
            0 => place(Class::Biasa, Lane::Urgent),
            1 => place(Class::Biasa, Lane::Normal),
            2 => place(Class::Rahasia, Lane::Urgent),
            3 => place(Class::Rahasia, Lane::Normal),
            4 => Self::Own { partition: unit, author: officer },
            _ => return Err(DecodeError::Invalid("a feed")),
        })
    }
}

impl fmt::Display for Feed {
    /// `53.03.01.2005/biasa/urgent`, or `53.03/own/00000017`: the feed's name in tables.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Area(Place { unit, class, lane }) => write!(f, "{unit}/{}/{}", class.as_str(), lane.as_str()),
            Self::Own { partition, author } => write!(f, "{partition}/own/{author}"),
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

/// The feeds that a set of areas opens, urgent ones first. OWN_FEED: with any area comes the own feed of its partition. A grant above
/// a regency is the urgent feeds of the `partitions` below it: Polda and Mabes do not replicate everything.
pub fn feeds_of_areas(areas: &BTreeSet<Area>, officer: Nrp, partitions: &BTreeSet<UnitCode>) -> BTreeSet<Feed> {
    let mut feeds = BTreeSet::new();
    for Area { unit, class } in areas.iter().copied() {
        let whole = unit.level() >= Level::Regency;
        let below = partitions.iter().copied().filter(|partition| !whole && unit.contains(partition));
        for unit in below.chain([unit]) {
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
}
