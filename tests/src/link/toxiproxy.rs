//! Toxiproxy's HTTP interface, so that its clients work unchanged. Paths, fields, status codes and messages follow its
//! documentation (version 2); what is missing is its Prometheus page.

use std::io;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sync_core::sim::Profile;

use super::proxies::Proxies;
use super::proxy::Proxy;
use super::toxic::{Toxic, Unfit};

/// The version of the interface that is spoken here: clients look at its first number.
const VERSION: &str = "2.12.0";
/// Seed of proxies that are made over this interface, which has no word for it.
const SEED: u64 = 1;

pub(super) fn routes() -> Router<Proxies> {
    Router::new()
        .route("/version", get(version))
        .route("/reset", post(reset))
        .route("/populate", post(populate))
        .route("/proxies", get(proxies).post(create))
        .route("/proxies/{proxy}", get(show).post(update).patch(update).delete(remove))
        .route("/proxies/{proxy}/toxics", get(toxics).post(add_toxic))
        .route("/proxies/{proxy}/toxics/{toxic}", get(toxic).post(update_toxic).patch(update_toxic).delete(remove_toxic))
}

/// Why a request was refused, in Toxiproxy's words: its clients compare them.
#[derive(Debug)]
enum Refusal {
    BadBody(String),
    MissingField(String),
    NoProxy,
    ProxyExists,
    BadStream,
    BadType,
    ToxicExists,
    NoToxic,
    Listen(io::Error),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::BadBody(what) => (StatusCode::BAD_REQUEST, format!("bad request body: {what}")),
            Self::MissingField(field) => (StatusCode::BAD_REQUEST, format!("missing required field: {field}")),
            Self::NoProxy => (StatusCode::NOT_FOUND, "proxy not found".to_owned()),
            Self::ProxyExists => (StatusCode::CONFLICT, "proxy already exists".to_owned()),
            Self::BadStream => (StatusCode::BAD_REQUEST, "stream was invalid, can be either upstream or downstream".to_owned()),
            Self::BadType => (StatusCode::BAD_REQUEST, "invalid toxic type".to_owned()),
            Self::ToxicExists => (StatusCode::CONFLICT, "toxic already exists".to_owned()),
            Self::NoToxic => (StatusCode::NOT_FOUND, "toxic not found".to_owned()),
            Self::Listen(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("listen: {error}")),
        };
        answer(status, &json!({ "error": error, "status": status.as_u16() }))
    }
}

impl From<Unfit> for Refusal {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Body(what) => Self::BadBody(what),
            Unfit::Stream => Self::BadStream,
            Unfit::Type => Self::BadType,
        }
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn ok(body: &Value) -> Response {
    answer(StatusCode::OK, body)
}

#[derive(Debug, Deserialize)]
struct Written {
    #[serde(default)]
    name: String,
    #[serde(default)]
    listen: String,
    #[serde(default)]
    upstream: String,
    enabled: Option<bool>,
}

/// Bodies are read whatever their content type says: Toxiproxy does, and some clients send none.
fn read<T: for<'a> Deserialize<'a>>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::BadBody(error.to_string()))
}

fn written(name: &str, proxy: &Proxy) -> Value {
    json!({
        "name": name,
        "listen": proxy.address().to_string(),
        "upstream": proxy.upstream(),
        "enabled": proxy.is_enabled(),
        "toxics": written_toxics(proxy),
    })
}

fn written_toxics(proxy: &Proxy) -> Vec<Value> {
    proxy.toxics().iter().map(Toxic::written).collect()
}

async fn version() -> Response {
    ok(&json!({ "version": VERSION }))
}

async fn reset(State(all): State<Proxies>) -> StatusCode {
    for (_, proxy) in all.list() {
        proxy.up();
        proxy.set_toxics(Vec::new());
    }
    StatusCode::NO_CONTENT
}

async fn proxies(State(all): State<Proxies>) -> Response {
    let list: Map<String, Value> = all.list().into_iter().map(|(name, proxy)| (name.clone(), written(&name, &proxy))).collect();
    ok(&Value::Object(list))
}

async fn create(State(all): State<Proxies>, body: Bytes) -> Result<Response, Refusal> {
    let wanted: Written = read(&body)?;
    let missing = [("name", &wanted.name), ("upstream", &wanted.upstream)].into_iter().find(|(_, value)| value.is_empty());
    if let Some((field, _)) = missing {
        return Err(Refusal::MissingField(field.to_owned()));
    }
    if all.get(&wanted.name).is_some() {
        return Err(Refusal::ProxyExists);
    }
    Ok(answer(StatusCode::CREATED, &make(&all, &wanted).await?))
}

async fn make(all: &Proxies, wanted: &Written) -> Result<Value, Refusal> {
    let proxy = Proxy::start(&wanted.listen, &wanted.upstream, Profile::unlimited(), SEED).await.map_err(Refusal::Listen)?;
    if wanted.enabled == Some(false) {
        proxy.down();
    }
    let made = written(&wanted.name, &proxy);
    all.put(&wanted.name, proxy);
    Ok(made)
}

async fn populate(State(all): State<Proxies>, body: Bytes) -> Response {
    let wanted: Vec<Written> = match read(&body) {
        Ok(wanted) => wanted,
        Err(refusal) => return refusal.into_response(),
    };
    for (number, each) in (1..).zip(&wanted) {
        for (field, value) in [("name", &each.name), ("upstream", &each.upstream)] {
            if value.is_empty() {
                return Refusal::MissingField(format!("{field} at proxy {number}")).into_response();
            }
        }
    }
    let mut made = Vec::new();
    for each in &wanted {
        match make_or_keep(&all, each).await {
            Ok(proxy) => made.push(proxy),
            Err(refusal) => return refusal.into_response(),
        }
    }
    answer(StatusCode::CREATED, &json!({ "proxies": made }))
}

async fn make_or_keep(all: &Proxies, wanted: &Written) -> Result<Value, Refusal> {
    if let Some(proxy) = all.get(&wanted.name) {
        if proxy.upstream() == wanted.upstream && proxy.listens_on(&wanted.listen).await {
            return Ok(written(&wanted.name, &proxy));
        }
        proxy.stop().await;
    }
    make(all, wanted).await
}

fn find(all: &Proxies, name: &str) -> Result<std::sync::Arc<Proxy>, Refusal> {
    all.get(name).ok_or(Refusal::NoProxy)
}

async fn show(State(all): State<Proxies>, Path(name): Path<String>) -> Result<Response, Refusal> {
    Ok(ok(&written(&name, find(&all, &name)?.as_ref())))
}

async fn update(State(all): State<Proxies>, Path(name): Path<String>, body: Bytes) -> Result<Response, Refusal> {
    let mut proxy = find(&all, &name)?;
    let wanted: Written = read(&body)?;
    if !wanted.upstream.is_empty() && wanted.upstream != proxy.upstream() {
        proxy.set_upstream(wanted.upstream);
        proxy.cut_now();
    }
    if !wanted.listen.is_empty() && !proxy.listens_on(&wanted.listen).await {
        let moved = proxy.moved(&wanted.listen).await.map_err(Refusal::Listen)?;
        proxy.stop().await;
        all.put(&name, moved);
        proxy = find(&all, &name)?;
    }
    match wanted.enabled {
        Some(true) if !proxy.is_enabled() => proxy.up(),
        Some(false) => proxy.down(),
        Some(true) | None => {}
    }
    Ok(ok(&written(&name, &proxy)))
}

async fn remove(State(all): State<Proxies>, Path(name): Path<String>) -> Result<StatusCode, Refusal> {
    let proxy = all.take(&name).ok_or(Refusal::NoProxy)?;
    proxy.stop().await;
    Ok(StatusCode::NO_CONTENT)
}

async fn toxics(State(all): State<Proxies>, Path(name): Path<String>) -> Result<Response, Refusal> {
    Ok(ok(&written_toxics(find(&all, &name)?.as_ref()).into()))
}

async fn add_toxic(State(all): State<Proxies>, Path(name): Path<String>, body: Bytes) -> Result<Response, Refusal> {
    let proxy = find(&all, &name)?;
    let toxic = Toxic::read(&body)?;
    let mut toxics = proxy.toxics();
    if toxics.iter().any(|other| other.name == toxic.name) {
        return Err(Refusal::ToxicExists);
    }
    let made = toxic.written();
    toxics.push(toxic);
    proxy.set_toxics(toxics);
    Ok(ok(&made))
}

async fn toxic(State(all): State<Proxies>, Path((name, toxic)): Path<(String, String)>) -> Result<Response, Refusal> {
    let toxics = find(&all, &name)?.toxics();
    let found = toxics.iter().find(|other| other.name == toxic).ok_or(Refusal::NoToxic)?;
    Ok(ok(&found.written()))
}

async fn update_toxic(State(all): State<Proxies>, Path((name, toxic)): Path<(String, String)>, body: Bytes) -> Result<Response, Refusal> {
    let proxy = find(&all, &name)?;
    let mut toxics = proxy.toxics();
    let found = toxics.iter_mut().find(|other| other.name == toxic).ok_or(Refusal::NoToxic)?;
    found.update(&body)?;
    let updated = found.written();
    proxy.set_toxics(toxics);
    Ok(ok(&updated))
}

async fn remove_toxic(State(all): State<Proxies>, Path((name, toxic)): Path<(String, String)>) -> Result<StatusCode, Refusal> {
    let proxy = find(&all, &name)?;
    let mut toxics = proxy.toxics();
    let before = toxics.len();
    toxics.retain(|other| other.name != toxic);
    if toxics.len() == before {
        return Err(Refusal::NoToxic);
    }
    proxy.set_toxics(toxics);
    Ok(StatusCode::NO_CONTENT)
}
