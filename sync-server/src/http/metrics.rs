//! `/metrics`, on an address of its own: for this machine only, never on the one that devices use.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;

use super::router::App;
use crate::{ServerError, host};

/// Where figures are given out.
#[derive(Debug)]
pub(super) struct Door {
    listener: TcpListener,
    pub(super) address: SocketAddr,
}

impl Door {
    pub(super) fn open(at: &str) -> Result<Self, ServerError> {
        let listener = TcpListener::bind(at).map_err(|error| ServerError::Listen(format!("{at}: {error}")))?;
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(ServerError::MetricsAddress(at.to_owned()));
        }
        listener.set_nonblocking(true)?;
        Ok(Self { listener, address })
    }

    /// Answers until the runtime ends.
    pub(super) fn serve(self, app: Arc<App>) -> Result<(), ServerError> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let router = Router::new().route("/metrics", get(move || scrape(Arc::clone(&app))));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(())
    }
}

async fn scrape(app: Arc<App>) -> Response {
    let told = tokio::task::spawn_blocking(move || app.metrics.scrape(&app.server, host::now())).await;
    match told {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Ok(Err(error)) => {
            tracing::error!(code = error.code(), error = %error, "no metrics");
            (StatusCode::SERVICE_UNAVAILABLE, error.code()).into_response()
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "panic").into_response(),
    }
}
