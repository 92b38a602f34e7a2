//! The server: a repository over files that accepts WebSockets.

use std::path::Path;

use axum::Router;
use axum::extract::WebSocketUpgrade;
use axum::response::IntoResponse as _;
use axum::routing::get;
use samod::storage::TokioFilesystemStorage;
use samod::{Repo, ShareConfig};
use serde_json::{Value, json};

use crate::contract::{Failure, locked_version, say_ready, wait_for_the_end_of_input};
use crate::document::plant_index;

pub(crate) fn serve(directory: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(directory)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let storage = TokioFilesystemStorage::new(directory);
        plant_index(&storage).await?;
        // As Automerge's own sync server does it: a client gets what it asks for, not every document that the server has open.
        let policy = ShareConfig::read_write().with_announce(false);
        let repo = Repo::build_tokio().with_storage(storage).with_share_policy(policy).load().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let acceptor = repo.make_acceptor(format!("ws://127.0.0.1:{port}/").parse()?)?;
        let open = async move |upgrade: WebSocketUpgrade| {
            upgrade
                .on_upgrade(async move |socket| {
                    // Refused only by a repository that was stopped; the socket is closed then.
                    drop(acceptor.accept_axum(socket, None));
                })
                .into_response()
        };
        say_ready(port, &versions())?;
        tokio::select! {
            served = axum::serve(listener, Router::new().route("/", get(open))) => served?,
            ended = tokio::task::spawn_blocking(wait_for_the_end_of_input) => ended?,
        }
        // What was received and is not yet written is written now.
        repo.stop().await;
        Ok(())
    })
}

fn versions() -> Value {
    let lock = include_str!("../Cargo.lock");
    json!({ "samod": locked_version(lock, "samod"), "automerge": locked_version(lock, "automerge"), "axum": locked_version(lock, "axum") })
}
