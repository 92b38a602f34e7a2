//! Two peers for the bench, `json-post` and `gzip-batch`: what a team writes without a sync engine.
//!
//! One sends a JSON document a report, the other a gzip JSON batch a push. Both over one server: axum, SQLite (WAL, synchronous FULL).
//! See tests/peers/README.md.

mod client;
#[path = "../contract.rs"]
mod contract;
mod remote;
mod server;
mod store;

use contract::Failure;

/// How the client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// One request a report, nothing compressed, nothing kept on the device.
    JsonPost,
    /// One request a push, gzip both ways, an outbox in SQLite.
    GzipBatch,
}

const USAGE: &str = "post-peer json-post|gzip-batch serve DIR\npost-peer json-post|gzip-batch client DIR HOST:PORT";

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (mode, rest) = match *words.as_slice() {
        ["json-post", ref rest @ ..] => (Mode::JsonPost, rest),
        ["gzip-batch", ref rest @ ..] => (Mode::GzipBatch, rest),
        _ => return Err(USAGE.into()),
    };
    match *rest {
        ["serve", directory] => server::serve(directory.as_ref()),
        ["client", directory, address] => client::run(mode, directory.as_ref(), address),
        _ => Err(USAGE.into()),
    }
}
