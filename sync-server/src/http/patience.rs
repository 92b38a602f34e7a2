//! Connections of clients that do not read: a reply that makes no progress for too long ends its connection, and its memory is free again.

use std::future::{Future as _, Ready, ready};
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::limits;

/// Accepts connections with a [`Patient`] stream. Small writes leave at once: on a thin link the tail of a reply must not wait for a round trip.
#[derive(Debug, Clone, Copy)]
pub(super) struct Acceptor;

impl<S> Accept<TcpStream, S> for Acceptor {
    type Stream = Patient<TcpStream>;
    type Service = S;
    type Future = Ready<Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(stream.set_nodelay(true).map(|()| (Patient::new(stream, limits::WRITE_TIMEOUT), service)))
    }
}

/// A stream whose writes fail when nothing moves for `most`.
#[derive(Debug)]
pub(super) struct Patient<T> {
    inner: T,
    most: Duration,
    /// Runs while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<T> Patient<T> {
    fn new(inner: T, most: Duration) -> Self {
        Self { inner, most, waiting: None }
    }

    /// What a write came to; a failure when it has waited too long.
    fn within<R>(&mut self, polled: Poll<Result<R>>, context: &mut Context<'_>) -> Poll<Result<R>> {
        if polled.is_ready() {
            self.waiting = None;
            return polled;
        }
        let most = self.most;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(most)));
        waiting.as_mut().poll(context).map(|()| Err(Error::from(ErrorKind::TimedOut)))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Patient<T> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Patient<T> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_write(context, bytes);
        this.within(polled, context)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_write_vectored(context, slices);
        this.within(polled, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_flush(context);
        this.within(polled, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_shutdown(context);
        this.within(polled, context)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[test]
    fn a_client_that_reads_gets_all_and_one_that_does_not_is_left() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (near, mut far) = duplex(4);
            let mut stream = Patient::new(near, Duration::from_millis(20));
            let mut read = [0; 8];
            let (written, got) = tokio::join!(stream.write_all(b"12345678"), far.read_exact(&mut read));
            assert!(written.is_ok() && got.is_ok());
            assert_eq!(&read, b"12345678");
            let left = stream.write_all(b"12345678").await.unwrap_err();
            assert_eq!(left.kind(), ErrorKind::TimedOut);
        });
    }
}
