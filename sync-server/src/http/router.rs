//! Which address does what, and how much at once.

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use super::{health, sync};
use crate::metrics::Metrics;
use crate::{Server, limits};

/// What every request sees.
#[derive(Debug)]
pub(super) struct App {
    pub(super) server: Arc<Server>,
    /// Requests whose bodies are in memory.
    pub(super) requests: Arc<Semaphore>,
    /// Requests that are worked on.
    pub(super) workers: Arc<Semaphore>,
    pub(super) readiness: health::Readiness,
    pub(super) metrics: Metrics,
}

impl App {
    pub(super) fn new(server: Arc<Server>) -> Arc<Self> {
        Arc::new(Self {
            server,
            requests: Arc::new(Semaphore::new(limits::REQUESTS_MAX)),
            workers: Arc::new(Semaphore::new(limits::WORKERS_MAX)),
            readiness: health::Readiness::default(),
            metrics: Metrics::default(),
        })
    }
}

pub(super) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/sync", post(sync::sync))
        .route("/v1/enrol", post(sync::enrol))
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(health::readyz))
        .fallback(async || (StatusCode::NOT_FOUND, "not-found"))
        .with_state(app)
}

/// Come again later. The time is spread, so that those who were turned away together do not come back together.
pub(super) fn later(code: &'static str) -> Response {
    let spread = crate::host::random::<1>().map_or(0, |[byte]| byte % 30);
    let seconds = (5 + spread).to_string();
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, seconds)], code).into_response()
}
