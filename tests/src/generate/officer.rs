//! An officer that does not exist: his villages, his habits, and what he files in a month.

use time::{Date, Month};

use super::draw::{Draw, mix};
use super::form;
use super::habit::{Habits, Style};
use super::kind::Kind;
use super::narrative;
use super::report::Report;
use super::scene::{Scene, plain};
use super::talk::{self, Talk};
use super::vocabulary::{Corpus, Village};

/// One officer of a corpus. The same seed and number give the same officer, who writes the same reports.
#[derive(Debug)]
pub struct Officer {
    corpus: Corpus,
    key: u64,
    name: String,
    nrp: String,
    villages: Vec<Village>,
    habits: Habits,
}

impl Officer {
    /// Officer `number` of `seed`.
    pub fn new(corpus: Corpus, seed: u64, number: u64) -> Self {
        let key = mix(mix(corpus.salt(), seed), number);
        let mut draw = Draw::seeded(key, 0);
        let vocabulary = corpus.vocabulary();
        let mut villages = Vec::new();
        for _ in 0..draw.between(2, 4) {
            villages.extend(draw.pick(&vocabulary.villages).copied());
        }
        villages.dedup();
        let given = plain(&vocabulary.grammar, &mut draw, "nama.pria");
        let family = plain(&vocabulary.grammar, &mut draw, "nama.keluarga");
        // A personnel number begins with year and month of birth; no month has the number 13 to 99, so it is nobody's.
        let nrp = format!("{:02}{:02}{:04}", draw.between(70, 99), draw.between(13, 99), draw.below(10_000));
        Self { corpus, key, name: format!("{given} {family}"), nrp, villages, habits: Habits::of(key) }
    }

    /// His name, which is joined at random.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// His personnel number: eight digits that no officer can have.
    pub fn nrp(&self) -> &str {
        &self.nrp
    }

    /// The villages that he looks after.
    pub fn villages(&self) -> &[Village] {
        &self.villages
    }

    /// The manner in which he writes.
    pub fn style(&self) -> Style {
        self.habits.style
    }

    /// What he files in one month: `volume` reports in the order of their days.
    pub fn month(&self, year: i32, month: Month, volume: usize) -> Vec<Report> {
        let calendar = mix(u64::from(year.unsigned_abs()), u64::from(u8::from(month)));
        let month_key = mix(self.key, calendar);
        let mut draw = Draw::seeded(month_key, 1);
        let talks = talk::of_month(self.corpus.vocabulary(), &self.habits, &mut draw);
        let days = u64::from(month.length(year));
        let mut reports: Vec<Report> = (0..volume as u64)
            .filter_map(|number| {
                let mut draw = Draw::seeded(month_key, 2 + number);
                let day = u8::try_from(draw.between(1, days)).ok()?;
                let date = Date::from_calendar_date(year, month, day).ok()?;
                Some(self.report(date, draw, &talks))
            })
            .collect();
        reports.sort_by_key(|report| report.date);
        reports
    }

    fn report(&self, date: Date, mut draw: Draw, talks: &[Talk]) -> Report {
        let kind = Kind::drawn(&mut draw);
        let village = draw.pick(&self.villages).copied().unwrap_or_default();
        let vocabulary = self.corpus.vocabulary();
        let mut scene = Scene::new(vocabulary, &self.habits, draw, village, date);
        scene.talk = talk::next(&mut scene.draw, &vocabulary.grammar, talks);
        let talk = scene.talk.clone();
        let chain = self.corpus.chain(self.habits.style);
        let uraian = narrative::describe(kind, &mut scene, &self.habits, chain, talks);
        scene.talk = talk;
        let data = form::fields(kind, &uraian, &mut scene);
        Report { kind, village, date, uraian, data }
    }
}
