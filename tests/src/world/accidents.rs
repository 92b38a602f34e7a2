//! Accidents of programs, disks and clocks: kills, restored backups, copied phones, clocks that jump, full disks.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use local_store::{Device, Error};
use serde_json::Value;
use sync_core::ReportId;
use sync_server::{OpenOptions, Server};

use super::disk::Image;
use super::eye::{CentreEye, Hash};
use super::host::{Killed, Machine};
use super::{Person, World};
use crate::timeline::{CENTRE, What};

/// A copy of a device's store.
#[derive(Debug, Clone)]
pub struct Backup {
    image: Image,
    position: i64,
    rows: u64,
    saved: BTreeMap<Hash, ReportId>,
}

impl World {
    /// Opens a person's store again, as after the end of the app.
    ///
    /// # Errors
    /// Those of [`Device::open`].
    pub fn reopen(&self, person: Person) -> Result<Person, Error> {
        self.shelf.open().blink(person.number);
        let Person { nrp, device, store, number, link, machine, shelf } = person;
        drop(device);
        let device = Device::open_on(&store, machine.clone())?;
        Ok(Person { nrp, device, store, number, link, machine, shelf })
    }

    /// Kills a device between two of its transactions and starts it again, on what a kill leaves on the disk.
    pub fn kill(&self, person: &mut Person) {
        let image = Image::of(&person.store).expect("the store's files");
        self.shelf.open().note(person.number, || What::Killed);
        self.put(person, &image);
        let mut book = self.shelf.open();
        book.tally.count("kills of a device");
        book.note(person.number, || What::Reopened);
        book.same_as_before(person.number);
    }

    /// Lets a device die while it saves a report, before its commit, at the n-th look at its clock or chance. The report's id when it was saved
    /// before that.
    pub fn kill_in_save(&self, person: &mut Person, looks: i64, unit: &str, data: &Value) -> Option<ReportId> {
        person.machine.die_in(looks);
        let done = catch_unwind(AssertUnwindSafe(|| person.try_file("deteksi-dini", unit, data)));
        person.machine.die_in(0);
        match done {
            Ok(saved) => return saved.ok(),
            Err(ended) if ended.is::<Killed>() => self.shelf.open().tally.count("saves cut before their commit"),
            Err(panic) => std::panic::resume_unwind(panic),
        }
        self.kill(person);
        None
    }

    /// Puts a store's files where no program has them open, and opens them.
    fn put(&self, person: &mut Person, image: &Image) {
        let path = self.fresh(person.number);
        image.write(&path).expect("room for a store");
        person.device = Device::open_on(&path, person.machine.clone()).expect("a store that opens after a kill");
        self.shelf.open().look_elsewhere(person.number, &path);
        let old = std::mem::replace(&mut person.store, path);
        remove(&old);
    }

    fn fresh(&self, number: usize) -> PathBuf {
        self.copies.set(self.copies.get() + 1);
        self.folder.path().join(format!("phone-{number}-{}.sambang", self.copies.get()))
    }

    /// Copies a device's store, as a backup does.
    pub fn backup(&self, person: &Person) -> Backup {
        let mut book = self.shelf.open();
        book.look(person.number);
        let store = book.store(person.number);
        let (position, rows, saved) = (store.position, store.rows, store.saved.clone());
        book.note(person.number, || What::Note { text: "backup".to_owned() });
        Backup { image: Image::of(&person.store).expect("the store's files"), position, rows, saved }
    }

    /// Puts an earlier copy in the place of a device's store. What was saved since and not delivered is gone with the phone; what was delivered
    /// must come back.
    pub fn restore(&self, person: &mut Person, backup: &Backup) {
        self.put(person, &backup.image);
        let mut book = self.shelf.open();
        book.tally.count("restores");
        book.note(person.number, || What::Restored);
        let mut comes_back = book.receipted.clone();
        if book.life > 0 {
            let somewhere = book.somewhere();
            comes_back.retain(|hash| somewhere.contains(hash));
        }
        let store = book.store(person.number);
        store.position = backup.position;
        store.rows = backup.rows;
        store.saved.retain(|hash, _| backup.saved.contains_key(hash) || comes_back.contains(hash));
        store.waiting.retain(|hash, _| backup.saved.contains_key(hash));
        store.outstanding = Vec::new();
        store.restored = true;
        book.same_as_before(person.number);
    }

    /// Copies a device's store to another phone; both go on.
    pub fn clone_phone(&self, person: &Person) -> Person {
        let backup = self.backup(person);
        let number = self.shelf.open().stores.len();
        let path = self.fresh(number);
        backup.image.write(&path).expect("room for a store");
        let machine = Arc::new(Machine::new(Arc::clone(&self.time), self.seed, 1 + number as u64));
        let device = Device::open_on(&path, machine.clone()).expect("a copied store that opens");
        let lane = format!("{} copy", self.shelf.open().lane(person.number));
        let twin = self.person(person.nrp, &lane, device, path, machine);
        let mut book = self.shelf.open();
        book.tally.count("clones");
        book.note(person.number, || What::Cloned { to: lane });
        let first = book.store(person.number);
        let (waiting, revoked, restored) = (first.waiting.clone(), first.revoked, first.restored);
        let store = book.store(twin.number);
        (store.position, store.rows, store.saved) = (backup.position, backup.rows, backup.saved);
        (store.waiting, store.revoked, store.restored) = (waiting, revoked, restored);
        drop(book);
        twin
    }

    /// Kills the centre and starts it again, on what a kill leaves on the disk.
    pub fn kill_centre(&mut self) {
        let image = Image::of(&self.centre_directory.join("sambang.db")).expect("the centre's files");
        let directory = self.fresh_centre(&image);
        self.open_centre(directory);
        let mut book = self.shelf.open();
        let rows = book.centre.count().expect("a centre that reads");
        let known = book.at_centre.len() as u64;
        book.tally.count("kills of the centre");
        book.note_on(CENTRE, || What::Killed);
        if rows != known {
            book.breaks(CENTRE, format!("I1: the centre had {known} changes before it was killed and {rows} after"));
        }
    }

    /// The centre's database where no program has it open, with its keys.
    pub(super) fn fresh_centre(&self, image: &Image) -> PathBuf {
        self.copies.set(self.copies.get() + 1);
        let directory = self.folder.path().join(format!("centre-{}", self.copies.get()));
        std::fs::create_dir(&directory).expect("room for the centre");
        image.write(&directory.join("sambang.db")).expect("room for the centre");
        std::fs::create_dir(directory.join("journal")).expect("room for the journal");
        for name in ["keys", "journal/journal.log"] {
            std::fs::copy(self.centre_directory.join(name), directory.join(name)).expect("the centre's keys and journal");
        }
        for name in ["high-water", "backup.json"].iter().filter(|name| self.centre_directory.join(name).exists()) {
            std::fs::copy(self.centre_directory.join(name), directory.join(name)).expect("the centre's marks");
        }
        directory
    }

    /// Starts the centre in that directory, and forgets where it was.
    pub(super) fn open_centre(&mut self, directory: PathBuf) {
        self.server = Server::open(&directory, OpenOptions::MustExist).expect("a centre that opens");
        self.shelf.open().centre = CentreEye::open(&directory.join("sambang.db")).expect("a look into the centre");
        let old = std::mem::replace(&mut self.centre_directory, directory);
        // The old files were only ever this world's; a leftover costs memory until its end and nothing else.
        drop(std::fs::remove_dir_all(old));
    }

    /// A report filed with a full disk: the officer is told, or there was room for it. Then the disk has room again.
    pub(crate) fn full_disk(&self, person: &Person, unit: &str, data: &Value) {
        person.device.limit_bytes(Some(0)).expect("a quota");
        if person.try_file("deteksi-dini", unit, data) == Err(Error::DiskFull) {
            self.shelf.open().tally.count("saves on a full disk");
        }
        person.device.limit_bytes(None).expect("no quota");
    }

    /// Sets a device's clock: forward, or back when negative.
    pub fn clock(&self, person: &Person, by_ms: i64) {
        person.machine.jump(by_ms);
        let mut book = self.shelf.open();
        book.tally.count("clock jumps");
        book.note(person.number, || What::ClockJump { by_ms });
    }

    /// Sets the centre's clock.
    pub fn centre_clock(&self, by_ms: i64) {
        self.machine.jump(by_ms);
        let mut book = self.shelf.open();
        book.tally.count("clock jumps of the centre");
        book.note_on(CENTRE, || What::ClockJump { by_ms });
    }
}

/// A store's files; the open device keeps what it has open.
fn remove(path: &std::path::Path) {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        // What is not there needs no removing.
        drop(std::fs::remove_file(name));
    }
}
