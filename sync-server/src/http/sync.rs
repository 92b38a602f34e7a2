//! `POST /v1/sync` and `POST /v1/enrol`: read the body, work on a thread of its own, answer.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::body::{self, BodyError};
use super::router::{App, later};
use crate::{Rejection, ServerError, host, limits};

pub(super) async fn sync(State(app): State<Arc<App>>, body: Body) -> Response {
    answer(app, body, |app, request| {
        let started = Instant::now();
        let (reply, summary) = app.server.exchange_observed(request, host::now());
        let took = started.elapsed();
        app.metrics.exchange(&summary, took);
        summary.log(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        reply
    })
    .await
}

pub(super) async fn enrol(State(app): State<Arc<App>>, body: Body) -> Response {
    answer(app, body, |app, request| app.server.enrol(request, host::now(), host::random()?)).await
}

async fn answer(app: Arc<App>, body: Body, work: fn(&App, &[u8]) -> Result<Vec<u8>, Rejection>) -> Response {
    let Ok(_in_memory) = app.requests.clone().try_acquire_owned() else { return busy(&app) };
    let request = match body::read(body, sync_core::limits::REQUEST_BYTES_MAX).await {
        Ok(request) => request,
        Err(BodyError::TooLarge) => return rejected(&Rejection::TooLarge),
        Err(BodyError::TooSlow) => return (StatusCode::REQUEST_TIMEOUT, "too-slow").into_response(),
        Err(BodyError::Cut) => return (StatusCode::BAD_REQUEST, "cut").into_response(),
    };
    let Ok(Ok(working)) = timeout(limits::QUEUE_TIMEOUT, app.workers.clone().acquire_owned()).await else { return busy(&app) };
    let done = tokio::task::spawn_blocking(move || {
        let answered = work(&app, &request);
        drop(working);
        answered
    });
    match done.await {
        Ok(Ok(reply)) => ([(header::CONTENT_TYPE, "application/octet-stream")], reply).into_response(),
        Ok(Err(rejection)) => rejected(&rejection),
        // The panic ended the transaction; what was committed before it is whole.
        Err(_) => rejected(&Rejection::Unavailable(ServerError::Internal("panic".to_owned()))),
    }
}

fn busy(app: &App) -> Response {
    app.metrics.turn_away();
    later("busy")
}

fn rejected(rejection: &Rejection) -> Response {
    let status = match rejection {
        Rejection::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Rejection::NotAMessage | Rejection::UnknownVersion => StatusCode::BAD_REQUEST,
        Rejection::UnknownDevice | Rejection::WrongSignature | Rejection::ByFile => StatusCode::FORBIDDEN,
        Rejection::Unavailable(error) => {
            tracing::error!(code = error.code(), error = %error, "unavailable");
            return later(rejection.code());
        }
    };
    (status, rejection.code()).into_response()
}
