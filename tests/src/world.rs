//! The world: the real server and real devices over real SQLite, on simulated links, called directly. No socket, no wall clock, no chance but the
//! seed's. An oracle watches every save, request and reply.
//!
#![doc = include_str!("../README.md")]
#![expect(clippy::expect_used, reason = "a test's world that does not stand up may panic")]

mod accidents;
mod asserts;
mod back;
mod book;
mod by_file;
mod decree;
mod disk;
mod end;
mod exchange;
mod eye;
mod forms;
mod host;
mod person;
mod poison;
mod serve;
mod tally;
mod weather;

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use local_store::{Device, Host as _};
use serde_json::{Value, json};
use sync_core::form::{Class, Role};
use sync_core::place::Area;
use sync_core::sim::{Accident, Faults, LinkId, LinkStats, Profile, Sim};
use sync_core::{DeviceId, Nrp, Timestamp};
use sync_server::{Admit, NewOfficer, OpenOptions, ReportFilter, ReportSummary, Server};
use tempfile::TempDir;

use crate::timeline::{Timeline, What};
use book::{Book, Shelf, Store};
use eye::{CentreEye, DeviceEye};
use host::{Machine, Time};
use tally::Part;

pub use accidents::Backup;
pub use asserts::Broken;
pub use back::CentreBackup;
pub(crate) use exchange::CentreDies;
pub use exchange::NotSynced;
pub use forms::later_form;
pub use person::Person;
pub use tally::{Part as TimeOf, Tally};
pub use weather::{Carried, carry_down, carry_up, edge_in_windows};

/// The stream of a world's own draws: keys, codes.
const CENTRE_STREAM: u64 = 0;
const MS_PER_DAY: i64 = 86_400_000;

/// One centre with the units of a small regency, and the devices that enrol.
#[derive(Debug)]
pub struct World {
    folder: TempDir,
    seed: u64,
    time: Arc<Time>,
    machine: Machine,
    sim: RefCell<Sim>,
    shelf: Shelf,
    /// How many exchanges were begun, and how many copies of files were made.
    exchanges: Cell<u64>,
    copies: Cell<u64>,
    /// Each link, with what it had met when the timeline was last told.
    told: RefCell<Vec<(LinkId, LinkStats)>>,
    centre_dies: Cell<Option<CentreDies>>,
    centre_directory: PathBuf,
    /// The centre. What is decided on it directly, and not by a method of [`World`], the oracle does not know.
    pub server: Server,
}

const UNITS: &str = "code,name\n53,Nusa Tenggara Timur\n53.03,Kabupaten Timor Tengah Utara\n53.03.01,Miomaffo Timur\n53.03.01.2005,Bokon\n\
    53.03.01.2006,Bitefa\n53.03.02,Miomaffo Barat\n53.03.02.2001,Fatuneno\n53.04,Kabupaten Belu\n53.04.01,Lamaknen\n53.04.01.2001,Maudemu\n";

impl World {
    /// The same seed gives the same world.
    pub fn new(seed: u64) -> Self {
        let begun = Instant::now();
        let folder = disk::folder().expect("a temporary directory");
        let time = Arc::new(Time::default());
        let machine = Machine::new(Arc::clone(&time), seed, CENTRE_STREAM);
        let centre_directory = folder.path().join("centre");
        let options = OpenOptions::CreateIfMissing { now: machine.now(), random: machine.draw() };
        let server = Server::open(&centre_directory, options).expect("a new centre");
        server.import_units(UNITS.as_bytes()).expect("the units");
        let eye = CentreEye::open(&centre_directory.join("sambang.db")).expect("a look into the centre");
        let shelf = Shelf::new(Book::new(eye));
        shelf.open().tally.spent(Part::SetUp, begun);
        Self {
            folder,
            seed,
            time,
            machine,
            sim: RefCell::new(Sim::new(seed)),
            shelf,
            exchanges: Cell::new(0),
            copies: Cell::new(0),
            told: RefCell::default(),
            centre_dies: Cell::new(None),
            centre_directory,
            server,
        }
    }

    /// Writes a timeline from now on; see [`World::timeline`].
    pub fn record(&self, title: &str) {
        self.shelf.open().timeline = Some(Timeline::new(title));
    }

    /// What happened since [`World::record`].
    pub fn timeline(&self) -> Option<Timeline> {
        self.shelf.open().timeline.clone()
    }

    /// Keeps the oracle's looks into the stores open: several times faster, but no file is folded together when its device is closed.
    pub(crate) fn stare(&self) {
        self.shelf.open().stare = true;
    }

    /// From now on every filed report is described in other words, so that one that comes twice was filed twice.
    pub fn descriptions_differ(&self) {
        self.shelf.open().unlike = true;
    }

    /// The seed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The centre's data directory; another one after [`World::kill_centre`].
    pub fn directory(&self) -> PathBuf {
        self.centre_directory.clone()
    }

    /// The centre's time.
    pub fn now(&self) -> Timestamp {
        self.machine.now()
    }

    /// Milliseconds since the beginning of the world.
    pub fn elapsed_ms(&self) -> u64 {
        self.sim.borrow().now().ms()
    }

    /// Lets time pass.
    pub fn wait_ms(&self, ms: i64) {
        self.sim.borrow_mut().wait_ms(u64::try_from(ms).unwrap_or(0));
        self.catch_up();
    }

    /// Lets days pass.
    pub fn wait_days(&self, days: i64) {
        self.wait_ms(days.saturating_mul(MS_PER_DAY));
    }

    fn catch_up(&self) {
        let now_ms = self.sim.borrow().now().ms();
        self.time.reach(now_ms);
        self.shelf.open().now_ms = now_ms;
    }

    /// A new officer with an enrolled device that has synced once.
    pub fn officer(&self, number: u32, role: &str, units: &[&str]) -> Person {
        let begun = Instant::now();
        let nrp = Nrp::from_number(81_000_000 + number).expect("a small number");
        let units: Vec<_> = units.iter().map(|unit| unit.parse().expect("a unit code")).collect();
        let role = Role::parse(role).expect("a role");
        let areas = units.iter().map(|unit| Area { unit: *unit, class: Class::Biasa }).collect();
        let new = NewOfficer { nrp, name: format!("Petugas {number}"), role, units };
        let code = self.server.add_officer(&new, self.now(), self.machine.draw()).expect("a new officer").to_string();
        self.shelf.open().areas.insert(nrp.number(), areas);
        self.enrol(nrp, &format!("{} {number}", role.as_str()), &code, begun)
    }

    /// A further device for an officer.
    pub fn second_phone(&self, nrp: Nrp) -> Person {
        let begun = Instant::now();
        let code = self.server.new_code(nrp, self.now(), self.machine.draw()).expect("a new code").to_string();
        self.enrol(nrp, &format!("{nrp} again"), &code, begun)
    }

    /// A further device for an officer that has not synced yet.
    pub fn silent_phone(&self, nrp: Nrp) -> Person {
        let begun = Instant::now();
        let code = self.server.new_code(nrp, self.now(), self.machine.draw()).expect("a new code").to_string();
        self.enrol_only(nrp, &format!("{nrp} again"), &code, begun)
    }

    fn enrol(&self, nrp: Nrp, lane: &str, code: &str, begun: Instant) -> Person {
        let person = self.enrol_only(nrp, lane, code, begun);
        self.sync(&person);
        person
    }

    fn enrol_only(&self, nrp: Nrp, lane: &str, code: &str, begun: Instant) -> Person {
        let number = self.shelf.open().stores.len();
        let store = self.folder.path().join(format!("phone-{number}.sambang"));
        let machine = Arc::new(Machine::new(Arc::clone(&self.time), self.seed, 1 + number as u64));
        let device = Device::open_on(&store, machine.clone()).expect("a new store");
        let request = device.enrolment_request(code).expect("a request");
        let reply = self.server.enrol(&request, self.now(), self.machine.draw()).expect("an answer");
        device.apply_enrolment(code, &reply, "http://127.0.0.1:1", "").expect("an enrolment");
        self.shelf.open().tally.spent(Part::SetUp, begun);
        self.person(nrp, lane, device, store, machine)
    }

    /// A new page in the book, and a link.
    fn person(&self, nrp: Nrp, lane: &str, device: Device, path: PathBuf, machine: Arc<Machine>) -> Person {
        let mut book = self.shelf.open();
        let number = book.stores.len();
        book.stores.push(Store { lane: lane.to_owned(), nrp: nrp.number(), path: path.clone(), ..Store::default() });
        let link = self.sim.borrow_mut().add_link(Profile::unlimited());
        self.told.borrow_mut().push((link, LinkStats::default()));
        Person { nrp, device, store: path, number, link, machine, shelf: self.shelf.clone() }
    }

    /// Gives an officer an area.
    pub fn grant(&self, nrp: Nrp, unit: &str, class: Class) {
        self.decide_area(nrp, unit, class, true);
    }

    /// Takes an area from an officer.
    pub fn end_grant(&self, nrp: Nrp, unit: &str, class: Class) {
        self.decide_area(nrp, unit, class, false);
    }

    fn decide_area(&self, nrp: Nrp, unit: &str, class: Class, given: bool) {
        let area = Area { unit: unit.parse().expect("a unit code"), class };
        let decided = if given { self.server.grant(nrp, area, self.now()) } else { self.server.end_grant(nrp, area, self.now()) };
        decided.expect("a decision");
        let mut book = self.shelf.open();
        let areas = book.areas.entry(nrp.number()).or_default();
        if given {
            areas.insert(area);
        } else {
            areas.remove(&area);
            book.transferred.insert(nrp.number());
        }
        book.tally.count(if given { "grants begun" } else { "grants ended" });
        let lanes: Vec<usize> =
            (0..book.stores.len()).filter(|at| book.stores.get(*at).is_some_and(|one| one.nrp == nrp.number())).collect();
        let unit = unit.to_owned();
        for lane in lanes {
            let unit = unit.clone();
            book.note(lane, || if given { What::GrantBegan { unit } } else { What::GrantEnded { unit } });
        }
    }

    /// Revokes a device: it reads nothing from now on, and what it pushes is held.
    pub fn revoke(&self, person: &Person) {
        let mut book = self.shelf.open();
        let device = DeviceId(book.with_eye(person.number, DeviceEye::device));
        self.server.revoke_device(device, self.machine.now()).expect("a revocation");
        let officer = book.store(person.number).nrp;
        // A copy of the phone is the same device to the centre.
        for number in 0..book.stores.len() {
            if book.store(number).nrp == officer && DeviceId(book.with_eye(number, DeviceEye::device)) == device {
                book.store(number).revoked = true;
            }
        }
        book.tally.count("revocations");
        book.note(person.number, || What::Note { text: "revoked".to_owned() });
    }

    /// A supervisor admits or discards the report that has been held longest, if any is.
    pub fn settle_held(&self, admit: bool) {
        let held = self.server.held().expect("a list");
        let Some(report) = held.first().and_then(|held| held.report.parse().ok()) else { return };
        let done = match admit {
            true => self.server.admit_held(report, Admit::Waiting, "atasan", self.now()),
            false => self.server.discard_held(report, "Diputuskan atasan.", "atasan", self.now()),
        };
        let done = done.expect("a decision");
        let mut book = self.shelf.open();
        book.tally.count(if admit { "held reports admitted" } else { "held reports discarded" });
        book.tally.add("held changes accepted", done.accepted as u64);
        // No request brought what was accepted.
        book.look_at_centre();
    }

    /// Moves a device to another place.
    pub fn place(&self, person: &Person, profile: Profile) {
        let name = profile.name.clone();
        self.sim.borrow_mut().set_profile(person.link, profile);
        self.shelf.open().note(person.number, || What::Note { text: name });
    }

    /// How often accidents happen to a device's exchanges from now on.
    pub fn faults(&self, person: &Person, faults: Faults) {
        self.sim.borrow_mut().set_faults(person.link, faults);
    }

    /// Lets a device's next exchange meet exactly this; called again, the one after the next, and so on.
    pub fn plan(&self, person: &Person, accident: Accident) {
        self.sim.borrow_mut().plan(person.link, accident);
    }

    /// Takes or gives a device's signal.
    pub fn signal(&self, person: &Person, up: bool) {
        let mut sim = self.sim.borrow_mut();
        if up { sim.up(person.link) } else { sim.down(person.link) }
    }

    /// What a device's link has carried, and how often each fault happened on it.
    pub fn stats(&self, person: &Person) -> LinkStats {
        self.sim.borrow().stats(person.link)
    }

    /// One hash over all that went over the links: the same seed gives the same.
    pub fn trace_hash(&self) -> String {
        self.sim.borrow().trace().hash()
    }

    /// How often everything happened, and where the time went.
    pub fn tally(&self) -> Tally {
        let book = self.shelf.open();
        let mut tally = book.tally.clone();
        let sim = self.sim.borrow();
        self.told.borrow().iter().for_each(|(link, _)| tally.link(&sim.stats(*link)));
        tally
    }

    pub(crate) fn count_step(&self) {
        self.shelf.open().tally.count("steps");
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
