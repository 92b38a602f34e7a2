use std::path::Path;

use serde_json::Value;
use sync_core::UnitCode;
use sync_core::form::Lang;

use super::super::arguments::{Filter, Format, Report};
use super::super::output::{Output, say};
use super::super::table::{printable, table};
use super::file::{to_file, to_stdout, written};
use crate::{ExportFormat, Period, ReportFilter, ReportSummary, Server, ServerError, Zone};

/// None: the export itself was the output.
pub(super) fn run(server: &Server, command: &Report, lang: Lang) -> Result<Option<Output>, ServerError> {
    match command {
        Report::List(filter) => Ok(Some(list(&server.reports(&chosen(filter)?)?, lang))),
        Report::Show { id } => {
            let report = server.report(*id)?;
            let text = shown(&report, lang);
            Ok(Some(Output::new(report, text)))
        }
        Report::Export { id, filter, format, out } => {
            let filter = ReportFilter { id: *id, ..chosen(filter)? };
            export(server, &filter, *format, out, lang)
        }
    }
}

fn chosen(filter: &Filter) -> Result<ReportFilter, ServerError> {
    let unit = filter.unit.as_deref().map(|code| code.parse().map_err(|_| ServerError::BadUnit(code.to_owned()))).transpose()?;
    let zone = filter.zone.as_deref().map(Zone::parse).transpose()?.unwrap_or_else(|| Zone::of_unit(unit.unwrap_or(UnitCode::COUNTRY)));
    let period = filter.period.as_deref().map(Period::parse).transpose()?;
    Ok(ReportFilter {
        unit,
        kind: filter.kind.clone(),
        author: filter.author,
        status: filter.status.map(|status| status.as_str().to_owned()),
        text: filter.text.clone(),
        name: filter.name.clone(),
        period: period.map(|period| (period, zone)),
        id: None,
    })
}

/// Letters of a description that a line has room for.
const TEXT_SHOWN: usize = 48;

fn list(reports: &[ReportSummary], lang: Lang) -> Output {
    let rows = reports.iter().map(|report| {
        let conflicts =
            if report.conflicts > 0 { format!(" ({} {})", report.conflicts, say(lang, "berbeda", "in conflict")) } else { String::new() };
        vec![
            report.id.to_string(),
            report.kind.clone(),
            report.unit.to_string(),
            format!("{} {}", report.author, report.author_name),
            report.recorded_at.to_string(),
            format!("{}{conflicts}{}", report.status, if report.repeat_of.is_some() { say(lang, " (berulang)", " (repeat)") } else { "" }),
            report.uraian.chars().take(TEXT_SHOWN).collect(),
        ]
    });
    let heads = [
        say(lang, "Laporan", "Report"),
        say(lang, "Jenis", "Kind"),
        say(lang, "Wilayah", "Unit"),
        say(lang, "Penulis", "Author"),
        say(lang, "Dicatat", "Recorded"),
        "Status",
        say(lang, "Uraian", "Description"),
    ];
    let text = if reports.is_empty() { say(lang, "Belum ada laporan.", "No reports yet.").to_owned() } else { table(&heads, rows) };
    Output::new(reports.iter().map(ReportSummary::json).collect(), text)
}

/// Name and value, one a line, the history last.
fn shown(report: &Value, lang: Lang) -> String {
    let mut lines = Vec::new();
    for (name, value) in report.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("data", Value::Object(data)) => {
                lines.push(format!("{}:", say(lang, "Isi", "Content")));
                lines.extend(data.iter().map(|(name, value)| format!("  {name}: {}", plain(value))));
            }
            ("history", Value::Array(_)) => {}
            (_, Value::Array(list)) if list.is_empty() => {}
            (_, Value::Null) => {}
            _ => lines.push(format!("{name}: {}", plain(value))),
        }
    }
    lines.push(format!("{}:", say(lang, "Riwayat", "History")));
    for version in report.get("history").and_then(Value::as_array).into_iter().flatten() {
        let text = |path: &str| version.pointer(path).map(plain).unwrap_or_default();
        lines.push(format!("  {} {} {} — {}", text("/at"), text("/by/nrp"), text("/by/name"), text("/wrote")));
    }
    lines.join("\n")
}

fn plain(value: &Value) -> String {
    printable(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn export(server: &Server, filter: &ReportFilter, format: Format, out: &Path, lang: Lang) -> Result<Option<Output>, ServerError> {
    let format = match format {
        Format::Json => ExportFormat::Json,
        Format::Ndjson => ExportFormat::Ndjson,
        Format::Csv => ExportFormat::Csv,
        Format::Xlsx => ExportFormat::Xlsx,
        Format::Geojson => ExportFormat::GeoJson,
        Format::Pdf => ExportFormat::Pdf,
    };
    if out == Path::new("-") {
        return to_stdout(|out| server.export(filter, format, out)).map(|_| None);
    }
    let count = to_file(out, |out| server.export(filter, format, out))?;
    Ok(Some(written(count, out, (say(lang, "laporan ditulis ke", "reports written to"), "reports"))))
}
