//! The commands under `message`, and how messages are shown.

use sync_core::form::Form;

use super::arguments::MessageCommand;
use super::print::{Output, Screen, table};
use super::report::{report_id, unit_code};
use crate::{Device, Error, Message, Messages, NewMessage};

pub(super) fn run(device: &Device, command: &MessageCommand) -> Result<Output, Error> {
    match command {
        MessageCommand::New { unit, title, text, kind, expires } => {
            let new = NewMessage { title: title.clone(), text: text.clone(), kind: kind.clone(), expires: day(expires.as_deref())? };
            let id = device.send_message(unit_code(unit)?, &new)?;
            Ok(Output::Message(Box::new(device.message(id)?)))
        }
        MessageCommand::Withdraw { id, reason } => {
            let id = report_id(id)?;
            device.withdraw_message(id, reason)?;
            Ok(Output::Message(Box::new(device.message(id)?)))
        }
        MessageCommand::Show { id } => Ok(Output::Message(Box::new(device.message(report_id(id)?)?))),
        MessageCommand::List { all } => Ok(Output::Messages(device.messages(if *all { Messages::All } else { Messages::Valid })?)),
    }
}

/// A day as people write it: 2026-11-25 or 25-11-2026.
fn day(text: Option<&str>) -> Result<Option<String>, Error> {
    let Some(text) = text else { return Ok(None) };
    let (_, value) = Form::message().parse_value("berlaku_sampai", text).map_err(|problem| Error::Invalid(vec![problem]))?;
    Ok(value.as_str().map(str::to_owned))
}

impl Screen {
    pub(super) fn message(self, one: &Message) -> String {
        let nrp = one.author.nrp.map(|nrp| nrp.to_string()).unwrap_or_default();
        let mut lines = vec![
            one.id.to_string(),
            format!("{} · {} · {} ({nrp})", one.kind, one.unit, one.author.name),
            format!("{} · {} · {}", one.sent_at, self.validity(one), self.delivery(one.delivery, one.refusal.as_ref())),
        ];
        lines.extend(one.refusal.as_ref().map(|refusal| format!("→ {}", refusal.remedy().in_lang(self.lang))));
        lines.extend([one.title.clone(), String::new(), one.text.clone()]);
        lines.join("\n")
    }

    pub(super) fn messages(self, list: &[Message]) -> String {
        if list.is_empty() {
            return self.say("Tidak ada pesan.", "No messages.").to_owned();
        }
        let mut table = table([
            self.say("Nomor", "Id"),
            self.say("Jenis", "Kind"),
            self.say("Wilayah", "Unit"),
            self.say("Dari", "From"),
            self.say("Judul", "Title"),
            self.say("Berlaku", "Valid"),
        ]);
        for one in list {
            let (id, unit) = (one.id.to_string(), one.unit.to_string());
            table.add_row([id, one.kind.clone(), unit, one.author.name.clone(), one.title.clone(), self.validity(one)]);
        }
        table.to_string()
    }

    fn validity(self, one: &Message) -> String {
        match (&one.withdrawn, one.expired, &one.expires) {
            (Some(reason), _, _) if reason.is_empty() => self.say("ditarik", "withdrawn").to_owned(),
            (Some(reason), _, _) => format!("{}: {reason}", self.say("ditarik", "withdrawn")),
            (None, true, _) => self.say("sudah berakhir", "expired").to_owned(),
            (None, false, Some(day)) => format!("{} {day}", self.say("sampai", "until")),
            (None, false, None) => self.say("berlaku", "valid").to_owned(),
        }
    }
}
