//! Prints how often different reports are taken for copies, and how often copies are found (ADR 0030).

use clap::Parser;
use tests::similarity::{ALTERATIONS, CANDIDATES, Figures, Plan, measure, try_candidate};

/// Measures the detection of repeated descriptions on generated reports.
#[derive(Debug, Parser)]
struct Arguments {
    /// Seed of the officers. The threshold was chosen on seeds below 10.
    #[arg(long, default_value_t = 11)]
    seed: u64,
    /// Number of officers, each with a style of his own.
    #[arg(long, default_value_t = 8)]
    officers: u64,
    /// Months of each officer.
    #[arg(long, default_value_t = 34)]
    months: u16,
    /// Reports of a month.
    #[arg(long, default_value_t = 300)]
    volume: usize,
    /// Also try the rejected ways of comparing.
    #[arg(long)]
    alternatives: bool,
}

fn main() {
    let arguments = Arguments::parse();
    let plan = Plan { seed: arguments.seed, officers: arguments.officers, months: arguments.months, volume: arguments.volume };
    println!("seed {}, {} months of {} reports", plan.seed, plan.months, plan.volume);
    let all: Vec<Figures> = (0..plan.officers).map(|number| measure(&plan, number)).collect();
    println!("officer  style      reports  false alarms");
    for figures in &all {
        let Figures { officer, style, reports, false_alarms, .. } = figures;
        println!("{officer:>7}  {style:<9}  {reports:>7}  {:>11.2} %", percent(*false_alarms, *reports));
    }
    let reports: usize = all.iter().map(|figures| figures.reports).sum();
    let false_alarms: usize = all.iter().map(|figures| figures.false_alarms).sum();
    println!("all: {reports} reports, false alarms {:.2} %", percent(false_alarms, reports));
    for (index, (name, _)) in ALTERATIONS.iter().enumerate() {
        let hits = all.iter().filter_map(|figures| figures.hits.get(index)).sum();
        println!("copies with {name}: {:.2} % found", percent(hits, reports));
    }
    if arguments.alternatives {
        println!("\nAt the threshold that lets 1 % of the reports be false alarms; copies found in %:");
        for candidate in &CANDIDATES {
            let trial = try_candidate(candidate, &plan);
            let hits = trial.hits.map(|share| format!("{:>6.1}", share * 100.0)).join(" ");
            println!("{:<45} threshold {:.3} {hits}", candidate.name, trial.threshold);
        }
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
