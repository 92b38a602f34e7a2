use serde_json::json;
use sync_core::form::Lang;

use super::super::arguments::Message;
use super::super::output::{Output, say};
use super::super::table::{printable, table};
use crate::{MessageStatus, Reached, Server, ServerError};

pub(super) fn run(server: &Server, command: &Message, lang: Lang) -> Result<Output, ServerError> {
    match command {
        Message::Status { id } => Ok(status(&server.message_status(*id)?, lang)),
    }
}

/// Who was not reached comes first: that is what is to be done.
fn status(message: &MessageStatus, lang: Lang) -> Output {
    let (reached, missing): (Vec<&Reached>, Vec<&Reached>) = message.officers.iter().partition(|one| one.reached);
    let rows = missing.iter().chain(&reached).map(|one| {
        let word = match (one.received, one.conveyed.len()) {
            (_, 1..) => say(lang, "disampaikan", "conveyed"),
            (true, 0) => say(lang, "diterima", "received"),
            (false, 0) => say(lang, "belum sampai", "not reached"),
        };
        let contact = one.last_contact.clone().unwrap_or_else(|| say(lang, "belum pernah", "never").to_owned());
        vec![one.nrp.clone(), one.name.clone(), word.to_owned(), one.conveyed.len().to_string(), contact]
    });
    let heads = [
        "NRP",
        say(lang, "Nama", "Name"),
        say(lang, "Keadaan", "State"),
        say(lang, "Laporan", "Reports"),
        say(lang, "Kontak terakhir", "Last contact"),
    ];
    let conveyed = message.officers.iter().filter(|one| !one.conveyed.is_empty()).count();
    let withdrawn = if message.withdrawn { say(lang, " (ditarik)", " (withdrawn)") } else { "" };
    let counts = [
        (message.officers.len(), say(lang, "petugas", "officers")),
        (reached.len(), say(lang, "terjangkau", "reached")),
        (conveyed, say(lang, "menyampaikan", "conveyed it")),
        (missing.len(), say(lang, "belum sampai", "not reached")),
    ];
    let sums = counts.map(|(count, word)| format!("{count} {word}")).join(", ");
    let title = printable(&message.title);
    let text = format!("{title}{withdrawn} — {} {}\n{sums}\n\n{}", message.unit, message.author, table(&heads, rows));
    Output::new(json!(message.officers), text)
}
