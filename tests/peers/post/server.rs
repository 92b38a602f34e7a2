//! The server: a report or a batch is committed in one transaction and then acknowledged; what changed since a cursor goes out as one answer.

use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path as Segment, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use flate2::Compression;
use flate2::write::{GzDecoder, GzEncoder};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::contract::{Failure, Report, id, locked_version, say_ready, wait_for_the_end_of_input};
use crate::store;

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS report (id TEXT PRIMARY KEY, sequence INTEGER NOT NULL UNIQUE, body TEXT NOT NULL) STRICT";
const BODY_BYTES_MAX: usize = 256 << 20;

type Database = Arc<Mutex<Connection>>;

pub(crate) fn serve(directory: &Path) -> Result<(), Failure> {
    let database = Arc::new(Mutex::new(store::open(Some(&directory.join("server.db")), SCHEMA)?));
    let lock = include_str!("../../../Cargo.lock");
    let versions = json!({
        "axum": locked_version(lock, "axum"), "reqwest": locked_version(lock, "reqwest"),
        "flate2": locked_version(lock, "flate2"), "sqlite": rusqlite::version(),
    });
    let router = Router::new()
        .route("/reports", post(accept_one))
        .route("/reports/batch", post(accept_batch))
        .route("/reports/since/{cursor}", get(since))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(database);
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        say_ready(listener.local_addr()?.port(), &versions)?;
        tokio::select! {
            served = axum::serve(listener, router) => Ok(served?),
            ended = tokio::task::spawn_blocking(wait_for_the_end_of_input) => Ok(ended?),
        }
    })
}

async fn accept_one(State(database): State<Database>, body: Bytes) -> Response {
    on_a_thread(move || {
        let acknowledgement = accept(&database, &[serde_json::from_slice(&body)?])?;
        Ok((StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], acknowledgement.to_string()).into_response())
    })
    .await
}

async fn accept_batch(State(database): State<Database>, body: Bytes) -> Response {
    on_a_thread(move || {
        let mut plain = GzDecoder::new(Vec::new());
        plain.write_all(&body)?;
        let reports: Vec<Report> = serde_json::from_slice(&plain.finish()?)?;
        let acknowledgement = accept(&database, &reports)?;
        Ok((StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], acknowledgement.to_string()).into_response())
    })
    .await
}

async fn since(State(database): State<Database>, Segment(cursor): Segment<i64>, headers: HeaderMap) -> Response {
    on_a_thread(move || {
        let page = page(&database, cursor)?;
        let wanted = headers.get(header::ACCEPT_ENCODING).is_some_and(|value| value.as_bytes() == b"gzip");
        let json: (HeaderName, &str) = (header::CONTENT_TYPE, "application/json");
        if !wanted {
            return Ok(([json], page).into_response());
        }
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(page.as_bytes())?;
        Ok(([json, (header::CONTENT_ENCODING, "gzip")], packed.finish()?).into_response())
    })
    .await
}

/// SQLite and gzip block; an error of either is a 500 with its text.
async fn on_a_thread(work: impl FnOnce() -> Result<Response, Failure> + Send + 'static) -> Response {
    let done = tokio::task::spawn_blocking(work).await.map_err(Failure::from).flatten();
    done.unwrap_or_else(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response())
}

/// Commits all of them or none, and then says which sequence numbers they have.
fn accept(database: &Database, reports: &[Report]) -> Result<Value, Failure> {
    let mut connection = database.lock().unwrap_or_else(PoisonError::into_inner);
    let transaction = connection.transaction()?;
    let newest: i64 = transaction.query_row("SELECT COALESCE(MAX(sequence), 0) FROM report", [], |row| row.get(0))?;
    let mut last = newest;
    for report in reports {
        last += 1;
        transaction
            .prepare_cached(
                "INSERT INTO report (id, sequence, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, body = excluded.body",
            )?
            .execute(params![id(report)?, last, serde_json::to_string(report)?])?;
    }
    transaction.commit()?;
    Ok(json!({ "after": newest, "last": last }))
}

/// All that changed after the cursor, oldest change first: `{"cursor":…,"reports":[…]}`.
fn page(database: &Database, cursor: i64) -> Result<String, Failure> {
    let connection = database.lock().unwrap_or_else(PoisonError::into_inner);
    let mut statement = connection.prepare_cached("SELECT sequence, body FROM report WHERE sequence > ?1 ORDER BY sequence")?;
    let mut rows = statement.query([cursor])?;
    let (mut newest, mut bodies) = (cursor, Vec::<String>::new());
    while let Some(row) = rows.next()? {
        newest = row.get(0)?;
        bodies.push(row.get(1)?);
    }
    Ok(format!("{{\"cursor\":{newest},\"reports\":[{}]}}", bodies.join(",")))
}
