//! What the changes of an item name again and again, in few bytes: actors, containers, times, and the fresh ids of rows and entries.

use std::collections::BTreeMap;
use std::fmt;

use automerge::ActorId;
use automerge::legacy::OpId;

use super::NotPortable;
use crate::codec::{DecodeError, Reader, Writer};
use crate::{Actor, ReportId, Timestamp, limits};

/// What was named so far, on the side that writes.
#[derive(Debug)]
pub(super) struct Named {
    report: String,
    actors: Vec<Actor>,
    places: BTreeMap<Actor, u64>,
    made: BTreeMap<(u64, ActorId), u64>,
    /// What times are told relative to: that of the change, before the first one that of the report's id.
    pub(super) time: i64,
}

impl Named {
    pub(super) fn of(report: ReportId) -> Self {
        Self { report: report.to_string(), actors: Vec::new(), places: BTreeMap::new(), made: BTreeMap::new(), time: time_of(report) }
    }

    /// The actor's place in the order in which the item first names them.
    pub(super) fn actor(&mut self, id: &ActorId) -> Result<u64, NotPortable> {
        let actor = Actor::from_automerge(id).ok_or_else(|| NotPortable("an actor that is not 16 bytes long".to_owned()))?;
        let next = self.actors.len() as u64;
        Ok(*self.places.entry(actor).or_insert_with(|| {
            self.actors.push(actor);
            next
        }))
    }

    pub(super) fn encode_actors(&self, out: &mut Writer) {
        out.length(self.actors.len());
        self.actors.iter().for_each(|actor| out.raw(&actor.0));
    }

    /// The item makes a container.
    pub(super) fn made(&mut self, counter: u64, actor: &ActorId) {
        let next = self.made.len() as u64;
        self.made.insert((counter, actor.clone()), next);
    }

    /// The place of a container among those that the item makes.
    pub(super) fn place_of(&self, id: &OpId) -> Option<u64> {
        self.made.get(&(id.counter(), id.actor().clone())).copied()
    }

    pub(super) fn is_the_report(&self, text: &str) -> bool {
        text == self.report
    }
}

/// What was named so far, on the side that reads.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) report: ReportId,
    actors: Vec<ActorId>,
    pub(super) made: Vec<OpId>,
    pub(super) time: i64,
}

impl Known {
    pub(super) fn decode_actors(report: ReportId, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.length(limits::ITEM_ACTORS_MAX, "actors")?;
        let actors = (0..count).map(|_| Ok(Actor(reader.array("an actor")?).to_automerge())).collect::<Result<_, DecodeError>>()?;
        Ok(Self { report, actors, made: Vec::new(), time: time_of(report) })
    }

    pub(super) fn actor(&self, reader: &mut Reader<'_>) -> Result<ActorId, DecodeError> {
        let at = reader.length(self.actors.len(), "an actor")?;
        self.actors.get(at).cloned().ok_or(DecodeError::Invalid("an actor"))
    }
}

/// 48 bits always fit.
fn time_of(report: ReportId) -> i64 {
    i64::try_from(report.unix_ms()).unwrap_or_default()
}

/// The id of a row or an entry as devices make it: twelve hexadecimal digits of time, four of a count, eight of chance. Any other id is as good;
/// this one travels in few bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreshName {
    time: u64,
    count: u16,
    chance: u32,
}

/// The times that twelve hexadecimal digits can tell.
const TIME_BITS: u32 = 48;

impl FreshName {
    /// The time comes first, so that the order of names is that of their making.
    pub fn new(time: Timestamp, count: u16, chance: [u8; 4]) -> Self {
        Self { time: time.unix_ms().cast_unsigned(), count, chance: u32::from_be_bytes(chance) }
    }

    /// None for a name of any other shape: it travels as a text.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        if name.len() != 24 || !name.as_bytes().iter().all(digit) {
            return None;
        }
        let number = |from: usize, to: usize| u64::from_str_radix(name.get(from..to)?, 16).ok();
        Some(Self { time: number(0, 12)?, count: number(12, 16)?.try_into().ok()?, chance: number(16, 24)?.try_into().ok()? })
    }

    pub(super) fn encode(self, time: i64, out: &mut Writer) {
        out.signed(self.time.cast_signed().wrapping_sub(time));
        out.number(u64::from(self.count));
        out.raw(&self.chance.to_be_bytes());
    }

    pub(super) fn decode(time: i64, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let time = reader.signed("a fresh name")?.wrapping_add(time).cast_unsigned();
        if time >> TIME_BITS != 0 {
            return Err(DecodeError::TooLarge("a fresh name"));
        }
        let count = reader.number_up_to(u64::from(u16::MAX), "a fresh name")?.try_into().unwrap_or(u16::MAX);
        Ok(Self { time, count, chance: u32::from_be_bytes(reader.array("a fresh name")?) })
    }
}

impl fmt::Display for FreshName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012x}{:04x}{:08x}", self.time, self.count, self.chance)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    #[test]
    fn a_fresh_name_survives_and_any_other_name_is_none() {
        for name in ["0199f0c2a1b30001deadbeef", "ffffffffffffffffffffffff", "000000000000000000000000"] {
            for time in [0, 1_764_000_000_000, i64::MAX] {
                let mut out = Writer::default();
                FreshName::parse(name).unwrap().encode(time, &mut out);
                let bytes = out.into_bytes();
                let mut reader = Reader::new(&bytes);
                assert_eq!(FreshName::decode(time, &mut reader).unwrap().to_string(), name);
                reader.end("a fresh name").unwrap();
            }
        }
        for other in
            ["0199F0C2A1B30001DEADBEEF", "0199f0c2a1b30001deadbee", "+199f0c2a1b30001deadbeef", "uraian", "0199f0c2a1b30001deadbéf"]
        {
            assert_eq!(FreshName::parse(other), None, "{other}");
        }
    }
}
