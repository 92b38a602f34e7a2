use serde_json::json;
use sync_core::form::Lang;

use super::super::arguments::FormCommand;
use super::super::output::{Output, say};
use super::super::table::table;
use crate::{FormInfo, Server, ServerError, host};

pub(super) fn run(server: &Server, command: &FormCommand, lang: Lang) -> Result<Output, ServerError> {
    match command {
        FormCommand::Add { file } => {
            let json = std::fs::read_to_string(file).map_err(|error| ServerError::of_file(file, &error))?;
            let done = server.add_form(&json, host::now())?;
            let word = match done.new {
                true => {
                    say(lang, "ditambahkan; perangkat menerimanya saat sinkron berikutnya", "added; devices get it with their next sync")
                }
                false => say(lang, "sudah ada", "was there already"),
            };
            Ok(Output::new(json!(done), format!("{} {}: {word}", done.kind, done.version)))
        }
        FormCommand::Retire { kind, version } => {
            let new = server.retire_form(kind, *version, host::now())?;
            let word = match new {
                true => say(lang, "tidak dipakai lagi untuk laporan baru", "no new report is made on it any more"),
                false => say(lang, "sudah tidak dipakai", "was retired already"),
            };
            Ok(Output::new(json!({ "kind": kind, "version": version, "new": new }), format!("{kind} {version}: {word}")))
        }
        FormCommand::List => {
            let forms = server.forms()?;
            let heads = [
                say(lang, "Jenis", "Kind"),
                say(lang, "Versi", "Version"),
                say(lang, "Keadaan", "State"),
                say(lang, "Nama", "Name"),
                say(lang, "Ditambahkan", "Added"),
            ];
            let text = table(&heads, forms.iter().map(|form| row(form, lang)));
            Ok(Output::new(json!(forms), text))
        }
    }
}

fn row(form: &FormInfo, lang: Lang) -> Vec<String> {
    let state = match (form.retired, form.newest) {
        (true, _) => say(lang, "tidak dipakai lagi", "retired"),
        (false, true) => say(lang, "dipakai", "in use"),
        (false, false) => say(lang, "digantikan", "replaced"),
    };
    let label = form.label.as_ref().map_or("?", |label| label.in_lang(lang)).to_owned();
    let added = form.added_at.clone().unwrap_or_else(|| say(lang, "bawaan", "built in").to_owned());
    vec![form.kind.clone(), form.version.to_string(), state.to_owned(), label, added]
}
