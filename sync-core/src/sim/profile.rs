//! Places: what a link is like there.
//!
//! The figures are working assumptions for tests, chosen near what such links give on an ordinary day; they are not
//! measurements of one operator. Both layers, this simulator and the TCP proxy, take them from here.

use serde::{Deserialize, Serialize};

use super::rate::BitRate;
use super::schedule::{Schedule, Window};

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the device to the server.
    Up,
    /// From the server to the device.
    Down,
}

/// What a link is like in one place; it says nothing of single accidents, which are faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What the place is called in reports and on the command line.
    #[serde(default = "own_name")]
    pub name: String,
    /// Payload from the device to the server; 0 = without limit.
    #[serde(default)]
    pub up_bits_per_s: BitRate,
    /// Payload from the server to the device; 0 = without limit.
    #[serde(default)]
    pub down_bits_per_s: BitRate,
    /// How long a byte needs there and back, half of it each way, without the time that its neighbours take.
    #[serde(default)]
    pub round_trip_ms: u32,
    /// By how much a round trip can be shorter or longer.
    #[serde(default)]
    pub jitter_ms: u32,
    /// How many of 1,000 segments are lost. A lost one is sent again, so the bytes behind it wait: it is a stall.
    #[serde(default)]
    pub loss_per_mille: u16,
    /// The longest stall after a loss; the shortest is one round trip.
    #[serde(default)]
    pub stall_ms: u32,
    /// Whether the bytes cost money or use up a quota.
    #[serde(default)]
    pub metered: bool,
    /// When there is signal.
    #[serde(default)]
    pub signal: Schedule,
}

fn own_name() -> String {
    "own".to_owned()
}

impl Default for Profile {
    fn default() -> Self {
        Self::unlimited()
    }
}

impl Profile {
    /// No limit, no delay: what a test sees without a simulator.
    pub fn unlimited() -> Self {
        Self {
            name: "unlimited".to_owned(),
            up_bits_per_s: BitRate::UNLIMITED,
            down_bits_per_s: BitRate::UNLIMITED,
            round_trip_ms: 0,
            jitter_ms: 0,
            loss_per_mille: 0,
            stall_ms: 0,
            metered: false,
            signal: Schedule::always(),
        }
    }

    /// A link of these three figures and nothing else.
    pub fn plain(up: BitRate, down: BitRate, round_trip_ms: u32) -> Self {
        Self { name: own_name(), up_bits_per_s: up, down_bits_per_s: down, round_trip_ms, ..Self::unlimited() }
    }

    /// EDGE in a village: the link that the project's figures are quoted for.
    pub fn desa_edge() -> Self {
        let shape = Self::plain(BitRate::kilobits_per_s(40), BitRate::kilobits_per_s(100), 600);
        Self { name: "edge".to_owned(), metered: true, ..shape }
    }

    /// The edge of a 2G cell: slow, uneven, with losses that hold everything up for up to half a minute.
    pub fn weak_2g() -> Self {
        let shape = Self::plain(BitRate::kilobits_per_s(20), BitRate::kilobits_per_s(40), 1_300);
        Self { name: "2g".to_owned(), jitter_ms: 700, loss_per_mille: 50, stall_ms: 30_000, metered: true, ..shape }
    }

    /// 3G in a town.
    pub fn town_3g() -> Self {
        let shape = Self::plain(BitRate::kilobits_per_s(384), BitRate::kilobits_per_s(2_000), 150);
        Self { name: "3g".to_owned(), jitter_ms: 30, loss_per_mille: 5, stall_ms: 1_000, metered: true, ..shape }
    }

    /// A boat between islands: one minute of weak signal in ten.
    pub fn boat() -> Self {
        let shape = Self::plain(BitRate::kilobits_per_s(64), BitRate::kilobits_per_s(128), 800);
        let signal = Schedule::repeating(60_000, 600_000);
        Self { name: "boat".to_owned(), jitter_ms: 300, loss_per_mille: 30, stall_ms: 5_000, metered: true, signal, ..shape }
    }

    /// A road with tunnels and cuttings: 3G that is gone for 20 s every two minutes.
    pub fn tunnel() -> Self {
        let windows = [Window { from_ms: 0, to_ms: 60_000 }, Window { from_ms: 80_000, to_ms: 120_000 }];
        Self { name: "tunnel".to_owned(), signal: Schedule::rounds(120_000, windows), ..Self::town_3g() }
    }

    /// The Wi-Fi of a police office.
    pub fn office_wifi() -> Self {
        let shape = Self::plain(BitRate::kilobits_per_s(20_000), BitRate::kilobits_per_s(50_000), 20);
        Self { name: "wifi".to_owned(), jitter_ms: 5, ..shape }
    }

    /// A dish beside a village office: fair bandwidth, a long way.
    pub fn satellite() -> Self {
        let shape = Self::plain(BitRate::kilobits_per_s(1_000), BitRate::kilobits_per_s(4_000), 650);
        Self { name: "satellite".to_owned(), jitter_ms: 50, loss_per_mille: 5, stall_ms: 2_000, metered: true, ..shape }
    }

    /// Every named place, in the order in which help texts list them.
    pub fn all() -> Vec<Self> {
        vec![
            Self::desa_edge(),
            Self::weak_2g(),
            Self::town_3g(),
            Self::boat(),
            Self::tunnel(),
            Self::office_wifi(),
            Self::satellite(),
            Self::unlimited(),
        ]
    }

    /// The place of this name, or nothing.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|profile| profile.name == name)
    }

    /// The bandwidth in one direction.
    pub const fn rate(&self, direction: Direction) -> BitRate {
        match direction {
            Direction::Up => self.up_bits_per_s,
            Direction::Down => self.down_bits_per_s,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BitRate, Profile};

    #[test]
    fn each_place_is_found_by_its_name_and_reads_back_from_json() {
        for profile in Profile::all() {
            assert_eq!(Profile::named(&profile.name), Some(profile.clone()));
            let json = serde_json::to_string(&profile).unwrap_or_default();
            assert_eq!(serde_json::from_str::<Profile>(&json).ok(), Some(profile));
        }
    }

    #[test]
    fn an_own_place_needs_only_the_figures_that_it_changes() {
        let read = serde_json::from_str::<Profile>(r#"{"up_bits_per_s": 40000, "round_trip_ms": 600}"#).ok();
        assert_eq!(read, Some(Profile::plain(BitRate::kilobits_per_s(40), BitRate::UNLIMITED, 600)));
        assert!(serde_json::from_str::<Profile>(r#"{"rtt": 600}"#).is_err());
    }
}
