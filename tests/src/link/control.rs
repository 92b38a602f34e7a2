//! Control over HTTP: what a tester does to the link while the programs run.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::http::header::{ORIGIN, USER_AGENT};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::sim::{Direction, Profile};

use super::line::Signal;
use super::proxies::{FIRST_LINK, Proxies};
use super::proxy::Proxy;
use super::stats::Stats;
use super::toxiproxy;

/// The control interface, orders of our own and Toxiproxy's side by side. It has no password: keep it on loopback.
pub fn control(proxies: Proxies) -> Router {
    Router::new()
        .route("/link", get(link))
        .route("/stats", get(stats))
        .route("/up", post(async |first: First| first.then(Proxy::up)))
        .route("/down", post(async |first: First| first.then(Proxy::down)))
        .route("/half-open", post(async |first: First| first.then(Proxy::half_open)))
        .route("/portal", post(async |first: First| first.then(Proxy::portal)))
        .route("/cut", post(async |first: First| first.then(Proxy::cut_now)))
        .route("/cut-after", post(cut_after))
        .route("/profile", get(profile).post(set_own_profile))
        .route("/profile/{name}", post(set_named_profile))
        .route("/profiles", get(async || Json(Profile::all())))
        .merge(toxiproxy::routes())
        .with_state(proxies)
        .layer(middleware::from_fn(refuse_browsers))
}

/// A page in a browser on the same machine must not steer a test, or reach a server through it.
pub(super) async fn refuse_browsers(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    if agent.starts_with("Mozilla/") || headers.contains_key(ORIGIN) {
        return Refusal::Browser.into_response();
    }
    next.run(request).await
}

/// Why an order was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Refusal {
    Browser,
    NoLink,
    NoSuchProfile,
    Body(String),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, id, en) = match self {
            Self::Browser => (
                StatusCode::FORBIDDEN,
                "LINK_BROWSER",
                "Peramban tidak boleh mengendalikan tautan. Pakai curl atau sebuah program.",
                "A browser may not control the link. Use curl or a program.",
            ),
            Self::NoLink => (
                StatusCode::NOT_FOUND,
                "LINK_NONE",
                "Tidak ada tautan. Mulai program dengan --listen dan --upstream.",
                "There is no link. Start the program with --listen and --upstream.",
            ),
            Self::NoSuchProfile => (
                StatusCode::NOT_FOUND,
                "LINK_PROFILE_UNKNOWN",
                "Profil ini tidak dikenal. GET /profiles menyebut semuanya.",
                "No profile has this name. GET /profiles lists them all.",
            ),
            Self::Body(_) => (
                StatusCode::BAD_REQUEST,
                "LINK_BODY",
                "Isi permintaan bukan JSON yang dikenal; lihat \"cause\".",
                "The body is not a JSON that is known here; see \"cause\".",
            ),
        };
        let cause = if let Self::Body(cause) = self { cause } else { String::new() };
        (status, Json(json!({ "code": code, "id": id, "en": en, "cause": cause }))).into_response()
    }
}

/// The link of the command line.
struct First(Arc<Proxy>);

impl First {
    fn then(&self, order: impl FnOnce(&Proxy)) -> Json<Standing> {
        order(&self.0);
        Json(Standing::of(&self.0))
    }
}

impl axum::extract::FromRequestParts<Proxies> for First {
    type Rejection = Response;

    async fn from_request_parts(_: &mut axum::http::request::Parts, proxies: &Proxies) -> Result<Self, Response> {
        proxies.get(FIRST_LINK).map(Self).ok_or_else(|| Refusal::NoLink.into_response())
    }
}

/// How a link stands.
#[derive(Debug, Serialize)]
struct Standing {
    listen: String,
    upstream: String,
    signal: Signal,
    profile: Profile,
    stats: Stats,
}

impl Standing {
    fn of(proxy: &Proxy) -> Self {
        Self {
            listen: proxy.address().to_string(),
            upstream: proxy.upstream(),
            signal: proxy.signal(),
            profile: proxy.profile(),
            stats: proxy.stats(),
        }
    }
}

async fn link(First(proxy): First) -> Json<Standing> {
    Json(Standing::of(&proxy))
}

async fn stats(First(proxy): First) -> Json<Stats> {
    Json(proxy.stats())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CutAfter {
    direction: Direction,
    bytes: u64,
}

/// A body is read whatever its content type says, so that a plain `curl -d` works.
fn read<T: for<'a> Deserialize<'a>>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::Body(error.to_string()))
}

async fn cut_after(first: First, body: Bytes) -> Result<Json<Standing>, Refusal> {
    let order: CutAfter = read(&body)?;
    Ok(first.then(|proxy| proxy.cut_after_bytes(order.direction, order.bytes)))
}

async fn profile(First(proxy): First) -> Json<Profile> {
    Json(proxy.profile())
}

async fn set_own_profile(first: First, body: Bytes) -> Result<Json<Standing>, Refusal> {
    let profile: Profile = read(&body)?;
    Ok(first.then(|proxy| proxy.set_profile(profile)))
}

async fn set_named_profile(first: First, Path(name): Path<String>) -> Result<Json<Standing>, Refusal> {
    let profile = Profile::named(&name).ok_or(Refusal::NoSuchProfile)?;
    Ok(first.then(|proxy| proxy.set_profile(profile)))
}
