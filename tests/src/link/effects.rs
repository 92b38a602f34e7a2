//! What a connection meets of the toxics: the arithmetic of delays, rates and limits, and no waiting.

use std::collections::BTreeMap;

use sync_core::sim::{Random, SimTime};

use super::toxic::{Bandwidth, Kind, Latency, LimitData, Slicer, SlowClose, Timeout, Toxic};

/// The toxics of one direction as one connection meets them.
#[derive(Debug, Default)]
pub(super) struct Effects {
    met: BTreeMap<String, Effect>,
    active_at: SimTime,
    closed: bool,
}

#[derive(Debug)]
struct Effect {
    revision: u64,
    applies: bool,
    ends_with_toxic: bool,
    free_at: SimTime,
    passed: i64,
}

/// What becomes of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It arrives.
    Carry,
    /// It is dropped.
    Swallow,
    /// So many bytes arrive, then the connection is closed.
    Only(usize),
    /// It is dropped, and the connection is reset at this moment.
    ResetAt(SimTime),
}

/// What holds before a piece is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Before {
    /// Nothing is read for now.
    pub(super) held: bool,
    /// The connection is closed now.
    pub(super) closed: bool,
    /// The connection is closed then, if nothing comes before.
    pub(super) close_at: Option<SimTime>,
    /// Not more than so many bytes are read at once.
    pub(super) bytes_max: Option<u64>,
}

fn us(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or(0).saturating_mul(1_000)
}

impl Effects {
    /// Says what holds before a piece is read.
    pub(super) fn before(&self, toxics: &[(u64, Toxic)], piece_us: u64, random: &mut Random) -> Before {
        let mut before = Before { closed: self.closed, ..Before::default() };
        let mut at_most = |bytes: u64| before.bytes_max = Some(before.bytes_max.map_or(bytes, |max| max.min(bytes)));
        for (_, toxic) in toxics {
            if !self.met.get(&toxic.name).is_some_and(|effect| effect.applies) {
                continue;
            }
            match &toxic.kind {
                Kind::Bandwidth(Bandwidth { rate: ..=0 }) => before.held = true,
                Kind::Bandwidth(Bandwidth { rate }) => at_most(u64::try_from(*rate).unwrap_or(0) * piece_us / 1_000),
                Kind::Slicer(slicer) if slicer.average_size > 0 => {
                    let size = |size: i64| u64::try_from(size).unwrap_or(0);
                    let low = size(slicer.average_size.saturating_sub(slicer.size_variation));
                    at_most(random.between(low, size(slicer.average_size.saturating_add(slicer.size_variation))));
                }
                Kind::Timeout(Timeout { timeout: timeout @ 1.. }) => {
                    let at = self.active_at.plus_us(us(*timeout));
                    before.close_at = Some(before.close_at.map_or(at, |other| other.min(at)));
                }
                Kind::Latency(_) | Kind::SlowClose(_) | Kind::Timeout(_) | Kind::ResetPeer(_) | Kind::Slicer(_) | Kind::LimitData(_) => {}
            }
        }
        before
    }

    /// Brings this connection up to date with the toxics that are set.
    pub(super) fn follow(&mut self, toxics: &[(u64, Toxic)], random: &mut Random, now: SimTime) {
        let set = |name: &str| toxics.iter().any(|(_, toxic)| toxic.name == name);
        self.closed |= self.met.iter().any(|(name, effect)| effect.applies && effect.ends_with_toxic && !set(name));
        self.met.retain(|name, _| set(name));
        for (revision, toxic) in toxics {
            if self.met.get(&toxic.name).is_some_and(|effect| effect.revision == *revision) {
                continue;
            }
            // Drawn in any case, so that one toxic more or less does not change what later connections draw.
            let drawn = random.below(1_000_000);
            // Rounded to a millionth; what is below 0 or no number becomes 0.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 and 1 before")]
            let chance = (f64::from(toxic.toxicity).clamp(0.0, 1.0) * 1e6).round() as u64;
            let ends_with_toxic = matches!(toxic.kind, Kind::Timeout(_));
            let before = self.met.get(&toxic.name);
            let (free_at, passed) = before.map_or((now, 0), |effect| (effect.free_at, effect.passed));
            let effect = Effect { revision: *revision, applies: drawn < chance, ends_with_toxic, free_at, passed };
            self.met.insert(toxic.name.clone(), effect);
            self.active_at = now;
        }
    }

    /// Passes a piece of so many bytes (0 at the end of the stream) that comes off the line at `arrives_at`: when it
    /// arrives behind the toxics, how long the next one has to wait, and what becomes of it.
    pub(super) fn pass(
        &mut self,
        toxics: &[(u64, Toxic)],
        random: &mut Random,
        now: SimTime,
        mut arrives_at: SimTime,
        bytes: usize,
    ) -> (SimTime, u64, Fate) {
        self.active_at = now;
        let (mut waits_us, mut fate) = (0, Fate::Carry);
        if self.closed {
            return (arrives_at, 0, Fate::Only(0));
        }
        for (_, toxic) in toxics {
            let Some(effect) = self.met.get_mut(&toxic.name).filter(|effect| effect.applies) else {
                continue;
            };
            match &toxic.kind {
                Kind::Latency(Latency { latency, jitter }) => {
                    let low = us(latency.saturating_sub(*jitter));
                    arrives_at = arrives_at.plus_us(random.between(low, us(latency.saturating_add(*jitter)).max(low)));
                }
                Kind::Bandwidth(Bandwidth { rate }) => {
                    let starts_at = arrives_at.max(effect.free_at);
                    waits_us += starts_at.us_since(arrives_at);
                    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
                    let takes_us = bytes.saturating_mul(1_000) / u64::try_from(*rate).unwrap_or(0).max(1);
                    effect.free_at = starts_at.plus_us(takes_us);
                    arrives_at = effect.free_at;
                }
                Kind::Slicer(Slicer { delay, .. }) => {
                    let starts_at = arrives_at.max(effect.free_at);
                    waits_us += starts_at.us_since(arrives_at);
                    effect.free_at = starts_at.plus_us(u64::try_from(*delay).unwrap_or(0));
                    arrives_at = effect.free_at;
                }
                Kind::SlowClose(SlowClose { delay }) if bytes == 0 => arrives_at = arrives_at.plus_us(us(*delay)),
                Kind::Timeout(_) if bytes > 0 => fate = Fate::Swallow,
                Kind::ResetPeer(Timeout { timeout }) => fate = Fate::ResetAt(now.plus_us(us(*timeout))),
                Kind::LimitData(LimitData { bytes: limit }) if bytes > 0 && fate == Fate::Carry => {
                    let left = limit.saturating_sub(effect.passed).max(0);
                    let piece = i64::try_from(bytes).unwrap_or(i64::MAX);
                    effect.passed = effect.passed.saturating_add(piece.min(left));
                    if piece >= left {
                        fate = Fate::Only(usize::try_from(left).unwrap_or(bytes));
                    }
                }
                Kind::SlowClose(_) | Kind::Timeout(_) | Kind::LimitData(_) => {}
            }
        }
        (arrives_at, waits_us, fate)
    }
}
