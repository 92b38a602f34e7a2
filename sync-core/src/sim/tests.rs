//! The simulator, seen from a client and a server that know nothing of it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

use super::{Accident, BitRate, Event, Failure, Fault, Faults, Profile, Schedule, Sim, SimTime, Window};

const REQUEST: &[u8] = b"sebuah laporan dari desa";
const REPLY: &[u8] = b"diterima";

/// What came to the server, and the answer that it gives to everything.
#[derive(Default)]
struct Server {
    came: Vec<(SimTime, Vec<u8>)>,
}

impl Server {
    fn answer(&mut self) -> impl FnMut(&[u8], SimTime) -> Vec<u8> {
        |bytes, now| {
            self.came.push((now, bytes.to_vec()));
            REPLY.to_vec()
        }
    }
}

/// One exchange over EDGE that meets one accident.
fn meet(accident: Accident) -> (Result<Vec<u8>, Failure>, Server, Sim) {
    let (mut sim, mut server) = (Sim::new(1), Server::default());
    let phone = sim.add_link(Profile::desa_edge());
    sim.plan(phone, accident);
    let outcome = sim.exchange(phone, REQUEST, server.answer());
    assert_eq!(sim.stats(phone).fault(accident.fault()), 1, "{}", sim.trace());
    (outcome, server, sim)
}

#[test]
fn an_exchange_over_edge_takes_a_round_trip_and_its_bytes() {
    let (mut sim, mut server) = (Sim::new(1), Server::default());
    let phone = sim.add_link(Profile::desa_edge());
    assert_eq!(sim.exchange(phone, &[0; 5_000], server.answer()), Ok(REPLY.to_vec()));
    // 5,000 bytes at 40 kbit/s, 300 ms, 8 bytes at 100 kbit/s, 300 ms.
    assert_eq!(server.came.first().unwrap().0, SimTime::from_ms(1_300));
    assert_eq!(sim.now(), SimTime::from_us(1_600_640));
    let stats = sim.stats(phone);
    assert_eq!((stats.bytes_up, stats.bytes_down, stats.metered_bytes), (5_000, 8, 5_008));
    assert_eq!((stats.exchanges, stats.requests, stats.replies, stats.transfer_ms), (1, 1, 1, 1_600));
    assert!(sim.is_idle());
}

#[test]
fn a_connection_costs_its_round_trips() {
    let (mut sim, mut server) = (Sim::new(1), Server::default());
    let phone = sim.add_link(Profile::plain(BitRate::UNLIMITED, BitRate::UNLIMITED, 600));
    sim.set_connect_round_trips(phone, 2);
    sim.exchange(phone, REQUEST, server.answer()).unwrap();
    assert_eq!(sim.now(), SimTime::from_ms(3 * 600));
}

#[test]
fn two_exchanges_at_once_share_the_bandwidth() {
    let mut sim = Sim::new(1);
    let phone = sim.add_link(Profile::desa_edge());
    let sent = [sim.send(phone, &[1; 5_000]), sim.send(phone, &[2; 5_000])];
    let mut came = Vec::new();
    while let Some(event) = sim.next() {
        if let Event::Request { exchange, .. } = event {
            came.push((exchange, sim.now().ms()));
            sim.reply(exchange, REPLY);
        }
    }
    assert_eq!(came, [(*sent.first().unwrap(), 1_300), (*sent.last().unwrap(), 2_300)]);
}

#[test]
fn a_request_cut_at_any_byte_never_reaches_the_server() {
    for at_byte in 0..REQUEST.len() {
        let (outcome, server, sim) = meet(Accident::RequestCut { at_byte });
        assert_eq!(outcome, Err(Failure::Cut { received: Vec::new() }));
        assert!(server.came.is_empty());
        assert!(sim.is_idle());
    }
}

#[test]
fn a_reply_cut_at_any_byte_leaves_its_beginning() {
    for at_byte in 0..REPLY.len() {
        let (outcome, server, _) = meet(Accident::ReplyCut { at_byte });
        assert_eq!(outcome, Err(Failure::Cut { received: REPLY.get(..at_byte).unwrap().to_vec() }));
        assert_eq!(server.came.len(), 1, "the server has done its work");
    }
}

#[test]
fn short_messages_are_handed_over_as_if_whole() {
    let (outcome, server, _) = meet(Accident::RequestShort { at_byte: 5 });
    assert_eq!(outcome, Ok(REPLY.to_vec()));
    assert_eq!(server.came.first().unwrap().1, b"sebua");
    assert_eq!(meet(Accident::ReplyShort { at_byte: 3 }).0, Ok(b"dit".to_vec()));
}

#[test]
fn a_request_that_comes_twice_is_served_twice() {
    let (outcome, mut server, mut sim) = meet(Accident::RequestTwice { later_ms: 5_000 });
    assert_eq!((outcome, server.came.len()), (Ok(REPLY.to_vec()), 1));
    sim.settle(server.answer());
    let [first, second] = server.came.as_slice() else { panic!("{}", sim.trace()) };
    assert_eq!((&first.1, second.0), (&second.1, first.0.plus_ms(5_000)));
    assert!(sim.is_idle());
}

#[test]
fn a_lost_reply_is_waited_for_in_vain() {
    let (outcome, server, sim) = meet(Accident::ReplyLost);
    assert_eq!((outcome, server.came.len()), (Err(Failure::TimedOut), 1));
    assert_eq!(sim.now(), SimTime::from_ms(super::PATIENCE_MS));
    assert!(sim.is_idle());
}

#[test]
fn replies_come_twice_and_late() {
    let late = |accident| {
        let (outcome, mut server, mut sim) = meet(accident);
        sim.settle(server.answer());
        let Some(Event::LateReply { bytes, .. }) = sim.next() else { panic!("{}", sim.trace()) };
        (outcome, bytes, sim.now().ms())
    };
    assert_eq!(late(Accident::ReplyTwice { later_ms: 9_000 }), (Ok(REPLY.to_vec()), REPLY.to_vec(), 9_605));
    assert_eq!(late(Accident::ReplyLate { late_ms: 9_000 }), (Err(Failure::TimedOut), REPLY.to_vec(), 69_000));
}

#[test]
fn a_stale_reply_comes_in_place_of_the_right_one() {
    let mut sim = Sim::new(1);
    let phone = sim.add_link(Profile::desa_edge());
    let mut number = 0;
    let mut server = |_: &[u8], _| {
        number += 1;
        vec![number]
    };
    assert_eq!(sim.exchange(phone, REQUEST, &mut server), Ok(vec![1]));
    sim.plan(phone, Accident::ReplyStale);
    assert_eq!(sim.exchange(phone, REQUEST, &mut server), Ok(vec![1]));
    assert_eq!(sim.exchange(phone, REQUEST, &mut server), Ok(vec![3]));
}

#[test]
fn portal_half_open_and_lookup_keep_the_request_from_the_server() {
    let (outcome, server, _) = meet(Accident::Portal);
    assert!(outcome.unwrap().starts_with(b"<!DOCTYPE html>"));
    assert!(server.came.is_empty());
    let (outcome, server, sim) = meet(Accident::HalfOpen);
    assert_eq!((outcome, server.came.len(), sim.now().ms()), (Err(Failure::TimedOut), 0, super::PATIENCE_MS));
    let (outcome, server, sim) = meet(Accident::NameNotFound);
    assert_eq!((outcome, server.came.len(), sim.now().ms()), (Err(Failure::NameNotFound), 0, 600));
}

#[test]
fn signal_that_goes_cuts_what_has_not_left_and_counts_what_has() {
    let (mut sim, mut server) = (Sim::new(1), Server::default());
    // 5,000 bytes a second, signal for half a second in ten.
    let place = Profile { signal: Schedule::repeating(500, 10_000), ..Profile::desa_edge() };
    let phone = sim.add_link(place);
    assert_eq!(sim.exchange(phone, &[0; 5_000], server.answer()), Err(Failure::Cut { received: Vec::new() }));
    assert_eq!((sim.now(), server.came.len()), (SimTime::from_ms(500), 0));
    assert_eq!(sim.exchange(phone, REQUEST, server.answer()), Err(Failure::NoSignal));
    assert!(sim.wait_for_signal(phone));
    assert_eq!(sim.now(), SimTime::from_ms(10_000));
    // 24 bytes leave in 5 ms and arrive while there is no signal; the reply does not get through.
    let outcome = sim.exchange(phone, REQUEST, server.answer());
    assert_eq!((outcome, server.came.len()), (Err(Failure::Cut { received: Vec::new() }), 1));
    let stats = sim.stats(phone);
    assert_eq!((stats.bytes_up, stats.metered_bytes), (2_500 + 24, 2_500 + 24));
    assert_eq!((stats.fault(Fault::SignalLost), stats.fault(Fault::NoSignal)), (2, 1));
}

#[test]
fn the_beginning_of_a_reply_is_left_when_the_signal_goes() {
    let mut sim = Sim::new(1);
    // The request takes 300 ms, the reply begins to arrive after 600 ms: 12.5 bytes a millisecond.
    let place = Profile { signal: Schedule::once([Window { from_ms: 0, to_ms: 610 }]), ..Profile::desa_edge() };
    let phone = sim.add_link(place);
    let outcome = sim.exchange(phone, b"", |_, _| vec![7; 1_000]);
    assert_eq!(outcome, Err(Failure::Cut { received: vec![7; 125] }));
    assert!(!sim.wait_for_signal(phone));
}

#[test]
fn the_tester_takes_signal_away_and_gives_it_back() {
    let mut sim = Sim::new(1);
    let phone = sim.add_link(Profile::unlimited());
    let other = sim.add_link(Profile::unlimited());
    let exchange = sim.send(phone, REQUEST);
    sim.down(phone);
    sim.down(phone);
    let link = phone;
    assert_eq!(sim.next(), Some(Event::Failed { exchange, link, failure: Failure::Cut { received: Vec::new() } }));
    assert_eq!(sim.next(), Some(Event::Signal { link, up: false }));
    assert_eq!((sim.has_signal(phone), sim.has_signal(other)), (false, true));
    sim.up(phone);
    assert_eq!(sim.next(), Some(Event::Signal { link, up: true }));
    assert_eq!(sim.next(), None);
}

/// A place whose signal comes and goes for ever, with the signal taken away by the tester: nothing is told, and nothing goes on for ever.
#[test]
fn a_late_reply_for_a_link_that_stays_down_lets_the_simulation_come_to_rest() {
    let (mut sim, mut server) = (Sim::new(1), Server::default());
    let phone = sim.add_link(Profile::tunnel());
    sim.plan(phone, Accident::ReplyLate { late_ms: 300_000 });
    assert!(sim.exchange(phone, REQUEST, server.answer()).is_err(), "the tunnel comes before the reply");
    sim.down(phone);
    sim.settle(server.answer());
    assert!(!sim.wait_for_signal(phone), "only the tester can give it back");
    assert_eq!(sim.next(), None);
    sim.up(phone);
    assert!(sim.wait_for_signal(phone), "{}", sim.trace());
}

#[test]
fn a_request_that_is_given_up_or_cut_leaves_the_link_free() {
    let mut sim = Sim::new(1);
    let phone = sim.add_link(Profile::desa_edge());
    sim.set_patience_ms(phone, 2_000);
    // 20 s of bytes, given up after 2 s.
    let outcome = sim.exchange(phone, &[0; 100_000], |_, _| REPLY.to_vec());
    assert_eq!((outcome, sim.stats(phone).bytes_up), (Err(Failure::TimedOut), 10_000));
    assert_eq!(sim.stats(phone).transfer_ms, 2_000);
    sim.exchange(phone, REQUEST, |_, _| REPLY.to_vec()).unwrap();
    assert_eq!(sim.now().ms(), 2_605);
    // Two large ones at once, cut by the tester.
    sim.send(phone, &[0; 100_000]);
    sim.send(phone, &[0; 100_000]);
    sim.down(phone);
    sim.up(phone);
    let before = sim.now();
    sim.exchange(phone, REQUEST, |_, _| REPLY.to_vec()).unwrap();
    assert_eq!(sim.now().us_since(before), 605_440);
    assert!(sim.running.is_empty());
}

#[test]
fn of_accidents_that_exclude_each_other_one_is_counted() {
    let mut sim = Sim::new(1);
    let phone = sim.add_link(Profile::desa_edge());
    let all = Fault::drawn().filter(|fault| *fault != Fault::NameNotFound);
    sim.set_faults(phone, all.fold(Faults::none(), |faults, fault| faults.with(fault, 1_000)));
    sim.exchange(phone, REQUEST, |_, _| REPLY.to_vec()).unwrap();
    let counted = |sim: &Sim| sim.stats(phone).faults().filter(|(_, count)| *count > 0).collect::<Vec<_>>();
    assert_eq!(counted(&sim), [(Fault::Portal, 1)]);
}

#[test]
fn wakes_come_at_their_time_and_the_clock_stops_at_a_limit() {
    let mut sim = Sim::new(1);
    sim.wake_at(SimTime::from_ms(20), 2);
    sim.wake_at(SimTime::from_ms(10), 1);
    assert_eq!(sim.next_until(SimTime::from_ms(15)), Some(Event::Wake { token: 1 }));
    assert_eq!(sim.next_until(SimTime::from_ms(15)), None);
    assert_eq!(sim.now(), SimTime::from_ms(15));
    assert_eq!(sim.next(), Some(Event::Wake { token: 2 }));
}

/// A run with everything in it: three phones, drawn weights, signal that comes and goes, retries.
fn storm(seed: u64) -> Sim {
    let mut sim = Sim::new(seed);
    let places = [Profile::weak_2g(), Profile::tunnel(), Profile { signal: Schedule::repeating(40_000, 90_000), ..Profile::boat() }];
    let phones = places.map(|place| sim.add_link(place));
    for (phone, number) in phones.into_iter().zip(0..) {
        sim.set_faults(phone, Faults::swarm(seed.wrapping_mul(3) + number));
        sim.wake_at(SimTime::ZERO, number);
    }
    let mut left = 100;
    while !sim.is_idle()
        && let Some(event) = sim.next()
    {
        match event {
            Event::Request { exchange, mut bytes, .. } => {
                bytes.reverse();
                sim.reply(exchange, &bytes);
            }
            Event::Wake { token } if left > 0 => {
                left -= 1;
                let phone = phones.get(usize::try_from(token).unwrap()).unwrap();
                sim.send(*phone, &vec![7; 40 * usize::try_from(left).unwrap()]);
                sim.wake_at(sim.now().plus_ms(5_000), token);
            }
            Event::Reply { .. } | Event::Failed { .. } | Event::LateReply { .. } | Event::Signal { .. } | Event::Wake { .. } => {}
        }
    }
    sim
}

#[test]
fn the_same_seed_gives_the_same_trace_and_another_seed_another() {
    let hashes: Vec<String> = (0..20).map(|seed| storm(seed).trace().hash()).collect();
    assert_eq!(hashes, (0..20).map(|seed| storm(seed).trace().hash()).collect::<Vec<_>>());
    assert!(hashes.iter().enumerate().all(|(at, hash)| hashes.iter().skip(at + 1).all(|other| other != hash)));
}

#[test]
fn every_exchange_ends_once_and_every_fault_happens_in_some_seed() {
    let mut counts = [0; Fault::ALL.len()];
    for seed in 0..60 {
        let sim = storm(seed);
        assert!(sim.running.is_empty(), "seed {seed}: {:?}", sim.running);
        for link in 0..3 {
            let stats = sim.stats(super::LinkId(link));
            let drawn = Fault::drawn().map(|fault| stats.fault(fault)).sum::<u64>();
            assert!(stats.replies <= stats.exchanges && drawn <= 12 * stats.exchanges, "seed {seed}: {stats}");
            for (count, (_, times)) in counts.iter_mut().zip(stats.faults()) {
                *count += times;
            }
        }
    }
    for (fault, count) in Fault::ALL.iter().zip(counts) {
        assert!(count > 0, "{fault} never happened");
    }
}
