use std::fs::File;

use serde_json::json;
use sync_core::form::Lang;

use super::super::arguments::Units;
use super::super::output::{Output, say};
use crate::{Server, ServerError};

pub(super) fn run(server: &Server, command: &Units, lang: Lang) -> Result<Output, ServerError> {
    let Units::Import { file } = command;
    let opened = File::open(file).map_err(|error| ServerError::File(format!("{}: {error}", file.display())))?;
    let done = server.import_units(opened)?;
    let text = format!(
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
    Ok(Output::new(json!(done), text))
}
