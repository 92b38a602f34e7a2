//! Small builders: officers with devices that write reports in memory.

use automerge::{Automerge, Change};
use serde_json::{Value, json};
use sync_core::document::{Birth, Edit, Write, create, write};
use sync_core::form::{Form, Role};
use sync_core::gate::Writer;
use sync_core::history::History;
use sync_core::{Actor, DeviceId, Nrp, ReportId, Timestamp};

pub(crate) const TEXT: &str = "Warga melaporkan orang tak dikenal yang memotret rumah-rumah kosong pada malam hari di RT 03.";

/// An officer's device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Phone {
    pub(crate) writer: Writer,
}

pub(crate) fn phone(number: u8, role: Role) -> Phone {
    let officer = Nrp::from_number(u32::from(number)).unwrap();
    Phone { writer: Writer { device: DeviceId([number; 8]), officer, role } }
}

pub(crate) fn form() -> &'static Form {
    Form::newest("deteksi-dini").unwrap()
}

pub(crate) fn report(number: u8) -> ReportId {
    ReportId::new(1_700_000_000_000, [number; 10])
}

pub(crate) fn data() -> Value {
    json!({
        "uraian": TEXT, "bidang": "keamanan", "urgensi": "tinggi", "keseringan": "jarang", "rt": "003", "rw": "001", "tanggal": "2026-11-24",
    })
}

impl Phone {
    pub(crate) fn actor(&self, opening: u8) -> Actor {
        Actor::new(self.writer.device, [opening; 8])
    }

    /// A new early-detection report.
    pub(crate) fn file(&self, id: ReportId) -> (Automerge, Change) {
        self.file_as(form(), id, &data())
    }

    pub(crate) fn file_as(&self, form: &Form, id: ReportId, data: &Value) -> (Automerge, Change) {
        self.file_by(self.actor(1), form, id, data)
    }

    pub(crate) fn file_by(&self, actor: Actor, form: &Form, id: ReportId, data: &Value) -> (Automerge, Change) {
        let birth = Birth {
            report: id,
            kind: form.kind().to_owned(),
            form: form.version(),
            unit: "53.03.01.2005".parse().unwrap(),
            author: self.writer.officer,
            recorded_at: Timestamp::from_unix_ms(1_764_000_000_000),
        };
        let mut row = 0;
        create(form, &birth, data, actor, &mut || {
            row += 1;
            format!("row-{row:03}")
        })
        .unwrap()
    }

    pub(crate) fn write(&self, document: &mut Automerge, writes: &[Write]) -> Change {
        let form_of = form();
        write(document, form_of, writes, self.actor(2), Timestamp::from_unix_ms(1_764_000_100_000)).unwrap().unwrap()
    }

    pub(crate) fn set(&self, document: &mut Automerge, path: &str, value: &str) -> Change {
        self.write(document, &[Write::Edit(Edit::Set { path: path.parse().unwrap(), value: value.into() })])
    }
}

pub(crate) fn history(changes: &[Change]) -> History {
    History::of(changes)
}
