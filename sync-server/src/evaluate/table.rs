//! An evaluation as rows and columns: for the terminal, CSV and spreadsheets.

use std::collections::BTreeSet;

use serde_json::Value;
use sync_core::form::{Lang, Words};

use super::{Activity, Evaluation};

/// Heads and cells; a cell is a text or a number.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationTable {
    /// One head a column.
    pub heads: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
}

/// One row an officer.
pub fn officer_table(evaluation: &Evaluation, lang: Lang) -> EvaluationTable {
    let say = |id: &str, en: &str| Words::new(id, en).in_lang(lang).to_owned();
    let kinds = kinds(evaluation);
    let mut heads = vec![
        "NRP".to_owned(),
        say("Nama", "Name"),
        say("Kode wilayah", "Unit code"),
        say("Wilayah", "Unit"),
        say("Keaktifan", "Activity"),
        say("Laporan", "Reports"),
        say("Uraian berbeda", "Distinct"),
        say("Berulang", "Repeats"),
        say("Dikembalikan", "Returned"),
        say("Belum dijawab", "Unanswered"),
        say("Kontak terakhir", "Last contact"),
        say("Belum terkirim", "Unsent"),
    ];
    heads.extend(DUTIES.iter().map(|duty| format!("{} {duty}", say("Tugas", "Duty"))));
    heads.extend(kinds.iter().map(|kind| kind_label(evaluation, kind, lang)));
    let zone = evaluation.of.zone;
    let rows = evaluation.officers.iter().map(|officer| {
        let contact = officer.last_contact.map(|at| format!("{} {}", crate::export::minute(zone.clock(at)), zone.as_str()));
        // Where the supervisor looks for who is silent: this officer's reports may stand on a phone that somebody else has.
        let copied = (officer.phones > 1).then(|| format!(" · {} {}", officer.phones, say("ponsel, satu isi", "phones, one store")));
        let mut row: Vec<Value> = vec![
            officer.nrp.to_string().into(),
            officer.name.clone().into(),
            officer.unit.to_string().into(),
            officer.unit_name.clone().into(),
            officer.activity.as_str().into(),
            officer.reports.into(),
            officer.distinct.into(),
            officer.repeats.into(),
            officer.returned.into(),
            officer.unanswered.into(),
            (contact.unwrap_or_else(|| say("belum pernah", "never")) + &copied.unwrap_or_default()).into(),
            officer.unsent.into(),
        ];
        row.extend(DUTIES.iter().map(|duty| Value::from(officer.per_duty.get(duty).copied().unwrap_or(0))));
        row.extend(kinds.iter().map(|kind| Value::from(officer.per_kind.get(*kind).copied().unwrap_or(0))));
        row
    });
    EvaluationTable { heads, rows: rows.collect() }
}

/// One row a unit.
pub fn unit_table(evaluation: &Evaluation, lang: Lang) -> EvaluationTable {
    let say = |id: &str, en: &str| Words::new(id, en).in_lang(lang).to_owned();
    let heads = vec![
        say("Kode wilayah", "Unit code"),
        say("Wilayah", "Unit"),
        say("Tingkat", "Level"),
        say("Petugas", "Officers"),
        Activity::Aktif.as_str().to_owned(),
        Activity::Cukup.as_str().to_owned(),
        Activity::Kurang.as_str().to_owned(),
        Activity::BelumSinkron.as_str().to_owned(),
        say("Laporan", "Reports"),
        say("Uraian berbeda", "Distinct"),
        say("Berulang", "Repeats"),
        say("Dikembalikan", "Returned"),
        say("Belum dijawab", "Unanswered"),
        say("Belum terkirim", "Unsent"),
    ];
    let rows = evaluation.units.iter().map(|unit| {
        vec![
            unit.unit.to_string().into(),
            unit.name.clone().into(),
            unit.level().into(),
            unit.officers.into(),
            unit.count(Activity::Aktif).into(),
            unit.count(Activity::Cukup).into(),
            unit.count(Activity::Kurang).into(),
            unit.count(Activity::BelumSinkron).into(),
            unit.reports.into(),
            unit.distinct.into(),
            unit.repeats.into(),
            unit.returned.into(),
            unit.unanswered.into(),
            unit.unsent.into(),
        ]
    });
    EvaluationTable { heads, rows: rows.collect() }
}

const DUTIES: [u8; 6] = [1, 2, 3, 4, 5, 6];

fn kinds(evaluation: &Evaluation) -> BTreeSet<&str> {
    evaluation.officers.iter().flat_map(|officer| officer.per_kind.keys().map(String::as_str)).collect()
}

fn kind_label(evaluation: &Evaluation, kind: &str, lang: Lang) -> String {
    evaluation.labels.get(kind).map_or(kind, |label| label.in_lang(lang)).to_owned()
}
