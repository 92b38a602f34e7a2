//! The figures as a table, and as the tables of a page between marks.

use super::figure::{Board, Bound, Figure, OURS, What};
use super::machine::Header;
use crate::programs::Failure;

/// The table of one bench in Markdown: a line a metric, a column a system. Empty where nothing was measured.
pub(super) fn table(bench: &str, board: &Board) -> String {
    let figures: Vec<&Figure> = board.figures().iter().filter(|figure| figure.bench == bench).collect();
    let (mut systems, mut rows): (Vec<&str>, Vec<What>) = (vec![OURS], Vec::new());
    for figure in &figures {
        if !systems.contains(&figure.system.as_str()) {
            systems.push(&figure.system);
        }
        if !rows.contains(&figure.what) {
            rows.push(figure.what);
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let mut lines =
        vec![format!("| case | metric | unit | {} | held against |", systems.join(" | ")), "|---".repeat(systems.len() + 4) + "|"];
    for what in rows {
        let find = |system: &str| figures.iter().find(|figure| figure.what == what && figure.system == system);
        let cells: Vec<String> = systems.iter().map(|system| find(system).map_or_else(String::new, |figure| figure.to_string())).collect();
        let bound = find(OURS).map_or_else(String::new, |figure| held_against(figure));
        let metric = what.metric.replace('_', " ");
        lines.push(format!("| {} | {metric} | {} | {} | {bound} |", what.case, what.unit, cells.join(" | ")));
    }
    lines.join("\n") + "\n"
}

fn held_against(figure: &Figure) -> String {
    match figure.bound() {
        Some(Bound::Limit(limit)) if figure.is_ok() => format!("limit {limit}"),
        Some(Bound::Limit(limit)) => format!("limit {limit}: **broken**"),
        Some(Bound::Aim(aim)) => format!("aim {aim}"),
        None => String::new(),
    }
}

/// Puts the table of each bench, with its command and header, between the marks `<!-- bench NAME -->` and `<!-- end NAME -->` of a page.
///
/// # Errors
/// When the page lacks the marks of a bench.
pub(super) fn into_page(page: &str, benches: &[(&str, String)], header: &Header, board: &Board) -> Result<String, Failure> {
    let mut page = page.to_owned();
    for (bench, command) in benches {
        let (begin, end) = (format!("<!-- bench {bench} -->\n"), format!("<!-- end {bench} -->"));
        let (before, rest) = page.split_once(&begin).ok_or_else(|| format!("no mark {begin}"))?;
        let (_, after) = rest.split_once(&end).ok_or_else(|| format!("no mark {end}"))?;
        let table = table(bench, board);
        page = format!("{before}{begin}\n`{command}`\n\n{table}\n{}\n\n{end}{after}", header.text());
    }
    Ok(page)
}
