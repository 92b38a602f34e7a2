//! Structured log lines on stderr, without residents' data.

use tracing_subscriber::EnvFilter;

/// What is logged unless told: Automerge opens a span for each change that it reads, which nobody reads and every exchange pays.
const USUAL: &str = "info,automerge=off";

/// Starts the log of this process: JSON lines on stderr, `SAMBANG_LOG` says which (`info` of our own unless told).
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("SAMBANG_LOG").unwrap_or_else(|_| EnvFilter::new(USUAL));
    let subscriber = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).flatten_event(true);
    // A program that embeds the server may have a log of its own already.
    drop(subscriber.try_init());
    std::panic::set_hook(Box::new(|panic| {
        // Never the message: Automerge's may quote what it choked on.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
