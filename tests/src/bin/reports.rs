//! Prints generated reports as lines of JSON: `id`, `kind`, `unit` and the fields of the form. `bench --text` reads them.

use std::io::{BufWriter, Write};

use clap::{Parser, ValueEnum};
use serde_json::Value;
use tests::bench::flat_reports;
use tests::generate::Corpus;

/// Prints generated reports, one a line.
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
    let mut out = BufWriter::new(std::io::stdout().lock());
    for report in flat_reports(corpus, arguments.seed, arguments.count) {
        writeln!(out, "{}", Value::Object(report))?;
    }
    out.flush()
}
