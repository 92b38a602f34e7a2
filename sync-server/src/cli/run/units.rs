use std::fs::File;
use std::path::Path;

use serde_json::json;
use sync_core::form::Lang;

use super::super::arguments::Units;
use super::super::output::{Output, say};
use crate::{Server, ServerError, host};

pub(super) fn run(server: &Server, command: &Units, lang: Lang) -> Result<Output, ServerError> {
    let Units::Import { file, successors } = command;
    let open = |path: &Path| File::open(path).map_err(|error| ServerError::of_file(path, &error));
    let units = open(file)?;
    let done = match successors {
        None => server.import_units(units)?,
        Some(successors) => server.import_decree(units, open(successors)?, host::now())?,
    };
    let mut text = format!(
        "{} {}, {} {}, {} {}, {} {}",
        done.new,
        say(lang, "wilayah baru", "new units"),
        done.renamed,
        say(lang, "berganti nama", "renamed"),
        done.unchanged,
        say(lang, "tetap", "unchanged"),
        done.total,
        say(lang, "seluruhnya", "in all"),
    );
    if successors.is_some() {
        let (succeeded, moved) = (
            say(lang, "diganti wilayah lain", "have a successor now"),
            say(lang, "laporan pindah tampilan", "reports are shown elsewhere"),
        );
        text.push_str(&format!("; {} {succeeded}, {} {moved}", done.succeeded, done.moved));
    }
    Ok(Output::new(json!(done), text))
}
