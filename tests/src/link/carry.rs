//! One connection: two flows, each a reader and a writer that only ever wait for a byte or for a moment.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use sync_core::sim::Direction;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::flow::{Flow, Then};
use super::http_requests::HttpRequests;
use super::line::{Admitted, Line, Notice, Signal};

/// How many pieces may be on their way in one direction of one connection; then the sender has to wait, as it would
/// for a full window. At 20 ms a piece this is the content of a pipe of 20 s.
const PIECES_ON_THE_WAY_MAX: usize = 1_024;

struct Piece {
    arrives_at: Instant,
    content: Content,
}

/// A timer of tokio fires at the next full millisecond, half of one late on average; on a near link that shows.
const TIMER_LATENESS: Duration = Duration::from_micros(500);

/// What arrives. The end of a stream travels as its bytes do, so that it never overtakes them.
enum Content {
    Bytes(Vec<u8>),
    End,
    /// The link closes the connection.
    Close,
    Broken(io::Error),
}

/// Carries a connection that was accepted until both sides are done or the line is cut.
pub(super) async fn carry(line: &Line, mut client: TcpStream) {
    let accepted_at = Instant::now();
    let mut notices = line.notices();
    let cuts = notices.borrow_and_update().cuts;
    let connected = tokio::select! {
        connected = TcpStream::connect(line.upstream()) => connected,
        () = next_cut(&mut notices, cuts) => Err(io::ErrorKind::ConnectionAborted.into()),
    };
    let Ok(mut server) = connected else {
        line.count(|stats| stats.refused += 1);
        reset(client);
        return;
    };
    line.count(|stats| stats.connections += 1);
    // Each piece is a moment of its own: waiting for more would add delay that no profile asked for. A socket that
    // refuses the option is slower, not wrong.
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let ended = tokio::select! {
        ended = both_ways(line, accepted_at, &mut client, &mut server) => ended,
        () = next_cut(&mut notices, cuts) => {
            line.count(|stats| stats.cut += 1);
            Err(Ended::Broken)
        }
    };
    match ended {
        Err(Ended::Broken) => {
            reset(client);
            reset(server);
        }
        Ok(()) | Err(Ended::Closed) => {}
    }
}

/// Why a connection ends before both sides have finished.
#[derive(Debug)]
enum Ended {
    /// Both sides see it broken.
    Broken,
    /// Both sides see it finished.
    Closed,
}

impl From<io::Error> for Ended {
    fn from(_: io::Error) -> Self {
        Self::Broken
    }
}

async fn next_cut(notices: &mut watch::Receiver<Notice>, cuts: u64) {
    // The sender lives as long as the line, and this task no longer than that.
    drop(notices.wait_for(|notice| notice.cuts != cuts).await);
}

/// Ends a connection so that the other side sees it broken, not finished.
fn reset(stream: TcpStream) {
    // Without the option the other side sees an orderly end, which is the lesser evil.
    drop(stream.set_zero_linger());
    drop(stream);
}

async fn both_ways(line: &Line, accepted_at: Instant, client: &mut TcpStream, server: &mut TcpStream) -> Result<(), Ended> {
    let (client_read, client_write) = client.split();
    let (server_read, server_write) = server.split();
    let client_spoke_last = AtomicBool::new(false);
    // Microseconds after the connection was accepted; nothing has been said yet.
    let server_spoke_us = AtomicU64::new(u64::MAX);
    // Half the way to the client: what comes from there sooner is no answer but the rest of what it was saying. A server speaks before it has
    // heard all where it hands out tickets of TLS.
    let unheard_us = u64::from(line.profile().round_trip_ms) * 1_000 / 4;
    let us = move || u64::try_from(accepted_at.elapsed().as_micros()).unwrap_or(u64::MAX);
    let mut requests = HttpRequests::default();
    let watch_up = |bytes: &[u8]| {
        let found = requests.count(bytes);
        let spoke_us = server_spoke_us.load(Ordering::Relaxed);
        let heard = spoke_us == u64::MAX || us().saturating_sub(spoke_us) >= unheard_us;
        let turn = !client_spoke_last.swap(true, Ordering::Relaxed) && heard;
        line.count(|stats| {
            stats.http_requests += found;
            stats.turns += u64::from(turn);
        });
    };
    let watch_down = |_: &[u8]| {
        client_spoke_last.store(false, Ordering::Relaxed);
        server_spoke_us.store(us(), Ordering::Relaxed);
    };
    let now = Instant::now();
    tokio::try_join!(
        one_way((line, Direction::Up), accepted_at + line.connect_cost(), client_read, server_write, watch_up),
        one_way((line, Direction::Down), now, server_read, client_write, watch_down)
    )
    .map(|_| ())
}

async fn one_way(
    (line, direction): (&Line, Direction),
    opens_at: Instant,
    from: ReadHalf<'_>,
    to: WriteHalf<'_>,
    watch: impl FnMut(&[u8]),
) -> Result<(), Ended> {
    let (put, take) = mpsc::channel(PIECES_ON_THE_WAY_MAX);
    tokio::try_join!(take_in((line, direction), opens_at, from, put, watch), hand_over(line, direction, to, take)).map(|_| ())
}

/// Reads as fast as the line takes bytes up and notes for each piece when it arrives.
async fn take_in(
    (line, direction): (&Line, Direction),
    opens_at: Instant,
    mut from: ReadHalf<'_>,
    put: mpsc::Sender<Piece>,
    mut watch: impl FnMut(&[u8]),
) -> Result<(), Ended> {
    let mut flow = Flow::begin(line, direction);
    let mut notices = line.notices();
    loop {
        notices.mark_unchanged();
        let before = flow.before();
        let mut bytes = vec![0; before.piece_bytes];
        // In this order, so that what a tester has ordered holds for a byte that comes after the order.
        let read = tokio::select! {
            biased;
            Ok(()) = notices.changed() => continue,
            () = at(before.close_at) => return Err(Ended::Closed),
            read = from.read(&mut bytes), if !before.held => read,
        };
        sleep_until(opens_at).await;
        let timing = flow.pass(*read.as_ref().unwrap_or(&0));
        let content = match read {
            Ok(0) => Content::End,
            Ok(read) => {
                bytes.truncate(read);
                watch(&bytes);
                Content::Bytes(bytes)
            }
            Err(error) => Content::Broken(error),
        };
        let last = !matches!(content, Content::Bytes(_));
        let arrives_at = timing.arrives_at;
        let sent = match (timing.then, content) {
            (Then::ResetAt(moment), _) => {
                sleep_until(moment).await;
                return Err(Ended::Broken);
            }
            (Then::Vanish, Content::Bytes(_)) => Ok(()),
            (Then::CloseAfter(arriving), Content::Bytes(mut bytes)) => {
                bytes.truncate(arriving);
                let piece = Piece { arrives_at, content: Content::Bytes(bytes) };
                // An error means that the writer has ended, and the connection with it.
                return if put.send(piece).await.is_ok() && put.send(Piece { arrives_at, content: Content::Close }).await.is_ok() {
                    Ok(())
                } else {
                    Err(Ended::Broken)
                };
            }
            (Then::Arrive | Then::Vanish | Then::CloseAfter(_), content) => put.send(Piece { arrives_at, content }).await,
        };
        if sent.is_err() || last {
            return Ok(());
        }
        sleep_until(timing.read_again_at).await;
    }
}

pub(super) async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Hands each piece over at its moment.
async fn hand_over(line: &Line, direction: Direction, mut to: WriteHalf<'_>, mut take: mpsc::Receiver<Piece>) -> Result<(), Ended> {
    while let Some(Piece { arrives_at, content }) = take.recv().await {
        sleep_until(arrives_at.checked_sub(TIMER_LATENESS).unwrap_or(arrives_at)).await;
        while_half_open(line).await;
        let mut bytes = match content {
            Content::Bytes(bytes) => bytes,
            Content::End => return Ok(to.shutdown().await?),
            Content::Close => return Err(Ended::Closed),
            Content::Broken(error) => return Err(error.into()),
        };
        let admitted = line.admit(direction, bytes.len());
        if let Admitted::CutAfter(arriving) = admitted {
            bytes.truncate(arriving);
        }
        to.write_all(&bytes).await?;
        if admitted != Admitted::All {
            line.cut_now();
            // The cut ends this task.
            std::future::pending::<()>().await;
        }
    }
    Ok(())
}

async fn while_half_open(line: &Line) {
    if line.notice().signal == Signal::HalfOpen {
        // An error means that the line is gone, and then this task is too.
        drop(line.notices().wait_for(|notice| notice.signal != Signal::HalfOpen).await);
    }
}
