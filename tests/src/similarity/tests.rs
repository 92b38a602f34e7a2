use super::{Figures, Plan, measure};

/// A slice of the measurement of ADR 0030, on officers of its own; the program `similarity` measures the whole.
#[test]
fn few_false_alarms_and_nearly_all_copies_found() {
    let plan = Plan { seed: 11, officers: 4, months: 1, volume: 200 };
    let all: Vec<Figures> = (0..plan.officers).map(|number| measure(&plan, number)).collect();
    let reports: usize = all.iter().map(|figures| figures.reports).sum();
    let false_alarms: usize = all.iter().map(|figures| figures.false_alarms).sum();
    assert_eq!(reports, 800);
    assert!(false_alarms * 100 <= reports, "seed {}: {all:?}", plan.seed);
    for index in 0..4 {
        let hits: usize = all.iter().filter_map(|figures| figures.hits.get(index)).sum();
        assert!(hits * 100 >= reports * 95, "seed {}, alteration {index}: {all:?}", plan.seed);
    }
}
