//! `/readyz`: the database answers and can be written to, and the journal is there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use tokio::sync::Mutex;

use super::router::{App, later};

/// How long an answer is good for: anybody may ask, and each look takes the write lock.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// The last answer. Who asks meanwhile waits for it.
#[derive(Debug, Default)]
pub(super) struct Readiness(Mutex<Option<(Instant, bool)>>);

pub(super) async fn readyz(State(app): State<Arc<App>>) -> Response {
    let mut last = app.readiness.0.lock().await;
    let ready = match *last {
        Some((at, ready)) if at.elapsed() < GOOD_FOR => ready,
        Some(_) | None => {
            let server = Arc::clone(&app.server);
            let looked = tokio::task::spawn_blocking(move || server.ready().and_then(|()| server.journal_is_there())).await;
            let ready = matches!(looked, Ok(Ok(())));
            if let Ok(Err(error)) = looked {
                tracing::error!(code = error.code(), error = %error, "not ready");
            }
            *last = Some((Instant::now(), ready));
            ready
        }
    };
    if ready { "ready".into_response() } else { later("not-ready") }
}
