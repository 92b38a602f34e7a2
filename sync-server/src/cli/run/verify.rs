use serde_json::{Value, json};
use sync_core::form::Lang;

use super::super::output::{Output, say};
use crate::{Finding, Repair, Server, ServerError, Verification, host};

/// The findings, and the error that makes the exit code when there are differences.
pub(super) fn run(server: &Server, repair: Repair, lang: Lang) -> Result<(Output, Option<ServerError>), ServerError> {
    Ok(told(&server.verify(repair, host::now())?, lang))
}

/// What a verification found.
pub(super) fn told(found: &Verification, lang: Lang) -> (Output, Option<ServerError>) {
    let mut lines = vec![format!(
        "{} {}, {} {}, {} {}",
        found.documents,
        say(lang, "laporan", "reports"),
        found.changes,
        say(lang, "perubahan", "changes"),
        found.partitions,
        say(lang, "partisi", "partitions"),
    )];
    lines.extend(found.notices.iter().map(|finding| line(say(lang, "diperbaiki", "mended"), finding, lang)));
    lines.extend(found.differences.iter().map(|finding| line(say(lang, "BEDA", "DIFFERS"), finding, lang)));
    if found.differences.is_empty() {
        lines.push(say(lang, "Semua cocok.", "Everything fits.").to_owned());
    }
    let differ = (!found.differences.is_empty()).then_some(ServerError::Differences(found.differences.len()));
    let list = |findings: &[Finding]| findings.iter().map(value).collect::<Value>();
    let json = json!({
        "documents": found.documents, "changes": found.changes, "partitions": found.partitions,
        "differences": list(&found.differences), "notices": list(&found.notices), "ok": differ.is_none(),
    });
    (Output::new(json, lines.join("\n")), differ)
}

fn line(what: &str, finding: &Finding, lang: Lang) -> String {
    let place = finding.document.as_ref().or(finding.partition.as_ref()).map_or("-", String::as_str);
    let remedy = say(lang, finding.remedy.0, finding.remedy.1);
    format!("{what} {place} [{}]: {}\n  {remedy}", finding.code, finding.detail)
}

fn value(finding: &Finding) -> Value {
    json!({
        "document": finding.document, "partition": finding.partition, "code": finding.code, "detail": finding.detail,
        "remedy": { "id": finding.remedy.0, "en": finding.remedy.1 },
    })
}
