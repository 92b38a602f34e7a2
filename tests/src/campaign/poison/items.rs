//! The items: valid ones, made once, and poisonous ones.

use automerge::legacy::{ObjectId, OpId};
use automerge::{Change, ExpandedChange};
use serde_json::json;
use sync_core::change::Item;
use sync_core::document::{Birth, create};
use sync_core::form::Form;
use sync_core::{Actor, DeviceId, Nrp, ReportId, Timestamp};

use super::sender::{DEVICE, NOW_MS, OFFICER, VILLAGE};
use crate::programs::{Failure, workspace};

/// Three hours: few reports of one month, so that looking for repeated descriptions is not what is measured.
const APART_MS: i64 = 3 * 3_600 * 1_000;

/// Valid items, each a new report of one officer's device.
#[derive(Debug, Clone)]
pub struct Batch {
    pub(super) items: Vec<Vec<u8>>,
    pub(super) reports: Vec<ReportId>,
}

impl Batch {
    /// So many of them.
    ///
    /// # Errors
    /// When a report cannot be written.
    pub fn of(count: usize) -> Result<Self, Failure> {
        let mut batch = Self { items: Vec::new(), reports: Vec::new() };
        for number in 0..count as u64 {
            let (report, change) = birth(number, DEVICE)?;
            batch.items.push(Item { report, changes: vec![change] }.encode()?);
            batch.reports.push(report);
        }
        Ok(batch)
    }
}

fn birth(number: u64, device: DeviceId) -> Result<(ReportId, Change), Failure> {
    let form = Form::newest("deteksi-dini").ok_or("no such form")?;
    let recorded_at = Timestamp::from_unix_ms(NOW_MS - APART_MS * number.cast_signed());
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    let report = ReportId::new(recorded_at.unix_ms().cast_unsigned(), random);
    let author = Nrp::from_number(OFFICER).ok_or("no such number")?;
    let birth = Birth { report, kind: form.kind().to_owned(), form: form.version(), unit: VILLAGE.parse()?, author, recorded_at };
    let data = json!({
        "uraian": format!("Kejadian {number}: warga melihat kendaraan tanpa nomor berhenti lama di depan gudang pupuk pada malam hari."),
        "bidang": "keamanan", "urgensi": "sedang", "keseringan": "jarang", "rt": "003", "rw": "001", "tanggal": "2026-11-24",
    });
    let (_, change) = create(form, &birth, &data, Actor::new(device, number.to_be_bytes()), &mut String::new)?;
    Ok((report, change))
}

/// An item that must be refused.
#[derive(Debug, Clone)]
pub struct Poison {
    /// What it is.
    pub name: String,
    /// It is an input that stands where an item has its changes, and stands here also bare.
    pub is_framed: bool,
    pub(super) bytes: Vec<u8>,
}

/// Every input of `tests/hostile`, bare and where an item has its changes; and items that decode, forged from valid ones.
///
/// # Errors
/// When the inputs cannot be read.
pub fn poisons() -> Result<Vec<Poison>, Failure> {
    let mut files: Vec<_> = std::fs::read_dir(workspace().join("tests/hostile"))?.collect::<Result<_, _>>()?;
    files.retain(|file| file.path().extension().is_some_and(|end| end == "bin"));
    files.sort_by_key(std::fs::DirEntry::file_name);
    let mut all = Vec::new();
    for file in files {
        let (name, bytes) = (file.file_name().to_string_lossy().into_owned(), std::fs::read(file.path())?);
        // A report's id, no actors, one change: then the input.
        let framed = [&[7; 16][..], &[0, 1], &bytes].concat();
        all.push(Poison { name: format!("{name} (framed)"), is_framed: true, bytes: framed });
        all.push(Poison { name, is_framed: false, bytes });
    }
    all.extend(forged()?);
    Ok(all)
}

fn forged() -> Result<Vec<Poison>, Failure> {
    // Beyond the numbers of valid items.
    const NUMBER: u64 = 120_000;
    let forge = |name: &str, alter: &dyn Fn(&mut ExpandedChange)| -> Result<Poison, Failure> {
        let (report, change) = birth(NUMBER, DEVICE)?;
        let mut expanded = ExpandedChange::from(&change);
        alter(&mut expanded);
        Ok(Poison {
            name: format!("forged: {name}"),
            is_framed: false,
            bytes: Item { report, changes: vec![Change::from(expanded)] }.encode()?,
        })
    };
    let (report, foreign) = birth(NUMBER, DeviceId([9; 8]))?;
    let nowhere = |change: &ExpandedChange| OpId::new(77_777, &change.actor_id);
    Ok(vec![
        forge("an operation on an object that is not there", &|change| {
            let id = nowhere(change);
            if let Some(last) = change.operations.last_mut() {
                last.obj = ObjectId::Id(id);
            }
        })?,
        forge("a predecessor that is not there", &|change| {
            let id = nowhere(change);
            if let Some(last) = change.operations.last_mut() {
                last.pred = vec![id].into();
            }
        })?,
        forge("a gap in the sequence", &|change| change.seq = 5)?,
        Poison { name: "forged: another device's".to_owned(), is_framed: false, bytes: Item { report, changes: vec![foreign] }.encode()? },
    ])
}
