use std::path::Path;

use sync_core::form::Lang;

use super::super::arguments::{Evaluate, EvaluationFormat, EvaluationPart};
use super::super::output::{Output, say};
use super::super::table::table;
use super::file::{to_file, to_stdout};
use crate::{
    Evaluation, EvaluationOf, EvaluationTable, Period, Server, ServerError, Zone, host, officer_table, unit_table, write_table_csv,
    write_tables_xlsx,
};

/// Writes the chosen format; gives how many bytes or rows it wrote.
type Make<'a> = Box<dyn FnOnce(&mut dyn std::io::Write) -> Result<u64, ServerError> + 'a>;

/// None: the evaluation was written as a file.
pub(super) fn run(server: &Server, asked: &Evaluate, lang: Lang) -> Result<Option<Output>, ServerError> {
    let period = Period::parse(&asked.period)?;
    let unit = asked.unit.parse().map_err(|_| ServerError::BadUnit(asked.unit.clone()))?;
    let zone = asked.zone.as_deref().map_or_else(|| Ok(Zone::of_unit(unit)), Zone::parse)?;
    let evaluation = server.evaluate(EvaluationOf { period, unit, zone, as_of: host::now() })?;
    let (officers, units) = (officer_table(&evaluation, lang), unit_table(&evaluation, lang));
    let out = asked.out.as_deref().unwrap_or(Path::new("-"));
    let count = evaluation.officers.len() as u64;
    let csv = || if asked.part == EvaluationPart::Units { &units } else { &officers };
    let make: Make<'_> = match asked.format {
        EvaluationFormat::Table if asked.out.is_none() => {
            return Ok(Some(Output::new(evaluation.json(), shown(&evaluation, &officers, &units, lang))));
        }
        EvaluationFormat::Table => {
            Box::new(|out| out.write_all(shown(&evaluation, &officers, &units, lang).as_bytes()).map_err(failed).map(|()| count))
        }
        EvaluationFormat::Json => Box::new(|out| writeln!(out, "{}", evaluation.json()).map_err(failed).map(|()| count)),
        EvaluationFormat::Csv => Box::new(|out| write_table_csv(csv(), out).map(|()| count)),
        EvaluationFormat::Xlsx => {
            let names = (say(lang, "petugas", "officers"), say(lang, "wilayah", "units"));
            Box::new(move |out| write_tables_xlsx(&[(names.0, &officers), (names.1, &units)], out).map(|()| count))
        }
    };
    if out == Path::new("-") {
        return to_stdout(make).map(|_| None);
    }
    to_file(out, make)
        .map(|count| Some(super::file::written(count, out, (say(lang, "petugas ditulis ke", "officers written to"), "officers"))))
}

fn failed(error: std::io::Error) -> ServerError {
    ServerError::File(error.to_string())
}

fn shown(evaluation: &Evaluation, officers: &EvaluationTable, units: &EvaluationTable, lang: Lang) -> String {
    let of = evaluation.of;
    let head = format!(
        "{} {} · {} {} · {} · {} {}",
        say(lang, "Evaluasi", "Evaluation"),
        of.period,
        say(lang, "wilayah", "unit"),
        of.unit,
        of.zone.as_str(),
        say(lang, "keadaan", "as of"),
        of.as_of
    );
    let none = say(lang, "Tidak ada petugas di wilayah ini.", "There are no officers in this unit.");
    let first = if officers.rows.is_empty() { none.to_owned() } else { plain(&narrow(evaluation, officers, lang)) };
    format!("{head}\n\n{first}\n\n{}\n", plain(units))
}

/// A terminal has no room for a column a kind: what there is goes into two.
fn narrow(evaluation: &Evaluation, officers: &EvaluationTable, lang: Lang) -> EvaluationTable {
    let mut heads: Vec<String> = officers.heads.iter().take(COUNTS_FROM).cloned().collect();
    heads.extend([say(lang, "Per tugas", "By duty").to_owned(), say(lang, "Per jenis", "By kind").to_owned()]);
    let rows = evaluation.officers.iter().zip(&officers.rows).map(|(officer, row)| {
        let duties: Vec<String> = officer.per_duty.iter().map(|(duty, count)| format!("{duty}: {count}")).collect();
        let kinds: Vec<String> = officer.per_kind.iter().map(|(kind, count)| format!("{kind}: {count}")).collect();
        row.iter().take(COUNTS_FROM).cloned().chain([duties.join(", ").into(), kinds.join(", ").into()]).collect()
    });
    EvaluationTable { rows: rows.collect(), heads }
}

/// The first column of an officer's row that counts one duty.
const COUNTS_FROM: usize = 12;

fn plain(of: &EvaluationTable) -> String {
    let heads: Vec<&str> = of.heads.iter().map(String::as_str).collect();
    let cell = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    table(&heads, of.rows.iter().map(|row| row.iter().map(cell).collect()))
}
