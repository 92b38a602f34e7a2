//! A peer for the bench: samod, Automerge's own sync in Rust, over files and WebSocket.
//!
//! One Automerge document a report, and one index document that names them, whose id every client knows. See tests/peers/README.md.

mod client;
#[path = "../../contract.rs"]
mod contract;
mod document;
mod server;

use contract::Failure;

const USAGE: &str = "samod-peer serve DIR\nsamod-peer client DIR HOST:PORT";

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *words.as_slice() {
        ["serve", directory] => server::serve(directory.as_ref()),
        ["client", directory, address] => client::run(directory.as_ref(), address),
        _ => Err(USAGE.into()),
    }
}
