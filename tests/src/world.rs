//! A small world: one real server and real devices over real SQLite, called directly. No socket, no wall clock, no chance but the seed's.
//!
//! ```
//! use tests::world::World;
//!
//! let world = World::new(7);
//! let officer = world.officer(1, "officer", &["53.03.01.2005"]);
//! let report = officer.file("deteksi-dini", "53.03.01.2005");
//! world.sync(&officer);
//! assert_eq!(officer.device.status().unwrap().unsent, 0);
//! assert_eq!(world.reports().len(), 1, "{report} is at the centre, once");
//! ```
#![expect(clippy::expect_used, reason = "a test's world that does not stand up may panic")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use local_store::{Device, Error, Host, Synced};
use serde_json::{Value, json};
use sync_core::form::Role;
use sync_core::{Nrp, ReportId, Timestamp, UnitCode};
use sync_server::{NewOfficer, OpenOptions, ReportFilter, ReportSummary, Server};
use tempfile::TempDir;

/// 2026-11-25T00:00:00Z.
const BEGIN_MS: i64 = 1_795_564_800_000;

/// The clock and the chance that a whole world shares.
#[derive(Debug)]
struct Nature {
    now_ms: AtomicI64,
    chance: Mutex<ChaCha8Rng>,
}

impl Host for Nature {
    fn now(&self) -> Timestamp {
        // Every look takes a millisecond, so that an order of events is an order of times.
        Timestamp::from_unix_ms(self.now_ms.fetch_add(1, Ordering::SeqCst))
    }
    fn random(&self, bytes: &mut [u8]) -> Result<(), String> {
        self.chance.lock().map_err(|error| error.to_string())?.fill_bytes(bytes);
        Ok(())
    }
    fn monotonic_ms(&self) -> u64 {
        self.now_ms.load(Ordering::SeqCst).cast_unsigned()
    }
}

/// One centre with the units of a small regency, and the devices that enrol.
#[derive(Debug)]
pub struct World {
    folder: TempDir,
    nature: Arc<Nature>,
    /// The centre.
    pub server: Server,
}

/// An officer with a device.
#[derive(Debug)]
pub struct Person {
    /// Who.
    pub nrp: Nrp,
    /// The device.
    pub device: Device,
    /// Its file.
    pub store: PathBuf,
}

const UNITS: &str = "code,name\n53,Nusa Tenggara Timur\n53.03,Kabupaten Timor Tengah Utara\n53.03.01,Miomaffo Timur\n53.03.01.2005,Bokon\n\
    53.03.01.2006,Bitefa\n53.03.02,Miomaffo Barat\n53.03.02.2001,Fatuneno\n53.04,Kabupaten Belu\n53.04.01,Lamaknen\n53.04.01.2001,Maudemu\n";

impl World {
    /// The same seed gives the same world.
    pub fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let nature = Arc::new(Nature { now_ms: AtomicI64::new(BEGIN_MS), chance: Mutex::new(ChaCha8Rng::seed_from_u64(seed)) });
        let mut random = [0; 96];
        nature.random(&mut random).expect("chance");
        let options = OpenOptions::CreateIfMissing { now: nature.now(), random };
        let server = Server::open(&folder.path().join("centre"), options).expect("a new centre");
        server.import_units(UNITS.as_bytes()).expect("the units");
        Self { folder, nature, server }
    }

    /// The centre's data directory.
    pub fn directory(&self) -> PathBuf {
        self.folder.path().join("centre")
    }

    /// The world's time.
    pub fn now(&self) -> Timestamp {
        self.nature.now()
    }

    /// Lets time pass.
    pub fn wait_ms(&self, ms: i64) {
        self.nature.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    fn chance<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.nature.random(&mut bytes).expect("chance");
        bytes
    }

    /// A new officer with an enrolled device that has synced once.
    pub fn officer(&self, number: u32, role: &str, units: &[&str]) -> Person {
        let nrp = Nrp::from_number(81_000_000 + number).expect("a small number");
        let units = units.iter().map(|unit| unit.parse().expect("a unit code")).collect();
        let role = Role::parse(role).expect("a role");
        let new = NewOfficer { nrp, name: format!("Petugas {number}"), role, units };
        let code = self.server.add_officer(&new, self.now(), self.chance()).expect("a new officer").to_string();
        self.enrol(nrp, &code)
    }

    /// A further device for an officer.
    pub fn second_phone(&self, nrp: Nrp) -> Person {
        let code = self.server.new_code(nrp, self.now(), self.chance()).expect("a new code").to_string();
        self.enrol(nrp, &code)
    }

    /// A further device for an officer that has not synced yet.
    pub fn silent_phone(&self, nrp: Nrp) -> Person {
        let code = self.server.new_code(nrp, self.now(), self.chance()).expect("a new code").to_string();
        self.enrol_only(nrp, &code)
    }

    fn enrol(&self, nrp: Nrp, code: &str) -> Person {
        let person = self.enrol_only(nrp, code);
        self.sync(&person);
        person
    }

    fn enrol_only(&self, nrp: Nrp, code: &str) -> Person {
        let store = self.folder.path().join(format!("{nrp}-{:016x}.sambang", u64::from_be_bytes(self.chance())));
        let device = Device::open_on(&store, self.nature.clone()).expect("a new store");
        let request = device.enrolment_request(code).expect("a request");
        let reply = self.server.enrol(&request, self.now(), self.chance()).expect("an answer");
        device.apply_enrolment(code, &reply, "http://127.0.0.1:1", "").expect("an enrolment");
        Person { nrp, device, store }
    }

    /// Opens a person's store again, as after the end of the app.
    pub fn reopen(&self, person: Person) -> Result<Person, Error> {
        let Person { nrp, device, store } = person;
        drop(device);
        Ok(Person { nrp, device: Device::open_on(&store, self.nature.clone())?, store })
    }

    /// The server's reply to the device's next request; the device has not seen it.
    pub fn reply(&self, person: &Person) -> Vec<u8> {
        let request = person.device.request().expect("a request");
        self.server.exchange(&request, self.now()).expect("a reply")
    }

    /// One exchange.
    pub fn exchange(&self, person: &Person) -> Synced {
        person.device.apply(&self.reply(person)).expect("a reply that fits")
    }

    /// Exchanges until nothing is left; gives how many it took.
    pub fn sync(&self, person: &Person) -> usize {
        (1..=50).find(|_| self.exchange(person).complete).expect("an exchange that completes within fifty")
    }

    /// The reports at the centre.
    pub fn reports(&self) -> Vec<ReportSummary> {
        self.server.reports(&ReportFilter::default()).expect("the list")
    }
}

/// Data of an early-detection report; the number makes the description unlike others.
pub fn early_detection(number: u64) -> Value {
    json!({
        "uraian": format!("Kejadian {number}: warga melihat kendaraan tanpa nomor berhenti lama di depan gudang pupuk."),
        "bidang": "keamanan", "urgensi": "tinggi", "keseringan": "jarang", "rt": "003", "rw": "001", "tanggal": "2026-11-24",
    })
}

impl Person {
    /// Files an early-detection report.
    pub fn file(&self, kind: &str, unit: &str) -> ReportId {
        let unit: UnitCode = unit.parse().expect("a unit code");
        self.device.file(kind, unit, &early_detection(u64::from(self.nrp.number()))).expect("a saved report")
    }

    /// Sets one field.
    pub fn set(&self, id: ReportId, path: &str, value: &str) {
        self.device.edit(id, &[(path.parse().expect("a path"), value.into())]).expect("a saved edit");
    }

    /// One field as this device shows it.
    pub fn shows(&self, id: ReportId, field: &str) -> Value {
        self.device.show(id).expect("the report").data.get(field).cloned().unwrap_or(Value::Null)
    }
}
