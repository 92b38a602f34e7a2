//! The commands under `outbox`, and how they are shown.

use std::io::Write as _;

use sync_core::{Form, ReportId};

use super::arguments::OutboxCommand;
use super::print::{Output, Screen, outline};
use super::report::{edits_of, field_path, form_of, report_id, shown, unit_code};
use crate::{Correction, Delivery, Device, Error, Failure, Summary};

pub(super) fn run(device: &Device, command: &OutboxCommand) -> Result<Output, Error> {
    match command {
        OutboxCommand::List => Ok(Output::Outbox(device.outbox()?)),
        OutboxCommand::Show { id } => {
            let id = report_id(id)?;
            let (failure, old) = (device.failure(id)?, device.show(id)?);
            Ok(Output::Failure(Box::new(failure), device.form(&old.summary.kind, old.form)?))
        }
        OutboxCommand::Retry { ids, all } => retry(device, ids, *all),
        OutboxCommand::Correct { id, unit, fields, without } => {
            let id = report_id(id)?;
            let old = device.show(id)?;
            let set = match (&fields.data, fields.set.as_slice()) {
                (None, []) => Vec::new(),
                _ => edits_of(form_of(device, &old.summary.kind, old.form)?, fields)?,
            };
            let without = without.iter().map(|path| field_path(path)).collect::<Result<_, _>>()?;
            let unit = unit.as_deref().map(unit_code).transpose()?;
            let now = device.correct(id, &Correction { set, without, unit })?;
            shown(device, now)
        }
        OutboxCommand::Discard { id, yes } => {
            let id = report_id(id)?;
            let waiting = device.failure(id)?.changes;
            if !yes {
                return Err(Error::NotConfirmed(waiting));
            }
            device.discard(id, waiting)?;
            Ok(Output::PutAside(id.to_string()))
        }
        OutboxCommand::Export { id, out } => {
            let value = device.export(report_id(id)?)?;
            let Some(out) = out else { return Ok(Output::Export(value)) };
            let text = format!("{value:#}\n");
            let mut file = std::fs::File::create(out)?;
            file.write_all(text.as_bytes())?;
            // The officer may wipe the phone next.
            file.sync_all()?;
            Ok(Output::Written { file: out.display().to_string(), bytes: text.len() })
        }
    }
}

fn retry(device: &Device, ids: &[String], all: bool) -> Result<Output, Error> {
    let ids: Vec<ReportId> = if all {
        device.outbox()?.iter().filter(|one| one.delivery == Delivery::Refused).map(|one| one.id).collect()
    } else {
        ids.iter().map(|id| report_id(id)).collect::<Result<_, _>>()?
    };
    ids.iter().try_for_each(|id| device.retry(*id))?;
    let again: Vec<Summary> = device.outbox()?.into_iter().filter(|one| ids.contains(&one.id)).collect();
    Ok(Output::Outbox(again))
}

impl Screen {
    /// The list, then for each refused report what to do.
    pub(super) fn outbox(self, list: &[Summary]) -> String {
        if list.is_empty() {
            return self.say("Tidak ada yang menunggu.", "Nothing is waiting.").to_owned();
        }
        let mut lines = vec![self.summaries(list)];
        for one in list {
            if let Some(reason) = &one.refusal {
                lines.push(format!("✗ {} [{}] {}", one.id, reason.code(), self.reason(reason)));
                lines.push(format!("  → {}", reason.remedy().in_lang(self.lang)));
                lines.push(format!("  → sambang outbox show|correct|retry|export|discard {}", one.id));
            }
        }
        lines.join("\n")
    }

    pub(super) fn failure(self, failure: &Failure, form: Option<&Form>) -> String {
        let one = &failure.summary;
        let since = failure.since.map(|at| at.to_string()).unwrap_or_default();
        let mut lines = vec![
            one.id.to_string(),
            format!("{} · {} · {} {since}", one.kind, one.unit, self.say("ditolak", "refused")),
            format!("✗ [{}] {}", failure.reason.code(), self.reason(&failure.reason)),
            format!("→ {}", failure.reason.remedy().in_lang(self.lang)),
        ];
        if failure.whole {
            let en = "The centre has nothing of this report; a correction becomes a new one.";
            lines.push(self.say("Pusat tidak memiliki laporan ini; perbaikannya menjadi laporan baru.", en).to_owned());
        }
        if failure.only_copy {
            let id = "⚠ Ruang di pusat penuh: salinan satu-satunya ada di perangkat ini. Jangan hapus; ekspor.";
            lines.push(self.say(id, "⚠ The centre had no room: the only copy is on this device. Do not wipe it; export.").to_owned());
        }
        lines.push(format!("{} {}: {}", failure.changes, self.say("perubahan", "changes"), failure.wrote.join(", ")));
        lines.extend(failure.comments.iter().map(|text| format!("  « {text} »")));
        if !failure.decisions.is_empty() {
            let again = self.say("putuskan lagi setelah diperbaiki", "decide anew after the correction");
            lines.push(format!("  {} ({again})", failure.decisions.join(", ")));
        }
        outline(&failure.wanted, form.map_or(&[][..], Form::fields), 1, &mut lines);
        lines.join("\n")
    }
}
