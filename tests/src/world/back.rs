//! The centre goes back in time: an earlier copy of its database takes the place of the newest.

use rusqlite::Connection;
use sync_core::proof::Proof;
use sync_core::{DeviceId, ReportId};

use super::disk::Image;
use super::{Person, World};
use crate::timeline::{CENTRE, What};

/// A backup of the centre.
#[derive(Debug, Clone)]
pub struct CentreBackup {
    image: Image,
    /// Which one of this world.
    number: u64,
}

/// What the centre's journal of enrolments and grants brings back after a restore: the world has none yet, and carries the tables over instead.
/// Later tables name earlier ones.
const JOURNALLED: [&str; 5] = ["unit", "officer", "grant_decision", "device", "enrolment_code"];

impl World {
    /// Makes a backup of the running centre. What it has may leave the phones from then on.
    pub fn back_up_centre(&self) -> CentreBackup {
        self.copies.set(self.copies.get() + 1);
        let (number, place) = (self.copies.get(), self.folder.path().join(format!("backup-{}", self.copies.get())));
        self.server.backup(&place, self.now()).expect("room for a backup");
        let image = Image::of(&place.join("sambang.db")).expect("the backup's database");
        std::fs::remove_dir_all(&place).expect("a backup that can be put away");
        self.shelf.open().backed_up(number);
        CentreBackup { image, number }
    }

    /// Puts an earlier copy in the place of the centre's database. Enrolments and grants stay as they are; what was taken in since is gone, until
    /// the devices bring it back.
    pub fn roll_back_centre(&mut self, backup: &CentreBackup) {
        let directory = self.fresh_centre(&backup.image);
        carry_over(&self.centre_directory.join("sambang.db"), &directory.join("sambang.db")).expect("the journalled tables");
        self.open_centre(directory);
        self.import_decree();
        let mut book = self.shelf.open();
        let before = book.at_centre.len();
        book.went_back();
        book.forms_forgotten = !book.operated.is_empty();
        let gone = before - book.at_centre.len();
        book.tally.count("rollbacks of the centre");
        book.tally.add("changes that the centre lost", gone as u64);
        if backup.number == book.newest_backup {
            book.nothing_left_in_vain();
        }
        book.note_on(CENTRE, || What::Restored);
    }
}

impl World {
    /// Changes the centre's tables by hand, as a disk or an operator with half a backup might.
    pub fn centre_changes(&self, sql: &str) {
        let db = Connection::open(self.centre_directory.join("sambang.db")).expect("a centre that opens");
        db.pragma_update(None, "foreign_keys", false).expect("a setting");
        db.execute_batch(sql).expect("a change of the centre's tables");
        self.shelf.open().went_back();
    }
}

impl Person {
    /// Changes the store's tables by hand, as a disk that lied might.
    pub fn disk_changes(&self, sql: &str) {
        self.shelf.open().store(self.number).restored = true;
        Connection::open(&self.store).expect("a store that opens").execute_batch(sql).expect("a change of the store's tables");
    }

    /// The tokens that this device keeps of a report.
    pub fn tokens(&self, report: ReportId) -> Vec<Proof> {
        self.shelf.open().with_eye(self.number, |eye| eye.tokens(report))
    }

    /// Takes all tokens from a device, as if it had got what it has before there were any.
    pub fn lose_tokens(&self) {
        self.shelf.open().store(self.number).restored = true;
        Connection::open(&self.store).expect("a store that opens").execute("DELETE FROM token", []).expect("a store that writes");
    }

    /// The id of this device, as actors begin with it.
    pub fn device_id(&self) -> DeviceId {
        DeviceId(self.shelf.open().with_eye(self.number, super::eye::DeviceEye::device))
    }
}

fn carry_over(from: &std::path::Path, to: &std::path::Path) -> rusqlite::Result<()> {
    let mut db = Connection::open(to)?;
    db.pragma_update(None, "foreign_keys", false)?;
    db.execute("ATTACH DATABASE ?1 AS newest", [from.to_string_lossy()])?;
    let transaction = db.transaction()?;
    for table in JOURNALLED {
        transaction.execute_batch(&format!("DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM newest.{table};"))?;
    }
    transaction.commit()?;
    db.execute("DETACH DATABASE newest", [])?;
    Ok(())
}
