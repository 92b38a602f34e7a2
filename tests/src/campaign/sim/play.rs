//! Plays a script on a world.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use local_store::{Choice, Decision, Delivery, Messages};
use serde_json::{Value, json};
use sync_core::ReportId;
use sync_core::form::Class;
use sync_core::scratch;
use sync_core::sim::{Event, ExchangeId, LinkId, Profile};

use super::script::{CAST, DAY_MS, Deed, Script};
use crate::timeline::Timeline;
use crate::world::{Backup, CentreBackup, CentreDies, Person, Tally, World, early_detection};

/// What came of a script.
#[derive(Debug, Clone)]
pub struct Played {
    /// The hash over all that went over the links.
    pub hash: String,
    /// What was broken.
    pub broken: Vec<String>,
    /// How often everything happened.
    pub tally: Tally,
    /// Where it was asked for.
    pub timeline: Option<Timeline>,
    /// How long it took.
    pub took: Duration,
}

/// An app tries so often, with so long between.
const TRIES: u32 = 3;
const AGAIN_MS: u64 = 20_000;
const IDLE_MAX: u32 = 3;
/// Tokens of wakes: a step by its number, or a device that tries again.
const AGAIN: u64 = 1 << 32;
/// One seed in so many is verified by the centre itself too: every report is rebuilt from its changes.
const VERIFIED: u64 = 8;

/// Plays a script; with a title, it also writes the timeline.
pub fn play(script: &Script, title: Option<&str>) -> Played {
    scratch::on_large_stack(|| play_here(script, title)).unwrap_or_else(|failure| Played {
        hash: String::new(),
        broken: vec![format!("the world panicked: {failure}")],
        tally: Tally::default(),
        timeline: None,
        took: Duration::ZERO,
    })
}

fn play_here(script: &Script, title: Option<&str>) -> Played {
    let begun = Instant::now();
    let mut day = Day::new(script, title);
    let done = catch_unwind(AssertUnwindSafe(|| day.run(script)));
    let mut broken = day.broken(script);
    if let Err(panic) = done {
        let text = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        broken.push(format!("the world panicked: {}", text.unwrap_or_default()));
    }
    Played { hash: day.world.trace_hash(), broken, tally: day.world.tally(), timeline: day.world.timeline(), took: begun.elapsed() }
}

/// One device in the day.
#[derive(Debug)]
struct Phone {
    person: Person,
    /// The exchange that it waits for.
    waits: Option<(ExchangeId, u64)>,
    tries: u32,
    /// Replies in a row that brought nothing.
    idle: u32,
    dies_at_reply: bool,
    backup: Option<Backup>,
    village: &'static str,
}

#[derive(Debug)]
struct Day {
    world: World,
    phones: Vec<Phone>,
    by_link: BTreeMap<LinkId, usize>,
    centre_backup: Option<CentreBackup>,
    filed: u64,
    settled: bool,
}

impl Day {
    fn new(script: &Script, title: Option<&str>) -> Self {
        let world = World::new(script.seed);
        world.stare();
        world.descriptions_differ();
        if let Some(title) = title {
            world.record(title);
        }
        let mut day = Self { world, phones: Vec::new(), by_link: BTreeMap::new(), centre_backup: None, filed: 0, settled: false };
        for (number, (role, units)) in (1..).zip(CAST) {
            let person = day.world.officer(number, role, units);
            day.joins(person, units.first().copied().unwrap_or_default());
        }
        day.centre_backup = Some(day.world.back_up_centre());
        for phone in &day.phones {
            day.world.faults(&phone.person, script.faults.clone());
        }
        day
    }

    fn joins(&mut self, person: Person, village: &'static str) {
        self.by_link.insert(person.link(), self.phones.len());
        self.phones.push(Phone { person, waits: None, tries: 0, idle: 0, dies_at_reply: false, backup: None, village });
    }

    fn run(&mut self, script: &Script) {
        for (number, step) in (0..).zip(&script.steps) {
            self.world.wake_at_ms(step.at_ms, number);
        }
        self.world.wake_at_ms(DAY_MS + 1, AGAIN - 1);
        while let Some(event) = self.world.next_event() {
            match event {
                Event::Wake { token } if token == AGAIN - 1 => break,
                Event::Wake { token } if token >= AGAIN => self.sync(usize::try_from(token - AGAIN).unwrap_or(0)),
                Event::Wake { token } => {
                    let step = usize::try_from(token).ok().and_then(|at| script.steps.get(at));
                    if let Some(step) = step {
                        self.world.count_step();
                        self.does(step.who, &step.deed);
                    }
                }
                Event::Reply { exchange, link, bytes } => self.reply(link, exchange, &bytes),
                Event::LateReply { link, bytes, .. } => {
                    if let Some(phone) = self.phone_on(link) {
                        drop(self.world.deliver(&phone.person, &bytes));
                    }
                }
                Event::Failed { exchange, link, failure } => {
                    let who = self.by_link.get(&link).copied().unwrap_or_default();
                    if let Some(number) = self.over(who, exchange) {
                        self.world.tell_faults(number);
                        if let Some(phone) = self.phones.get(who) {
                            self.world.tell_no_reply(&phone.person, number, &failure);
                        }
                        self.again(who);
                    }
                }
                Event::Signal { link, up } => {
                    if let Some(phone) = self.phone_on(link) {
                        self.world.tell_signal(&phone.person, up);
                    }
                }
                Event::Request { .. } => {}
            }
        }
        let people: Vec<&Person> = self.phones.iter().map(|phone| &phone.person).collect();
        self.world.settle(&people);
        self.settled = true;
    }

    /// Complete comparisons make sense only where the day came to its end.
    fn broken(&self, script: &Script) -> Vec<String> {
        let people: Vec<&Person> = self.phones.iter().map(|phone| &phone.person).collect();
        if !self.settled {
            return self.world.sound().err().map(|broken| broken.lines).unwrap_or_default();
        }
        let checked = catch_unwind(AssertUnwindSafe(|| {
            let mut lines = self.world.ends(&people);
            if script.seed.is_multiple_of(VERIFIED) {
                lines.extend(self.world.verified());
            }
            lines
        }));
        checked.unwrap_or_else(|_| vec!["the oracle panicked".to_owned()])
    }

    fn phone_on(&self, link: LinkId) -> Option<&Phone> {
        self.phones.get(*self.by_link.get(&link)?)
    }

    fn over(&mut self, who: usize, exchange: ExchangeId) -> Option<u64> {
        let phone = self.phones.get_mut(who)?;
        let (_, number) = phone.waits.filter(|(waits, _)| *waits == exchange)?;
        phone.waits = None;
        Some(number)
    }

    fn again(&mut self, who: usize) {
        let Some(phone) = self.phones.get_mut(who) else { return };
        phone.tries += 1;
        if phone.tries < TRIES {
            let at_ms = self.world.elapsed_ms() + AGAIN_MS;
            self.world.wake_at_ms(at_ms, AGAIN + who as u64);
        }
    }

    fn sync(&mut self, who: usize) {
        let Some(phone) = self.phones.get_mut(who).filter(|phone| phone.waits.is_none()) else { return };
        phone.waits = self.world.send(&phone.person).ok();
    }

    fn reply(&mut self, link: LinkId, exchange: ExchangeId, bytes: &[u8]) {
        let who = self.by_link.get(&link).copied().unwrap_or_default();
        let Some(number) = self.over(who, exchange) else { return };
        self.world.tell_faults(number);
        let Some(phone) = self.phones.get_mut(who) else { return };
        if std::mem::take(&mut phone.dies_at_reply) {
            return self.world.kill(&mut phone.person);
        }
        match self.world.deliver(&phone.person, bytes) {
            Ok(synced) if synced.complete => phone.tries = 0,
            // As `Device::sync` does: three replies in a row that bring nothing are not progress.
            Ok(synced) => {
                let moved = synced.delivered + synced.received + synced.held + synced.refused > 0;
                phone.idle = if moved { 0 } else { phone.idle + 1 };
                if phone.idle < IDLE_MAX {
                    self.sync(who);
                }
            }
            Err(_) => self.again(who),
        }
    }

    fn does(&mut self, who: usize, deed: &Deed) {
        let Some(phone) = self.phones.get_mut(who) else { return };
        match deed {
            Deed::File => {
                self.filed += 1;
                // An officer who was moved away has no right to begin there any more: he is told, and nothing is saved.
                drop(phone.person.try_file("deteksi-dini", phone.village, &early_detection(self.filed)));
            }
            Deed::FileAndDie(looks) => {
                self.filed += 1;
                phone.waits = None;
                self.world.kill_in_save(&mut phone.person, *looks, phone.village, &early_detection(self.filed));
            }
            Deed::FileOnFullDisk => {
                self.filed += 1;
                self.world.full_disk(&phone.person, phone.village, &early_detection(self.filed));
            }
            Deed::Edit(report, what) => edit(&phone.person, *report, *what),
            Deed::Same(report) => {
                if let Some((id, data)) = phone.person.pick(*report)
                    && let Some(rt) = data.get("rt").and_then(Value::as_str)
                {
                    drop(phone.person.try_set(id, "rt", rt));
                }
            }
            Deed::Comment(report) => {
                if let Some((id, _)) = phone.person.pick(*report) {
                    drop(phone.person.comment(id, "Mohon dilengkapi."));
                }
            }
            Deed::Decide(report, what) => decide(&phone.person, *report, *what),
            Deed::Resolve => resolve(&phone.person),
            Deed::Sync => {
                (phone.tries, phone.idle) = (0, 0);
                self.sync(who);
            }
            Deed::SyncAndDie => {
                phone.waits = None;
                drop(self.world.request_only(&phone.person));
                self.world.kill(&mut phone.person);
            }
            Deed::DieAtReply => phone.dies_at_reply = true,
            Deed::Die => {
                phone.waits = None;
                self.world.kill(&mut phone.person);
            }
            Deed::CentreDies(0) => self.world.kill_centre(),
            Deed::CentreDies(when) => self.world.centre_dies(if *when == 1 { CentreDies::Before } else { CentreDies::After }),
            Deed::Backup => phone.backup = Some(self.world.backup(&phone.person)),
            Deed::Restore => {
                if let Some(backup) = &phone.backup {
                    phone.waits = None;
                    self.world.restore(&mut phone.person, backup);
                }
            }
            Deed::BackUpCentre => self.centre_backup = Some(self.world.back_up_centre()),
            Deed::RollBackCentre => {
                if let Some(backup) = &self.centre_backup {
                    self.world.roll_back_centre(backup);
                }
            }
            Deed::Clone => {
                let (twin, village) = (self.world.clone_phone(&phone.person), phone.village);
                self.joins(twin, village);
                self.world.wake_at_ms(self.world.elapsed_ms() + AGAIN_MS, AGAIN + self.phones.len() as u64 - 1);
            }
            Deed::Clock(by_ms) => self.world.clock(&phone.person, *by_ms),
            Deed::CentreClock(by_ms) => self.world.centre_clock(*by_ms),
            Deed::Place(number) => {
                if let Some(place) = Profile::all().into_iter().nth(*number) {
                    self.world.place(&phone.person, place);
                }
            }
            Deed::Signal(up) => self.world.signal(&phone.person, *up),
            Deed::ByFile(true) => drop(self.world.by_file(&phone.person)),
            Deed::ByFile(false) => drop(self.world.carry(&phone.person)),
            Deed::Retry(which) => {
                if let Some(id) = refused(&phone.person, *which) {
                    phone.person.retry(id);
                }
            }
            Deed::Correct(which) => {
                if let Some(id) = refused(&phone.person, *which) {
                    self.filed += 1;
                    phone.person.correct(id, &early_detection(self.filed));
                }
            }
            Deed::Decree(across) => self.world.decree(*across),
            Deed::Form(added) => self.world.form_changes(*added),
            Deed::SettleHeld(admit) => self.world.settle_held(*admit),
            Deed::Message => drop(phone.person.send_message(phone.village, "Waspada pencurian ternak")),
            Deed::Recall(which) => {
                let messages = phone.person.device.messages(Messages::All).unwrap_or_default();
                let picked = usize::try_from(which % messages.len().max(1) as u64).ok().and_then(|at| messages.get(at));
                if let Some(message) = picked {
                    drop(phone.person.withdraw_message(message.id));
                }
            }
            Deed::Transfer => {
                let nrp = phone.person.nrp;
                if who < 3 {
                    self.world.end_grant(nrp, phone.village, Class::Biasa);
                    self.world.grant(nrp, "53.03.02.2001", Class::Biasa);
                }
            }
        }
    }
}

/// One of the reports that wait in his failure inbox.
fn refused(person: &Person, which: u64) -> Option<ReportId> {
    let mut outbox = person.device.outbox().unwrap_or_default();
    outbox.retain(|one| one.delivery == Delivery::Refused);
    let at = usize::try_from(which % outbox.len().max(1) as u64).ok()?;
    outbox.get(at).map(|one| one.id)
}

/// Only what the form allows; a role that may not write there is told so, and nothing is saved.
fn edit(person: &Person, report: u64, what: u64) {
    let Some((id, _)) = person.pick(report) else { return };
    let number = what >> 8;
    let (path, value) = match what % 4 {
        0 => ("rt", format!("{:03}", number % 50)),
        1 => ("rw", format!("{:03}", number % 50)),
        2 => (
            "urgensi",
            ["rendah", "sedang", "tinggi"].get(usize::try_from(number % 3).unwrap_or(0)).copied().unwrap_or("rendah").to_owned(),
        ),
        _ => ("sumber_alamat", format!("Dusun {number}")),
    };
    drop(person.try_set(id, path, &value));
}

fn decide(person: &Person, report: u64, what: u64) {
    let Some((id, _)) = person.pick(report) else { return };
    let note = String::new;
    let decision = match what % 12 {
        0..4 => Decision::Handle { note: note() },
        4..8 => Decision::Return { reason: "Lengkapi saksi.".to_owned() },
        8 => Decision::Escalate { note: note() },
        9 => match "53.03.01.2006".parse() {
            Ok(unit) => Decision::HandOver { unit, note: note() },
            Err(_) => return,
        },
        10 => Decision::Reclassify { class: Class::Rahasia, note: note() },
        _ => Decision::Withdraw { reason: "Salah desa.".to_owned() },
    };
    drop(person.decide(id, &decision));
}

fn resolve(person: &Person) {
    let list = person.device.list(&local_store::Filter::default()).unwrap_or_default();
    let Some(found) = list.iter().find(|one| one.conflicts > 0) else { return };
    let conflicts = person.device.conflicts(found.id).unwrap_or_default();
    if let Some(conflict) = conflicts.first() {
        let value = conflict.variants.first().map_or(json!("rendah"), |variant| variant.value.clone());
        drop(person.resolve(found.id, &conflict.path, Choice::Set(value)));
    }
}
