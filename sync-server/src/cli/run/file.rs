//! Output that goes into a file, or as it is to stdout.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::json;

use super::super::output::Output;
use crate::ServerError;

/// Under another name first: who finds the file finds all of it.
pub(super) fn to_file(out: &Path, make: impl FnOnce(&mut dyn Write) -> Result<u64, ServerError>) -> Result<u64, ServerError> {
    let mut fresh = out.as_os_str().to_owned();
    fresh.push(format!(".new-{}", std::process::id()));
    let named = |error: std::io::Error| ServerError::of_file(out, &error);
    let mut file = BufWriter::new(File::create(&fresh).map_err(named)?);
    let written = make(&mut file).and_then(|count| file.flush().map_err(named).map(|()| count));
    let count = written.and_then(|count| std::fs::rename(&fresh, out).map_err(named).map(|()| count));
    if count.is_err() {
        // What is half written helps nobody; the first error says more than one of this.
        drop(std::fs::remove_file(&fresh));
    }
    count
}

pub(super) fn to_stdout(make: impl FnOnce(&mut dyn Write) -> Result<u64, ServerError>) -> Result<u64, ServerError> {
    make(&mut std::io::stdout().lock())
}

/// What the command says of a file that it wrote.
pub(super) fn written(count: u64, out: &Path, (words, name): (&str, &str)) -> Output {
    let text = format!("{count} {words} {}", out.display());
    Output::new(json!({ name: count, "file": out.display().to_string() }), text)
}
