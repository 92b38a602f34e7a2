//! How the day is told: Indonesian first, English on request, with a bar where something takes its time.

use indicatif::{ProgressBar, ProgressStyle};

/// The voice that tells the day.
#[derive(Debug)]
pub(crate) struct Voice {
    english: bool,
}

impl Voice {
    pub(crate) fn new(english: bool) -> Self {
        Self { english }
    }

    pub(crate) fn pick<'a>(&self, id: &'a str, en: &'a str) -> &'a str {
        if self.english { en } else { id }
    }

    pub(crate) fn heading(&self, clock: &str, id: &str, en: &str) {
        println!("\n{clock}  {}", self.pick(id, en));
    }

    pub(crate) fn line(&self, id: &str, en: &str) {
        println!("       {}", self.pick(id, en));
    }

    pub(crate) fn bar(&self, length: u64, id: &str, en: &str) -> ProgressBar {
        let bar = ProgressBar::new(length);
        let style = ProgressStyle::with_template("       {msg} {bar:24} {pos}/{len}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(self.pick(id, en).to_owned());
        bar
    }
}
