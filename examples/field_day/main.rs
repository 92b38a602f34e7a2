//! A day in the field: the centre, two officers and their supervisor as processes of their own, a day without signal, then a bad link.
//!
//! `cargo run --release --bin field-day` (add `-- --lang en` for English). It starts itself again in the role of the server or of a phone, which
//! call the same functions as the programs `sambang-server` and `sambang`. It works in a temporary directory, leaves no process behind, and
//! exits non-zero when anything is missing or doubled.

mod cast;
mod day;
mod message;
mod say;
mod tally;
mod urgent;

use std::process::ExitCode;

use say::Voice;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_default();
    let role = arguments.next().unwrap_or_default();
    match role.to_str() {
        Some("server") => sync_server::cli::main([program].into_iter().chain(arguments)),
        Some("phone") => local_store::cli::main([program].into_iter().chain(arguments)),
        _ => {
            let english = role == "--lang" && arguments.next().is_some_and(|lang| lang == "en");
            let voice = Voice::new(english);
            match day::live(&voice) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    voice.line(&format!("GAGAL: {error}"), &format!("FAILED: {error}"));
                    ExitCode::FAILURE
                }
            }
        }
    }
}
