//! Prints generated reports as lines of JSON, in the shape that the programs in `tests/peers` read.

use std::io::{BufWriter, Write};

use clap::{Parser, ValueEnum};
use serde_json::{Map, Value, json};
use sync_core::sim::Random;
use tests::generate::{Corpus, Report, Style, remark, reports};

/// Prints generated reports, one a line: `r` = the report, `e` = a later edit.
#[derive(Debug, Parser)]
struct Arguments {
    /// Seed of the officers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many reports.
    #[arg(long, default_value_t = 1_000)]
    count: usize,
    /// The vocabulary.
    #[arg(long, value_enum, default_value_t = Vocabulary::Measurement)]
    corpus: Vocabulary,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Vocabulary {
    Training,
    Measurement,
}

fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let corpus = match arguments.corpus {
        Vocabulary::Training => Corpus::Training,
        Vocabulary::Measurement => Corpus::Measurement,
    };
    let mut random = Random::seeded(arguments.seed, 0x5245_504f_5254);
    let mut out = BufWriter::new(std::io::stdout().lock());
    for report in reports(corpus, arguments.seed).take(arguments.count) {
        let edit = edit(corpus, &report, &mut random);
        let line = json!({ "r": flat(report, &mut random), "e": edit });
        writeln!(out, "{line}")?;
    }
    out.flush()
}

/// The report with its head beside its fields; the description has the name that the peers edit.
fn flat(report: Report, random: &mut Random) -> Map<String, Value> {
    let mut fields = report.data;
    fields.remove("uraian");
    let bits = u128::from(random.bits()) << 64 | u128::from(random.bits());
    let id = uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid();
    fields.insert("id".to_owned(), json!(id.to_string()));
    fields.insert("jenis_laporan".to_owned(), json!(report.kind.name()));
    fields.insert("kode_desa".to_owned(), json!(report.village.code));
    fields.insert("narasi".to_owned(), json!(report.uraian));
    fields.insert("status".to_owned(), json!("baru"));
    fields
}

fn edit(corpus: Corpus, report: &Report, random: &mut Random) -> Value {
    let letters = report.uraian.chars().count() as u64;
    let position = random.between(letters / 2, letters);
    let removed = [0, 0, 8, 20][usize::try_from(random.below(4)).unwrap_or(0)].min(letters - position);
    let said = remark(corpus, Style::Dinas, random.bits());
    let added: String = remark(corpus, Style::Ringkas, random.bits()).chars().take(80).collect();
    json!({
        "komentar": said,
        "komentar_oleh": "Kapolsek",
        "status": "ditindaklanjuti",
        "splice": [position, removed, format!(" {added}")],
    })
}
