//! Reading a body: never more than its limit, never slower than the slowest useful link.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use tokio::time::{Instant, timeout_at};

use crate::limits;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    TooLarge,
    TooSlow,
    /// The link broke.
    Cut,
}

pub(super) async fn read(mut body: Body, most: usize) -> Result<Vec<u8>, BodyError> {
    if body.size_hint().lower() > most as u64 {
        return Err(BodyError::TooLarge);
    }
    let started = Instant::now();
    let mut bytes = Vec::new();
    loop {
        let earned = Duration::from_secs(bytes.len() as u64 / limits::BODY_BYTES_PER_SECOND_MIN);
        let deadline = started + limits::BODY_GRACE + earned;
        let frame = timeout_at(deadline, poll_fn(|context| Pin::new(&mut body).poll_frame(context)));
        match frame.await {
            Err(_) => return Err(BodyError::TooSlow),
            Ok(None) => return Ok(bytes),
            Ok(Some(Err(_))) => return Err(BodyError::Cut),
            Ok(Some(Ok(frame))) => {
                let data = frame.into_data().unwrap_or_default();
                if bytes.len() + data.len() > most {
                    return Err(BodyError::TooLarge);
                }
                bytes.extend_from_slice(&data);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
    }

    #[test]
    fn a_body_is_read_up_to_its_limit() {
        runtime().block_on(async {
            assert_eq!(read(Body::from("12345"), 5).await, Ok(b"12345".to_vec()));
            assert_eq!(read(Body::from("123456"), 5).await, Err(BodyError::TooLarge));
        });
    }
}
