//! Gets what is unsent out of a store that does not open any more: damaged, cut, of a newer version, or in use. The file is only read.
//!
//! SQLite is not asked: pages are read as bytes, rows known by their shape, and a change proves itself by its hash.

mod log;
mod pages;
mod record;
mod report;
mod rows;
mod seal;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};
use sync_core::form::Words;
use sync_core::history::Node;
use sync_core::keys::SecretKey;
use sync_core::{DeviceId, Nrp, ReportId, Timestamp, scratch};

use crate::{Error, Host, files};
use pages::Pages;
pub(crate) use pages::is_log_whole;
pub use report::RescuedReport;
use rows::{ChangeRow, Rows};

/// What is to be known of a rescue beside the reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Another program has the store open: what it saves meanwhile may be missing.
    InUse,
    /// A newer version wrote the store; what it added is not read.
    Newer(u32),
    /// The head of the file is not that of a store.
    HeaderDamaged,
    /// So many pages are missing at the end, or a part of one.
    Cut(usize),
    /// The write-ahead log is damaged: what was saved last may be missing.
    LogDamaged,
    /// So many changes cannot be read; it is not known how many of them were unsent.
    ChangesLost(usize),
    /// So many drafts cannot be read whole.
    DraftsLost(usize),
    /// The device's key or number cannot be read: no bundle, only JSON.
    KeyLost,
    /// The device's key is not that of its enrolment, or the enrolment's record cannot be read: the centre may reject the bundle.
    KeyUnproven,
}

impl Note {
    /// Stable, for machines.
    pub fn code(self) -> &'static str {
        match self {
            Self::InUse => "in-use",
            Self::Newer(_) => "newer",
            Self::HeaderDamaged => "header-damaged",
            Self::Cut(_) => "cut",
            Self::LogDamaged => "log-damaged",
            Self::ChangesLost(_) => "changes-lost",
            Self::DraftsLost(_) => "drafts-lost",
            Self::KeyLost => "key-lost",
            Self::KeyUnproven => "key-unproven",
        }
    }

    /// What to tell the officer.
    pub fn words(self) -> Words {
        match self {
            Self::InUse => Words::new(
                "Penyimpanan sedang dipakai program lain; yang disimpan sekarang mungkin belum terbaca.",
                "Another program has the store open; what it saves meanwhile may be missing.",
            ),
            Self::Newer(version) => Words::new(
                format!("Penyimpanan dibuat oleh versi yang lebih baru ({version})."),
                format!("A newer version wrote the store ({version})."),
            ),
            Self::HeaderDamaged => Words::new("Kepala berkas rusak.", "The head of the file is damaged."),
            Self::Cut(pages) => {
                Words::new(format!("Berkas terpotong: {pages} halaman hilang."), format!("The file is cut: {pages} pages are missing."))
            }
            Self::LogDamaged => Words::new(
                "Berkas -wal rusak; yang terakhir disimpan mungkin hilang.",
                "The file -wal is damaged; what was saved last may be missing.",
            ),
            Self::ChangesLost(count) => Words::new(
                format!("{count} perubahan tidak terbaca; tidak diketahui berapa yang belum terkirim."),
                format!("{count} changes cannot be read; nobody knows how many of them were unsent."),
            ),
            Self::DraftsLost(count) => {
                Words::new(format!("{count} draf tidak terbaca utuh."), format!("{count} drafts cannot be read whole."))
            }
            Self::KeyLost => Words::new(
                "Kunci perangkat tidak terbaca: tidak ada bundel. Buat laporannya lagi dari JSON («report new --data»).",
                "The device's key cannot be read: there is no bundle. Make the reports again from JSON («report new --data»).",
            ),
            Self::KeyUnproven => Words::new(
                "Kunci perangkat mungkin rusak: bila pusat menolak bundel, buat laporannya lagi dari JSON («report new --data»).",
                "The device's key may be damaged: if the centre rejects the bundle, make the reports anew from JSON («report new --data»).",
            ),
        }
    }

    /// Whether it tells of something that may be lost.
    fn is_loss(self) -> bool {
        match self {
            Self::InUse | Self::Newer(_) => false,
            Self::HeaderDamaged
            | Self::Cut(_)
            | Self::LogDamaged
            | Self::ChangesLost(_)
            | Self::DraftsLost(_)
            | Self::KeyLost
            | Self::KeyUnproven => true,
        }
    }
}

/// What came out of a store.
#[derive(Debug, Clone)]
pub struct Rescue {
    /// The device, if it can be told.
    pub device: Option<DeviceId>,
    /// Its officer, likewise.
    pub officer: Option<Nrp>,
    /// The officer's name, or nothing.
    pub name: String,
    /// Reports that are unsent, or may be, oldest first.
    pub reports: Vec<RescuedReport>,
    /// Drafts with their content.
    pub drafts: Vec<(ReportId, Value)>,
    /// Files for `sambang-server bundle admit`.
    pub bundles: Vec<Vec<u8>>,
    /// What else is to be known.
    pub notes: Vec<Note>,
}

impl Rescue {
    /// Reads a store, which is not opened and not changed.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::NothingReadable`].
    pub fn read(path: &Path, host: &dyn Host) -> Result<Self, Error> {
        let mut notes = Vec::new();
        let pages = Pages::read(path, &mut notes)?;
        // Reading nested objects recurses, and there may be thousands of reports.
        let read = scratch::on_large_stack(|| Self::of(&Rows::read(&pages), notes, host));
        read.map_err(|failure| Error::Storage(failure.to_string()))?
    }

    fn of(rows: &Rows, mut notes: Vec<Note>, host: &dyn Host) -> Result<Self, Error> {
        if rows.is_empty() {
            return Err(Error::NothingReadable);
        }
        let device = device(rows);
        let mut reports = reports(rows, device);
        notes.extend(Some(rows.lost_count()).filter(|lost| *lost > 0).map(Note::ChangesLost));
        notes.extend(Some(rows.drafts_lost.len()).filter(|lost| *lost > 0).map(Note::DraftsLost));
        let mut bundles = Vec::new();
        match device.zip(rows.key) {
            Some((device, key)) => {
                let pending: Vec<_> =
                    reports.iter().filter(|one| !one.pending.is_empty()).map(|one| (one.id, one.pending.clone())).collect();
                let (files, unwritten) = seal::bundles(&pending, (device, &SecretKey::from_seed(key)), host)?;
                bundles = files;
                notes.extend((!rows.key_proven).then_some(Note::KeyUnproven));
                for one in &mut reports {
                    one.sealed = !one.pending.is_empty() && !unwritten.contains(&one.id);
                }
            }
            None => notes.push(Note::KeyLost),
        }
        let drafts = rows.drafts.iter().map(|(id, row)| {
            let data = serde_json::from_str(&row.data).unwrap_or_else(|_| Value::from(row.data.clone()));
            let changed_at = Timestamp::from_unix_ms(row.changed_at).to_string();
            let (kind, unit) = (&row.kind, row.unit.to_string());
            (*id, json!({ "sambang_rescue": 1, "draft": id.to_string(), "kind": kind, "form": row.form, "unit": unit, "data": data, "changed_at": changed_at }))
        });
        let (officer, name) = rows.enrolment.as_ref().map_or((None, String::new()), |own| (own.officer, own.name.clone()));
        Ok(Self { device, officer, name, drafts: drafts.collect(), reports, bundles, notes })
    }

    /// Writes all of it into a new folder: a file for each report and draft, the bundles, and `rescue.json` with the sums.
    ///
    /// # Errors
    /// [`Error::NotEmpty`], and those of writing.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        std::fs::create_dir_all(folder)?;
        if std::fs::read_dir(folder)?.next().is_some() {
            return Err(Error::NotEmpty(folder.display().to_string()));
        }
        let put = |name: String, value: &Value| files::put(&folder.join(name), format!("{value:#}\n").as_bytes());
        self.reports.iter().try_for_each(|one| put(format!("{}.json", one.id), &one.json))?;
        self.drafts.iter().try_for_each(|(id, value)| put(format!("draft-{id}.json"), value))?;
        for (name, bytes) in self.files().iter().zip(&self.bundles) {
            files::put(&folder.join(name), bytes)?;
        }
        put("rescue.json".to_owned(), &self.json())
    }

    /// The names of the bundles.
    pub fn files(&self) -> Vec<String> {
        (1..=self.bundles.len()).map(|number| format!("bundle-{number}.sambang")).collect()
    }

    /// How many reports are certainly unsent; whole, as JSON; whole, in a bundle; and how many may be unsent.
    pub fn counts(&self) -> [usize; 4] {
        let count = |wanted: fn(&RescuedReport) -> bool| self.reports.iter().filter(|one| wanted(one)).count();
        [
            count(|one| one.unsent),
            count(|one| one.unsent && one.is_whole()),
            count(|one| one.unsent && one.is_whole() && one.sealed),
            count(|one| !one.unsent),
        ]
    }

    /// Whether everything unsent is here, as far as can be told.
    pub fn is_whole(&self) -> bool {
        !self.notes.iter().any(|note| note.is_loss()) && self.reports.iter().all(RescuedReport::is_whole)
    }

    /// The sums, as the command line prints them.
    pub fn json(&self) -> Value {
        let [unsent, whole, sealed, doubtful] = self.counts();
        let note = |note: &Note| json!({ "code": note.code(), "text": note.words() });
        let report = |one: &RescuedReport| json!({ "id": one.id.to_string(), "unsent": one.unsent, "sealed": one.sealed, "whole": one.is_whole(), "missing": one.missing });
        json!({
            "nrp": self.officer.map(|nrp| nrp.to_string()), "name": self.name, "device": self.device.map(|id| id.to_string()),
            "unsent": unsent, "whole": whole, "sealed": sealed, "doubtful": doubtful, "drafts": self.drafts.len(),
            "bundles": self.files(), "complete": self.is_whole(), "notes": self.notes.iter().map(note).collect::<Vec<_>>(),
            "reports": self.reports.iter().map(report).collect::<Vec<_>>(),
        })
    }
}

/// The device's number, from its enrolment or else from what it wrote.
fn device(rows: &Rows) -> Option<DeviceId> {
    let own = || rows.changes.values().find(|row| row.own).and_then(|row| Some(Node::new(&row.change)?.actor.device()));
    rows.enrolment.as_ref().map(|row| row.device).or_else(own)
}

fn reports(rows: &Rows, device: Option<DeviceId>) -> Vec<RescuedReport> {
    let mut of: BTreeMap<ReportId, Vec<ChangeRow>> = BTreeMap::new();
    for row in rows.changes.values() {
        of.entry(row.report).or_default().push(row.clone());
    }
    let ids: BTreeSet<ReportId> = of.keys().chain(rows.reports.keys()).copied().collect();
    let found = ids.into_iter().filter_map(|id| report::rescued(id, of.remove(&id).unwrap_or_default(), rows.reports.get(&id), device));
    let mut found: Vec<RescuedReport> = found.collect();
    found.sort_by_key(|one| (one.position, one.id));
    found
}
