//! Why something was refused, also for a reason that only a newer app knows.

use serde_json::{Value, json};
use sync_core::Refusal;
use sync_core::form::{Lang, Words};

/// A stored refusal: its number as the server sent it, the words for it, and those of the supervisor who discarded what was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    number: u8,
    said: String,
}

impl Reason {
    pub(crate) fn new(number: u8, said: String) -> Self {
        Self { number, said }
    }

    /// The reason; none when this version of the app does not know it.
    pub fn known(&self) -> Option<Refusal> {
        Refusal::from_number(self.number)
    }

    /// Stable, for machines: `form-invalid`; `refusal-99` for one that is not known.
    pub fn code(&self) -> String {
        self.known().map_or_else(|| format!("refusal-{}", self.number), |refusal| refusal.code().to_owned())
    }

    /// What happened.
    pub fn text(&self) -> Words {
        let unknown = || {
            let n = self.number;
            Words::new(
                format!("Pusat menolak dengan alasan nomor {n} yang belum dikenal aplikasi ini."),
                format!("The centre refused for reason {n}, which this app does not know."),
            )
        };
        self.known().map_or_else(unknown, Refusal::words)
    }

    /// What to do.
    pub fn remedy(&self) -> Words {
        let unknown = || {
            Words::new(
                "Perbarui aplikasi, lalu lihat lagi; bila mendesak, ekspor laporan dan hubungi operator.",
                "Update the app, then look again; if it is urgent, export the report and call the operator.",
            )
        };
        self.known().map_or_else(unknown, |refusal| Words::new(refusal.remedy(Lang::Indonesian), refusal.remedy(Lang::English)))
    }

    /// What the supervisor said who discarded it; else empty.
    pub fn said(&self) -> &str {
        &self.said
    }

    /// As the command line prints it.
    pub fn json(&self) -> Value {
        json!({ "code": self.code(), "text": self.text(), "remedy": self.remedy(), "reason": self.said })
    }
}
