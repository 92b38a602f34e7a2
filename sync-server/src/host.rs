//! The only place that reads a clock or draws random numbers: for the command line and the HTTP shell. The library takes both as arguments.

use std::time::{SystemTime, UNIX_EPOCH};

use sync_core::Timestamp;

use crate::ServerError;

/// The system's clock.
pub(crate) fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_ms(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}

/// Numbers that nobody can guess.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], ServerError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| ServerError::Internal(error.to_string()))?;
    Ok(bytes)
}
