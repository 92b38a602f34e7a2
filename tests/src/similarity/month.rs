use time::Month as CalendarMonth;

use super::{ALTERATIONS, Plan};
use crate::generate::{Corpus, Officer, altered};

/// The altered copies of one description, one for each of [`ALTERATIONS`].
pub type Copies = [String; ALTERATIONS.len()];

/// What an officer wrote in a month, and copies of each description.
#[derive(Debug)]
pub struct Month {
    /// The descriptions in the order in which they were filed.
    pub texts: Vec<String>,
    /// Their altered copies.
    pub copies: Vec<Copies>,
}

/// The months of an officer, one after the other.
pub fn months(officer: &Officer, plan: &Plan) -> impl Iterator<Item = Month> {
    let volume = plan.volume;
    (0..plan.months).map(move |number| {
        let year = 2020 + i32::from(number / 12);
        let month = CalendarMonth::January.nth_next(u8::try_from(number % 12).unwrap_or(0));
        let texts: Vec<String> = officer.month(year, month, volume).into_iter().map(|report| report.uraian).collect();
        let copies = texts
            .iter()
            .enumerate()
            .map(|(index, text)| {
                let other = texts.get((index * 7 + 1) % texts.len()).unwrap_or(text);
                let seed = u64::from(number) << 32 | index as u64;
                ALTERATIONS.map(|(_, how)| altered(Corpus::Measurement, text, other, how, seed))
            })
            .collect();
        Month { texts, copies }
    })
}
