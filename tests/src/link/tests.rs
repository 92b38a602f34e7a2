//! The link between real sockets. No test asserts a time: that is done by `tests/interop/link/measure.py`.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use sync_core::sim::{BitRate, Direction, Profile, Schedule};

use super::{Link, LinkOptions, Signal};

/// A server that answers each byte with the same byte, and tells of each connection what came in all.
pub(super) fn echo() -> (String, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (put, take) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, put) = (stream.unwrap(), put.clone());
            thread::spawn(move || {
                let (mut all, mut bytes) = (Vec::new(), [0; 1_024]);
                while let Ok(read @ 1..) = stream.read(&mut bytes) {
                    all.extend_from_slice(bytes.get(..read).unwrap());
                    if stream.write_all(bytes.get(..read).unwrap()).is_err() {
                        break;
                    }
                }
                put.send(all).unwrap_or_default();
            });
        }
    });
    (address, take)
}

fn link_to(upstream: &str, profile: Profile) -> Link {
    let options = LinkOptions { listen: "127.0.0.1:0".to_owned(), upstream: upstream.to_owned(), profile, seed: 1 };
    Link::start(options).unwrap()
}

pub(super) fn exchange(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    stream.write_all(bytes)?;
    let mut answer = vec![0; bytes.len()];
    stream.read_exact(&mut answer).map(|()| answer)
}

#[test]
fn bytes_go_through_unchanged_and_are_counted() {
    let (server, came) = echo();
    let place = Profile {
        loss_per_mille: 200,
        stall_ms: 5,
        jitter_ms: 4,
        ..Profile::plain(BitRate::kilobits_per_s(4_000), BitRate::kilobits_per_s(8_000), 4)
    };
    let link = link_to(&server, place);
    let sent: Vec<u8> = (0..30_000_u32).map(|number| number.to_le_bytes()[0] ^ number.to_le_bytes()[1]).collect();
    let mut client = TcpStream::connect(link.address()).unwrap();
    for part in sent.chunks(7_000) {
        assert_eq!(exchange(&mut client, part).unwrap(), part);
    }
    drop(client);
    assert_eq!(came.recv().unwrap(), sent);
    let stats = link.stats();
    assert_eq!((stats.bytes_up, stats.bytes_down, stats.connections, stats.turns), (30_000, 30_000, 1, 5));
    assert!(stats.stalls > 0, "one segment in five is lost");
}

/// As TLS does, whose server hands out tickets while the request is on its way.
#[test]
fn what_a_client_goes_on_saying_after_an_interruption_is_no_turn() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let (mut stream, mut all) = (listener.accept().unwrap().0, vec![0; 6_000]);
        stream.read_exact(&mut all[..1]).unwrap();
        stream.write_all(b"?").unwrap();
        stream.read_exact(&mut all[1..]).unwrap();
        stream.write_all(b"!").unwrap();
        stream.read_exact(&mut all[..1]).unwrap();
        stream.write_all(b".").unwrap();
    });
    let rate = BitRate::kilobits_per_s(40);
    let link = link_to(&server, Profile::plain(rate, rate, 1_200));
    let (mut client, mut answers) = (TcpStream::connect(link.address()).unwrap(), [0; 2]);
    client.write_all(&[7; 6_000]).unwrap();
    client.read_exact(&mut answers).unwrap();
    assert_eq!((&answers, link.stats().turns), (b"?!", 1));
    client.write_all(b"x").unwrap();
    client.read_exact(&mut answers[..1]).unwrap();
    assert_eq!(link.stats().turns, 2);
}

#[test]
fn the_end_of_one_direction_leaves_the_other_open() {
    let (server, came) = echo();
    let link = link_to(&server, Profile::unlimited());
    let mut client = TcpStream::connect(link.address()).unwrap();
    client.write_all(b"selesai").unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    assert_eq!((answer, came.recv().unwrap()), (b"selesai".to_vec(), b"selesai".to_vec()));
}

#[test]
fn a_cut_comes_after_exactly_so_many_bytes_up() {
    let (server, came) = echo();
    let link = link_to(&server, Profile::unlimited());
    for cut_after in [0, 1, 99, 100] {
        let before = link.stats();
        link.cut_after_bytes(Direction::Up, cut_after);
        let mut client = TcpStream::connect(link.address()).unwrap();
        assert!(exchange(&mut client, &[7; 100]).is_err() || cut_after == 100);
        // Whatever had come back, the connection is broken now.
        assert!(exchange(&mut client, &[7; 100]).is_err());
        assert_eq!(came.recv().unwrap(), vec![7; usize::try_from(cut_after).unwrap()]);
        assert_eq!(link.stats().bytes_up - before.bytes_up, cut_after);
        assert_eq!(link.stats().cut - before.cut, 1);
    }
    let mut client = TcpStream::connect(link.address()).unwrap();
    assert_eq!(exchange(&mut client, b"lagi").unwrap(), b"lagi", "an order is carried out once");
}

#[test]
fn a_cut_comes_after_exactly_so_many_bytes_down() {
    let (server, _came) = echo();
    let link = link_to(&server, Profile::unlimited());
    link.cut_after_bytes(Direction::Down, 40);
    let mut client = TcpStream::connect(link.address()).unwrap();
    client.write_all(&[7; 100]).unwrap();
    let mut answer = Vec::new();
    assert!(client.read_to_end(&mut answer).is_err());
    assert_eq!(answer, [7; 40]);
}

#[test]
fn without_signal_connections_end_and_new_ones_are_refused_and_the_address_is_kept() {
    let (server, _came) = echo();
    let link = link_to(&server, Profile::unlimited());
    let address = link.address();
    for _ in 0..3 {
        let mut client = TcpStream::connect(address).unwrap();
        assert_eq!(exchange(&mut client, b"halo").unwrap(), b"halo");
        link.down();
        assert_eq!(link.signal(), Signal::Down);
        assert!(exchange(&mut client, b"halo").is_err());
        // Refused by the kernel, or let in and ended at once while the door was closing.
        assert!(TcpStream::connect(address).and_then(|mut client| exchange(&mut client, b"halo")).is_err());
        link.up();
        // The door opens in the background: until then connections are refused.
        while TcpStream::connect(address).and_then(|mut client| exchange(&mut client, b"halo")).is_err() {}
    }
}

#[test]
fn a_half_open_link_holds_bytes_and_lets_them_go_on() {
    let (server, _came) = echo();
    let link = link_to(&server, Profile::unlimited());
    let mut client = TcpStream::connect(link.address()).unwrap();
    assert_eq!(exchange(&mut client, b"satu").unwrap(), b"satu");
    link.half_open();
    client.write_all(b"dua").unwrap();
    assert_eq!(link.stats().bytes_up, 4);
    link.up();
    let mut answer = [0; 3];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"dua");
}

#[test]
fn a_portal_answers_in_place_of_the_server() {
    let (server, came) = echo();
    let link = link_to(&server, Profile::unlimited());
    link.portal();
    let mut client = TcpStream::connect(link.address()).unwrap();
    client.write_all(b"POST /v1/sync HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("text/html"), "{answer}");
    assert!(came.try_recv().is_err(), "the server saw nothing");
}

#[test]
fn the_schedule_of_the_place_rules_while_up_is_wanted() {
    let (server, _came) = echo();
    let never = Profile { signal: Schedule::once([]), ..Profile::unlimited() };
    let link = link_to(&server, never);
    assert_eq!(link.signal(), Signal::Down);
    link.up();
    assert_eq!(link.signal(), Signal::Down);
    link.set_profile(Profile::unlimited());
    assert_eq!(link.signal(), Signal::Up);
    link.set_profile(Profile { signal: Schedule::repeating(20, 40), ..Profile::unlimited() });
    // Signal comes and goes every 20 ms: both must be seen.
    for wanted in [Signal::Up, Signal::Down, Signal::Up] {
        while link.signal() != wanted {
            thread::yield_now();
        }
    }
}

#[test]
fn a_link_stops_also_within_a_runtime() {
    let (server, _came) = echo();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let link = link_to(&server, Profile::unlimited());
        let address = link.address();
        let mut client = TcpStream::connect(address).unwrap();
        assert_eq!(exchange(&mut client, b"halo").unwrap(), b"halo");
        link.stop();
        assert!(exchange(&mut client, b"halo").is_err());
    });
}

#[test]
fn a_server_that_is_not_there_is_a_connection_that_ends() {
    // Bound and not listening: nobody else can have the address meanwhile.
    let gone = tokio::net::TcpSocket::new_v4().unwrap();
    gone.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = gone.local_addr().unwrap().to_string();
    let link = link_to(&address, Profile::unlimited());
    let mut client = TcpStream::connect(link.address()).unwrap();
    assert!(exchange(&mut client, b"halo").is_err());
    assert_eq!((link.stats().connections, link.stats().refused), (0, 1));
}
