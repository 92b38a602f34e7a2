//! What a command prints: one JSON value, or a text for people. Errors go to stderr, with what to do.

use std::io::Write as _;

use serde_json::{Value, json};
use sync_core::form::Lang;

use crate::ServerError;

/// What a command found.
pub(super) struct Output {
    pub(super) json: Value,
    pub(super) text: String,
}

impl Output {
    pub(super) fn new(json: Value, text: impl Into<String>) -> Self {
        Self { json, text: text.into() }
    }
}

/// Prints to stdout. A reader that went away (`| head`) is no failure.
pub(super) fn print(output: &Output, machine: bool) -> Result<(), ServerError> {
    let text = if machine { output.json.to_string() } else { output.text.clone() };
    write(&format!("{}\n", text.trim_end_matches('\n')))
}

pub(super) fn write(text: &str) -> Result<(), ServerError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(ServerError::File(format!("stdout: {error}"))),
        Ok(()) | Err(_) => Ok(()),
    }
}

pub(super) fn print_error(error: &ServerError, machine: bool, lang: Lang) {
    let (code, message, remedy) = (error.code(), error.text(lang), error.remedy(lang));
    let text = match machine {
        true => json!({ "error": { "code": code, "message": message, "remedy": remedy } }).to_string(),
        false => format!("{message}\n  {remedy}\n  [{code}]"),
    };
    let mut err = std::io::stderr().lock();
    // Nobody is left to be told.
    drop(writeln!(err, "{text}"));
}

/// Arguments that make no command: the command line's own words, and where to look.
pub(super) fn print_usage(error: &clap::Error, machine: bool) {
    if !machine {
        drop(error.print());
        return;
    }
    let text = error.to_string();
    let message = text.split("\n\nUsage:").next().unwrap_or_default().trim().trim_start_matches("error: ").to_owned();
    let remedy = "Lihat --help. / See --help.";
    let json = json!({ "error": { "code": "usage", "message": message, "remedy": remedy } });
    drop(writeln!(std::io::stderr().lock(), "{json}"));
}

/// The words of one language.
pub(super) fn say<'a>(lang: Lang, id: &'a str, en: &'a str) -> &'a str {
    match lang {
        Lang::Indonesian => id,
        Lang::English => en,
    }
}
