//! A centre in a temporary directory, and devices made of `sync-core` alone. Every reply passes the oracle of I4: no document outside the
//! device's feeds, and none in a feed in which it does not stand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use automerge::{Automerge, Change, ChangeHash};
use serde_json::{Value, json};
use sync_core::change::Item;
use sync_core::document::{Birth, Edit, Write, create, write};
use sync_core::exchange::{
    Cursor, EnrolAnswer, EnrolReply, EnrolRequest, EnrolmentCode, FormStep, Label, Reply, Request, RequestHead, Verdict, units_digest,
};
use sync_core::form::{Class, Form, Role};
use sync_core::history::canonical_order;
use sync_core::keys::{PublicKey, SecretKey};
use sync_core::place::{Area, Feed, Place, feeds_of_areas};
use sync_core::record::{Record, SignedRecord, record_sum};
use sync_core::{Actor, DeviceId, Incarnation, Nrp, ReportId, Timestamp, UnitCode, scratch};
use sync_server::{NewOfficer, OpenOptions, Rejection, Server};

pub(crate) const UNITS: &str = "code,name\n53,Nusa Tenggara Timur\n53.03,Timor Tengah Utara\n53.03.01,Miomaffo Timur\n53.03.01.2005,Bokon\n\
53.03.01.2006,Oesena\n53.03.02,Miomaffo Barat\n53.03.02.2001,Eban\n53.04,Belu\n53.04.05,Lamaknen\n53.04.05.2001,Kewar\n";
pub(crate) const VILLAGE: &str = "53.03.01.2005";
pub(crate) const TEXT: &str = "Warga melaporkan orang tak dikenal yang memotret rumah-rumah kosong pada malam hari di RT 03.";

pub(crate) fn unit(code: &str) -> UnitCode {
    code.parse().unwrap()
}

pub(crate) fn biasa(code: &str) -> Area {
    Area { unit: unit(code), class: Class::Biasa }
}

pub(crate) fn rahasia(code: &str) -> Area {
    Area { unit: unit(code), class: Class::Rahasia }
}

pub(crate) fn nrp(number: u32) -> Nrp {
    Nrp::from_number(number).unwrap()
}

/// The server, and the clock of its world.
pub(crate) struct Centre {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) server: Server,
    pub(crate) now: Timestamp,
    drawn: u64,
    /// What the oracle knows of the decrees: each old unit and what answers for it now.
    pub(crate) successors: BTreeMap<UnitCode, UnitCode>,
}

impl Centre {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let now = Timestamp::from_unix_ms(1_764_000_000_000);
        let server = Server::open(directory.path(), OpenOptions::CreateIfMissing { now, random: [7; 96] }).unwrap();
        server.import_units(UNITS.as_bytes()).unwrap();
        Self { directory, server, now, drawn: 0, successors: BTreeMap::new() }
    }

    /// Does something to the data directory while nobody has it open.
    pub(crate) fn closed<T>(&mut self, work: impl FnOnce(&Path) -> T) -> T {
        let elsewhere = tempfile::tempdir().unwrap();
        let options = OpenOptions::CreateIfMissing { now: self.now, random: [1; 96] };
        self.server = Server::open(elsewhere.path(), options).unwrap();
        let done = work(self.directory.path());
        self.server = Server::open(self.directory.path(), OpenOptions::MustExist).unwrap();
        done
    }

    /// Random numbers of a world that is the same each time.
    pub(crate) fn draw<const N: usize>(&mut self) -> [u8; N] {
        self.drawn += 1;
        let mut bytes = [0; N];
        blake3::Hasher::new().update(&self.drawn.to_be_bytes()).finalize_xof().fill(&mut bytes);
        bytes
    }

    pub(crate) fn officer(&mut self, number: u32, role: Role, units: &[&str]) -> EnrolmentCode {
        let units = units.iter().map(|code| unit(code)).collect();
        let new = NewOfficer { nrp: nrp(number), name: format!("Petugas {number}"), role, units };
        let random = self.draw();
        self.server.add_officer(&new, self.now, random).unwrap()
    }

    /// An officer with an enrolled device.
    pub(crate) fn phone(&mut self, number: u32, role: Role, units: &[&str]) -> Phone {
        let code = self.officer(number, role, units);
        self.enrol(&code)
    }

    /// A report's edit and its move elsewhere, which wait since the supervisor who made them lost his grant; he lost his role as well, so that only the
    /// edit would pass the gate. Gives his phone, the report, the two changes and the database.
    pub(crate) fn demoted(&mut self) -> (Phone, ReportId, [ChangeHash; 2], rusqlite::Connection) {
        let mut officer = self.phone(11, Role::Officer, &[VILLAGE]);
        let mut polsek = self.phone(12, Role::Polsek, &["53.03.01"]);
        let shared = officer.file(VILLAGE, TEXT);
        officer.sync(self);
        polsek.sync(self);
        self.later(1_000);
        self.server.end_grant(polsek.officer, biasa("53.03.01"), self.now).unwrap();
        let changes = [polsek.set(shared, "rt", "006"), polsek.place(shared, Some("53.03.01.2006"), None)];
        polsek.sync(self);
        assert_eq!(self.server.held().unwrap()[0].changes, 2);
        let database = rusqlite::Connection::open(self.directory.path().join("sambang.db")).unwrap();
        database.execute("UPDATE officer SET role = 'officer' WHERE nrp = 12", []).unwrap();
        (polsek, shared, changes, database)
    }

    pub(crate) fn enrol(&mut self, code: &EnrolmentCode) -> Phone {
        let key = SecretKey::from_seed(self.draw());
        let Ok(EnrolAnswer::Enrolled(signed)) = self.try_code(code, &key) else { panic!("not enrolled") };
        let Some(Record::Enrolment { device, officer, role, .. }) = signed.open(&self.server.working_key()) else { panic!("not a record") };
        let incarnation = Incarnation(self.draw());
        Phone {
            key,
            device,
            officer,
            role,
            head: RequestHead { device, incarnation, counter: 0 },
            enrolment: Some(signed),
            ..Phone::nobody()
        }
    }

    pub(crate) fn try_code(&mut self, code: &EnrolmentCode, key: &SecretKey) -> Result<EnrolAnswer, Rejection> {
        let (bytes, hash) = EnrolRequest::seal(code, key);
        let random = self.draw();
        let reply = self.server.enrol(&bytes, self.now, random)?;
        Ok(EnrolReply::open(&reply, &hash, code).unwrap().answer)
    }

    pub(crate) fn later(&mut self, ms: i64) {
        self.now = self.now.plus_ms(ms);
    }

    /// The feeds that an officer's grants open now.
    fn feeds(&self, officer: Nrp) -> BTreeSet<Feed> {
        let officers = self.server.officers().unwrap();
        let info = officers.iter().find(|info| info.nrp == officer.to_string()).unwrap();
        let given = info.areas.iter().filter(|area| area.given);
        let areas = given.map(|area| Area { unit: unit(&area.unit), class: Class::parse(area.class).unwrap() }).collect();
        feeds_of_areas(&areas, officer, &BTreeSet::from([unit("53.03"), unit("53.04")]))
    }

    /// I4.
    fn oracle(&self, phone: &Phone, reply: &Reply) {
        let feeds = self.feeds(phone.officer);
        let revoked = self.server.devices().unwrap().iter().any(|device| device.id == phone.device.to_string() && device.revoked);
        assert!(!revoked || (reply.pages.is_empty() && reply.units.is_none() && reply.people.is_empty()), "a revoked device reads nothing");
        for page in &reply.pages {
            assert!(feeds.contains(&page.feed), "{} is not a feed of {}", page.feed, phone.officer);
            for entry in page.entries.iter().filter(|entry| entry.here.is_some()) {
                if let Ok(message) = self.server.message_status(entry.report) {
                    let stands = Feed::of_broadcast(message.unit, message.author);
                    assert!(stands.contains(&page.feed), "{} does not stand in {}", entry.report, page.feed);
                    continue;
                }
                let report = self.server.report(entry.report).unwrap();
                let text = |name: &str| report[name].as_str().unwrap().to_owned();
                let place = Place {
                    unit: unit(&text("unit")),
                    class: Class::parse(&text("class")).unwrap(),
                    lane: sync_core::Lane::parse(&text("lane")).unwrap(),
                };
                let now = *self.successors.get(&place.unit).unwrap_or(&place.unit);
                let above = place.unit.with_ancestors().chain(now.with_ancestors());
                let stands = Feed::of_report(Place { unit: now, ..place }, text("author").parse().unwrap(), above);
                assert!(stands.contains(&page.feed), "{} does not stand in {}", entry.report, page.feed);
            }
        }
        for verdict in &reply.verdicts {
            assert!(verdict.feeds.iter().all(|feed| feeds.contains(feed)), "a receipt names a foreign feed");
        }
    }
}

/// What a device keeps of one report.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    pub(crate) changes: Vec<Change>,
    pub(crate) labels: BTreeMap<ChangeHash, Label>,
    /// Not to be pushed again.
    pub(crate) settled: BTreeMap<ChangeHash, Verdict>,
}

/// A small honest device.
#[derive(Debug, Clone)]
pub(crate) struct Phone {
    pub(crate) key: SecretKey,
    pub(crate) device: DeviceId,
    pub(crate) officer: Nrp,
    pub(crate) role: Role,
    pub(crate) head: RequestHead,
    pub(crate) kept: BTreeMap<ReportId, Kept>,
    pub(crate) members: BTreeSet<(Feed, ReportId)>,
    pub(crate) cursors: BTreeMap<Feed, Cursor>,
    pub(crate) people: BTreeMap<DeviceId, Nrp>,
    grants_sum: u64,
    /// The newest record of its officer's grants.
    pub(crate) record: Option<SignedRecord>,
    /// The record of its enrolment.
    pub(crate) enrolment: Option<SignedRecord>,
    given: BTreeSet<Area>,
    units: [u8; 8],
    pub(crate) unit_names: BTreeMap<UnitCode, String>,
    pub(crate) revoked: bool,
    pub(crate) openings: u64,
    /// The mark of the forms that it has, and what it heard of forms.
    pub(crate) forms: u64,
    pub(crate) steps: Vec<FormStep>,
}

impl Phone {
    fn nobody() -> Self {
        let device = DeviceId([0; 8]);
        Self {
            key: SecretKey::from_seed([0; 32]),
            device,
            officer: nrp(0),
            role: Role::Officer,
            head: RequestHead { device, incarnation: Incarnation([0; 8]), counter: 0 },
            kept: BTreeMap::new(),
            members: BTreeSet::new(),
            cursors: BTreeMap::new(),
            people: BTreeMap::new(),
            grants_sum: 0,
            record: None,
            enrolment: None,
            given: BTreeSet::new(),
            units: [0; 8],
            unit_names: BTreeMap::new(),
            revoked: false,
            openings: 0,
            forms: 0,
            steps: Vec::new(),
        }
    }

    /// The device that was enrolled with this key.
    pub(crate) fn of(key: SecretKey, device: DeviceId, officer: Nrp) -> Self {
        let head = RequestHead { device, incarnation: Incarnation([1; 8]), counter: 0 };
        Self { key, device, officer, head, ..Self::nobody() }
    }

    /// Never the same twice, also not by a copy of the phone.
    fn actor(&mut self) -> Actor {
        self.openings = OPENINGS.fetch_add(1, Ordering::Relaxed);
        Actor::new(self.device, self.openings.to_be_bytes())
    }

    /// Files an early-detection report.
    pub(crate) fn file(&mut self, village: &str, text: &str) -> ReportId {
        let data = json!({
            "uraian": text, "bidang": "keamanan", "urgensi": "tinggi", "keseringan": "jarang", "rt": "003", "rw": "001", "tanggal": "2026-11-24",
        });
        self.file_as("deteksi-dini", village, &data)
    }

    pub(crate) fn file_as(&mut self, kind: &str, village: &str, data: &Value) -> ReportId {
        self.file_on(Form::newest(kind).unwrap(), village, data)
    }

    pub(crate) fn file_on(&mut self, form: &Form, village: &str, data: &Value) -> ReportId {
        let actor = self.actor();
        let report = ReportId::new(1_764_000_000_000 + self.openings, [self.device.0[0]; 10]);
        let birth = Birth {
            report,
            kind: form.kind().to_owned(),
            form: form.version(),
            unit: unit(village),
            author: self.officer,
            recorded_at: Timestamp::from_unix_ms(1_764_000_000_000),
        };
        let mut row = 0;
        let (_, change) = create(form, &birth, data, actor, &mut || {
            row += 1;
            format!("row-{row:03}")
        })
        .unwrap();
        self.kept.entry(report).or_default().changes.push(change);
        report
    }

    pub(crate) fn document(&self, report: ReportId) -> Automerge {
        scratch::from_changes(&self.kept[&report].changes).unwrap()
    }

    /// Writes one change on all that the device has of the report.
    pub(crate) fn write(&mut self, report: ReportId, writes: &[Write]) -> ChangeHash {
        self.write_in("deteksi-dini", report, writes)
    }

    pub(crate) fn write_in(&mut self, kind: &str, report: ReportId, writes: &[Write]) -> ChangeHash {
        let mut document = self.document(report);
        let actor = self.actor();
        let now = Timestamp::from_unix_ms(1_764_000_100_000);
        let change = write(&mut document, Form::newest(kind).unwrap(), writes, actor, now).unwrap().unwrap();
        let hash = change.hash();
        self.kept.get_mut(&report).unwrap().changes.push(change);
        hash
    }

    pub(crate) fn set(&mut self, report: ReportId, path: &str, value: &str) -> ChangeHash {
        self.write(report, &[Write::Edit(Edit::Set { path: path.parse().unwrap(), value: value.into() })])
    }

    pub(crate) fn place(&mut self, report: ReportId, to: Option<&str>, class: Option<Class>) -> ChangeHash {
        self.write(report, &[Write::Placement { unit: to.map(unit), class, lane: None }])
    }

    /// What is neither labelled nor settled, one item a report.
    pub(crate) fn pending(&self) -> Vec<Item> {
        let item = |(report, kept): (&ReportId, &Kept)| {
            let open = kept
                .changes
                .iter()
                .filter(|change| !kept.labels.contains_key(&change.hash()) && !kept.settled.contains_key(&change.hash()));
            let changes = canonical_order(open.cloned().collect());
            (!changes.is_empty()).then_some(Item { report: *report, changes })
        };
        self.kept.iter().filter_map(item).collect()
    }

    pub(crate) fn request(&self, items: Vec<Item>) -> Request {
        Request {
            unsent: 0,
            page_bytes: 0,
            version: "test 1".to_owned(),
            grants_sum: self.grants_sum,
            units: self.units,
            cursors: self.cursors.clone(),
            items: items.iter().map(|item| item.encode().unwrap()).collect(),
            questions: Vec::new(),
            marks: BTreeMap::new(),
            proofs: BTreeMap::new(),
            repair: None,
            forms: self.forms,
            records: Vec::new(),
            leaving: BTreeSet::new(),
            by_file: false,
        }
    }

    /// A new request's bytes: the counter never comes twice.
    pub(crate) fn seal(&mut self, request: &Request) -> (Vec<u8>, [u8; 32]) {
        self.head.counter += 1;
        request.seal(self.head, &self.key)
    }

    pub(crate) fn open(&self, reply: &[u8], hash: &[u8; 32], working: &PublicKey) -> Reply {
        Reply::open(reply, hash, working, self.officer).unwrap().0
    }

    /// One exchange; gives the reply and its size.
    pub(crate) fn exchange(&mut self, centre: &Centre) -> (Reply, usize) {
        let items: Vec<Item> = self.pending().into_iter().take(100).collect();
        let (bytes, hash) = self.seal(&self.request(items.clone()));
        let reply_bytes = centre.server.exchange(&bytes, centre.now).unwrap();
        let reply = self.open(&reply_bytes, &hash, &centre.server.working_key());
        centre.oracle(self, &reply);
        self.take(centre, &items, &reply);
        (reply, reply_bytes.len())
    }

    /// Exchanges until neither side has more; the number of requests.
    pub(crate) fn sync(&mut self, centre: &Centre) -> usize {
        for round in 1..100 {
            let (reply, _) = self.exchange(centre);
            let more_forms = reply.forms.is_some_and(|news| news.more);
            if self.pending().is_empty() && reply.pages.iter().all(|page| !page.more) && !more_forms {
                return round;
            }
        }
        panic!("it does not end")
    }

    /// Receipts first, then pages: as a device does.
    pub(crate) fn take(&mut self, centre: &Centre, items: &[Item], reply: &Reply) {
        for signed in &reply.records {
            match signed.open(&centre.server.working_key()).unwrap() {
                Record::Grants { officer, role, decisions } => {
                    assert_eq!(officer, self.officer);
                    self.role = role;
                    self.record = Some(signed.clone());
                    self.grants_sum = record_sum(decisions.values().copied());
                    self.given = decisions.iter().filter(|(_, decision)| decision.given).map(|(area, _)| *area).collect();
                }
                Record::Revocation { device, .. } => {
                    assert_eq!(device, self.device);
                    self.revoked = true;
                }
                Record::Enrolment { .. } => panic!("not asked for"),
            }
        }
        if let Some(news) = &reply.forms {
            self.forms = news.mark;
            self.steps.extend(news.steps.iter().cloned());
        }
        // A grant that ended clears the cursors of its feeds.
        let feeds = centre.feeds(self.officer);
        self.cursors.retain(|feed, _| feeds.contains(feed));
        if let Some(units) = &reply.units {
            self.unit_names = units.iter().map(|unit| (unit.code, unit.name.clone())).collect();
            self.units = units_digest(units.iter().map(|unit| (unit.code, unit.name.as_str())));
        }
        self.people.extend(reply.people.iter().map(|person| (person.device, person.officer)));
        assert!(reply.verdicts.len() == items.len() || reply.standstill.is_some());
        for (item, verdict) in items.iter().zip(&reply.verdicts) {
            let kept = self.kept.get_mut(&item.report).unwrap();
            let hashes: Vec<ChangeHash> = item.changes.iter().map(Change::hash).collect();
            kept.labels.extend(hashes.iter().take(verdict.shared).map(|hash| (*hash, verdict.label.unwrap())));
            if let (Some(rest), Some(_)) = (verdict.rest.filter(|rest| *rest != Verdict::Need), hashes.get(verdict.shared)) {
                kept.settled.extend(hashes.iter().skip(verdict.shared).map(|hash| (*hash, rest)));
            }
            self.members.extend(verdict.feeds.iter().map(|feed| (*feed, item.report)));
        }
        for page in &reply.pages {
            for entry in &page.entries {
                match &entry.here {
                    None => _ = self.members.remove(&(page.feed, entry.report)),
                    Some(changes) => {
                        self.members.insert((page.feed, entry.report));
                        let kept = self.kept.entry(entry.report).or_default();
                        for (change, sequence) in changes {
                            kept.labels.insert(change.hash(), Label { partition: page.feed.partition(), sequence: *sequence });
                            if !kept.changes.iter().any(|own| own.hash() == change.hash()) {
                                kept.changes.push(change.clone());
                            }
                        }
                    }
                }
            }
            self.cursors.insert(page.feed, page.cursor);
        }
    }

    /// The reports that a feed shows to the device.
    pub(crate) fn shown(&self) -> BTreeSet<ReportId> {
        self.members.iter().map(|(_, report)| *report).collect()
    }

    pub(crate) fn heads(&self, report: ReportId) -> Vec<String> {
        self.document(report).get_heads().iter().map(ToString::to_string).collect()
    }

    /// Everything that the device shows is what the centre has.
    pub(crate) fn agrees(&self, centre: &Centre) {
        for report in self.shown() {
            let at_centre = centre.server.report(report).unwrap();
            assert_eq!(json!(self.heads(report)), at_centre["heads"], "{report}");
        }
    }
}

static OPENINGS: AtomicU64 = AtomicU64::new(1);

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// What is logged from this level on while the work is done, as lines of JSON.
pub(crate) fn heard(level: tracing::Level, work: impl FnOnce()) -> String {
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Heard {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    // While there has been one subscriber only, whether anybody listens to a line is asked on the thread that writes it first, and remembered for
    // all threads: that of another test, where nobody listens.
    let _second = tracing::Dispatch::new(tracing_subscriber::fmt().with_writer(std::io::sink).finish());
    let heard = Heard::default();
    let writer = heard.clone();
    let subscriber = tracing_subscriber::fmt().json().with_max_level(level).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, work);
    let bytes = heard.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}
