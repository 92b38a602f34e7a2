use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde_json::{Value, json};
use sync_core::form::Lang;

use super::super::arguments::{Filter, Format, Report};
use super::super::output::{Output, say};
use super::super::table::{printable, table};
use crate::{ExportFormat, ReportFilter, ReportSummary, Server, ServerError};

/// None: the export itself was the output.
pub(super) fn run(server: &Server, command: &Report, lang: Lang) -> Result<Option<Output>, ServerError> {
    match command {
        Report::List(filter) => Ok(Some(list(&server.reports(&chosen(filter))?, lang))),
        Report::Show { id } => {
            let report = server.report(*id)?;
            let text = shown(&report, lang);
            Ok(Some(Output::new(report, text)))
        }
        Report::Export { filter, format, out } => export(server, &chosen(filter), *format, out, lang),
    }
}

fn chosen(filter: &Filter) -> ReportFilter {
    ReportFilter {
        unit: filter.unit,
        kind: filter.kind.clone(),
        author: filter.author,
        status: filter.status.map(|status| status.as_str().to_owned()),
        text: filter.text.clone(),
    }
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
            format!("{}{conflicts}", report.status),
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
    };
    if out == Path::new("-") {
        let mut stdout = std::io::stdout().lock();
        server.export(filter, format, &mut stdout)?;
        return Ok(None);
    }
    // Under another name first: who finds the file finds all of it.
    let mut fresh = out.as_os_str().to_owned();
    fresh.push(format!(".new-{}", std::process::id()));
    let named = |error: std::io::Error| ServerError::File(format!("{}: {error}", out.display()));
    let mut file = BufWriter::new(File::create(&fresh).map_err(named)?);
    let written = server.export(filter, format, &mut file).and_then(|count| file.flush().map_err(named).map(|()| count));
    let count = written.and_then(|count| std::fs::rename(&fresh, out).map_err(named).map(|()| count));
    if count.is_err() {
        // What is half written helps nobody; the first error says more than one of this.
        drop(std::fs::remove_file(&fresh));
    }
    let count = count?;
    let text = format!("{count} {} {}", say(lang, "laporan ditulis ke", "reports written to"), out.display());
    Ok(Some(Output::new(json!({ "reports": count, "file": out.display().to_string() }), text)))
}
