//! The security journal: a centre that went back forgets no revocation, and one whose journal went back too serves nobody on grants that may have ended.

use std::path::{Path, PathBuf};

use sync_core::exchange::{EnrolAnswer, EnrolRequest, EnrolledBefore, EnrolmentCode, Reply, Request, Verdict};
use sync_core::form::{Lang, Role};
use sync_core::keys::SecretKey;
use sync_core::record::{Decision, Record, SignedRecord};
use sync_core::{DeviceId, Refusal, Timestamp};
use sync_server::{OpenOptions, Restore, RestoreOptions, Server, ServerError};

use crate::program::{centre as program_centre, json, run};
use crate::served::{Serving, get};
use crate::world::{Centre, Phone, TEXT, VILLAGE, biasa, nrp};

const OTHER: &str = "53.03.01.2006";

fn backup(centre: &Centre) -> (tempfile::TempDir, PathBuf) {
    let backups = tempfile::tempdir().unwrap();
    let (place, _) = centre.server.backup(&backups.path().join("satu"), centre.now).unwrap();
    (backups, place)
}

/// With whatever keys and journal are there.
const IN_PLACE: RestoreOptions<'static> = RestoreOptions { what: Restore::Replace, keys: None, journal: None };

fn restore(centre: &mut Centre, place: &Path) -> u64 {
    let now = centre.now;
    centre.closed(|directory| Server::restore(place, directory, IN_PLACE, now).unwrap()).journal.unwrap().replayed
}

/// Database and journal go back together: to the backup, whose journal comes along.
fn both_go_back(centre: &mut Centre, place: &Path) {
    std::fs::remove_dir_all(centre.directory.path().join("journal")).unwrap();
    // Also what the backup's journal had not yet.
    restore(centre, place);
}

/// One exchange that shows these records.
fn show(centre: &Centre, phone: &mut Phone, records: Vec<SignedRecord>) -> Reply {
    let items = phone.pending();
    let (bytes, hash) = phone.seal(&Request { records, ..phone.request(items.clone()) });
    let reply = centre.server.exchange(&bytes, centre.now).unwrap();
    let reply = phone.open(&reply, &hash, &centre.server.working_key());
    phone.take(centre, &items, &reply);
    reply
}

fn is_served(reply: &Reply) -> bool {
    reply.units.is_some() || !reply.pages.is_empty()
}

#[test]
fn what_was_decided_after_the_backup_still_holds() {
    let mut centre = Centre::new();
    let mut lost = centre.phone(11, Role::Officer, &[VILLAGE]);
    let mut moved = centre.phone(12, Role::Officer, &[VILLAGE, OTHER]);
    let code = centre.officer(13, Role::Officer, &[VILLAGE]);
    lost.file(VILLAGE, TEXT);
    lost.sync(&centre);
    moved.sync(&centre);
    let (_backups, place) = backup(&centre);
    centre.later(1_000);
    centre.server.revoke_device(lost.device, centre.now).unwrap();
    centre.server.end_grant(nrp(12), biasa(OTHER), centre.now).unwrap();
    let mut late = centre.enrol(&code);
    let mut newest = centre.phone(14, Role::Polsek, &["53.03.01"]);
    // Twice, the second time with nothing to do.
    assert!(restore(&mut centre, &place) > 0);
    assert_eq!(centre.server.replay_journal().unwrap().replayed, 0);
    let (reply, _) = lost.exchange(&centre);
    assert!(lost.revoked && !is_served(&reply), "revoked is revoked");
    moved.sync(&centre);
    moved.file(OTHER, TEXT);
    let (reply, _) = moved.exchange(&centre);
    assert_eq!(reply.verdicts[0].rest, Some(Verdict::Held), "the grant stays ended");
    // Who was enrolled since is known, and the code makes no second device.
    late.sync(&centre);
    newest.sync(&centre);
    assert_eq!(late.shown().len(), 1);
    assert_eq!(centre.try_code(&code, &SecretKey::from_seed([9; 32])).unwrap(), EnrolAnswer::Used);
    let status = centre.server.journal_status().unwrap();
    assert!(status.taken_in && status.recovery_since.is_none());
    assert_eq!(centre.server.verify_journal().unwrap(), status.entries.values().sum::<u64>());
}

#[test]
fn a_newer_record_begins_a_recovery_and_nobody_reads_until_he_is_confirmed() {
    let mut centre = Centre::new();
    let mut revoked = centre.phone(11, Role::Officer, &[VILLAGE]);
    let mut mover = centre.phone(12, Role::Officer, &[VILLAGE, OTHER]);
    let mut third = centre.phone(13, Role::Officer, &[VILLAGE]);
    for phone in [&mut revoked, &mut mover, &mut third] {
        phone.sync(&centre);
    }
    let (_backups, place) = backup(&centre);
    centre.later(1_000);
    // The centre forgets both of these, and the revoked phone hides what it knows.
    centre.server.revoke_device(revoked.device, centre.now).unwrap();
    centre.server.end_grant(nrp(12), biasa(OTHER), centre.now).unwrap();
    mover.sync(&centre);
    both_go_back(&mut centre, &place);
    assert!(centre.server.devices().unwrap().iter().all(|device| !device.revoked));
    // Until somebody shows more, the centre cannot know.
    assert_eq!(centre.server.confirm_all(centre.now), Ok(false));
    third.file(VILLAGE, TEXT);
    third.sync(&centre);
    // A number alone is no proof: only who names it is not served.
    mover.file(VILLAGE, TEXT);
    let (reply, _) = mover.exchange(&centre);
    assert!(reply.show_records && !is_served(&reply));
    assert_eq!(reply.verdicts[0].shared, 1, "what it pushes is taken");
    assert_eq!(centre.server.journal_status().unwrap().recovery_since, None);
    // What nobody here signed is no proof either.
    let decisions = [(biasa(OTHER), Decision { version: u64::MAX >> 1, given: true })].into();
    let forged = Record::Grants { officer: nrp(12), role: Role::Officer, decisions };
    assert!(show(&centre, &mut mover, vec![SignedRecord::sign(&forged, &SecretKey::from_seed([5; 32]))]).show_records);
    assert_eq!(centre.server.journal_status().unwrap().recovery_since, None);
    // The record is.
    let record = mover.record.clone().unwrap();
    let reply = show(&centre, &mut mover, vec![record.clone()]);
    assert!(!reply.show_records && !is_served(&reply), "its grants are known again, and nobody vouches for them");
    let status = centre.server.journal_status().unwrap();
    assert_eq!((status.recovery_by, status.unconfirmed.len()), (Some(mover.device.to_string()), 3));
    let areas = &centre.server.officers().unwrap()[1].areas;
    assert!(areas.iter().any(|area| area.unit == OTHER && !area.given), "{areas:?}");
    // The revoked phone reads nothing, nor does any other; what they push is taken.
    for phone in [&mut revoked, &mut third] {
        phone.file(VILLAGE, TEXT);
        let (reply, _) = phone.exchange(&centre);
        assert!(!is_served(&reply) && reply.verdicts[0].shared == 1);
    }
    // One by one; a phone that is enrolled now was decided on now.
    assert_eq!(centre.server.confirm_device(third.device, centre.now), Ok(false));
    third.sync(&centre);
    assert_eq!(third.shown().len(), 4);
    let mut fresh = centre.phone(14, Role::Officer, &[VILLAGE]);
    fresh.sync(&centre);
    assert_eq!(fresh.shown().len(), 4);
    assert!(!is_served(&revoked.exchange(&centre).0));
    // The recovery outlives another restore, and ends with the operator's word.
    restore(&mut centre, &place);
    assert!(!is_served(&revoked.exchange(&centre).0));
    centre.server.revoke_device(revoked.device, centre.now).unwrap();
    assert_eq!(centre.server.confirm_device(revoked.device, centre.now), Err(ServerError::DeviceRevoked(revoked.device)));
    assert_eq!(centre.server.confirm_all(centre.now), Ok(true));
    assert!(centre.server.journal_status().unwrap().unconfirmed.is_empty());
    // Its own village is left to it, the other one has ended.
    mover.sync(&centre);
    assert_eq!(centre.server.confirm_device(mover.device, centre.now), Err(ServerError::NoRecovery));
    assert!(!is_served(&revoked.exchange(&centre).0) && revoked.revoked);
    // Found later, what was signed before the operator's word belongs to the same loss: taken over, and nobody is locked out again.
    let older = Decision { version: (centre.now.unix_ms() - 500) as u64, given: false };
    let forgotten = Record::Grants { officer: nrp(13), role: Role::Officer, decisions: [(biasa("53.03.02"), older)].into() };
    let signed = SignedRecord::sign(&forgotten, &SecretKey::from_seed([7; 32]));
    show(&centre, &mut third, vec![signed]);
    let status = centre.server.journal_status().unwrap();
    assert!(status.recovery_since.is_none() && status.unconfirmed.is_empty());
    assert!(centre.server.officers().unwrap()[2].areas.iter().any(|area| area.unit == "53.03.02" && !area.given));
    // Shown once more, it changes nothing.
    show(&centre, &mut mover, vec![record]);
    assert_eq!(centre.server.journal_status().unwrap().recovery_since, None);
}

/// RECORD_SHOWN, of a revocation: whoever shows it, it is the centre's own word.
#[test]
fn a_revocation_that_somebody_shows_holds_again() {
    let mut centre = Centre::new();
    let mut lost = centre.phone(11, Role::Officer, &[VILLAGE]);
    let mut witness = centre.phone(12, Role::Officer, &[VILLAGE]);
    lost.sync(&centre);
    witness.sync(&centre);
    let (_backups, place) = backup(&centre);
    centre.later(1_000);
    centre.server.revoke_device(lost.device, centre.now).unwrap();
    let revocation = lost.exchange(&centre).0.records.remove(0);
    both_go_back(&mut centre, &place);
    let revoked = |centre: &Centre| centre.server.devices().unwrap().iter().filter(|device| device.revoked).count();
    assert_eq!(revoked(&centre), 0);
    centre.later(1_000);
    for _ in 0..2 {
        show(&centre, &mut witness, vec![revocation.clone()]);
        let status = centre.server.journal_status().unwrap();
        assert_eq!((revoked(&centre), status.entries["revoked"], status.recovery_by), (1, 1, Some(witness.device.to_string())));
    }
    // One that is older than the operator's word for all: taken over, and nobody is locked out again.
    centre.server.confirm_all(centre.now).unwrap();
    let mut other = centre.phone(13, Role::Officer, &[VILLAGE]);
    other.sync(&centre);
    let at = Timestamp::from_unix_ms(centre.now.unix_ms() - 500);
    let older = SignedRecord::sign(&Record::Revocation { device: other.device, at }, &SecretKey::from_seed([7; 32]));
    show(&centre, &mut witness, vec![older]);
    assert_eq!((revoked(&centre), centre.server.journal_status().unwrap().recovery_since), (2, None));
    // Of an officer whom nobody added nothing is taken over.
    let decisions = [(biasa(VILLAGE), Decision { version: centre.now.unix_ms() as u64, given: true })].into();
    let nobody = Record::Grants { officer: nrp(99), role: Role::Officer, decisions };
    show(&centre, &mut witness, vec![SignedRecord::sign(&nobody, &SecretKey::from_seed([7; 32]))]);
    assert_eq!(centre.server.journal_status().unwrap().recovery_since, None);
}

#[test]
fn a_device_that_both_forgot_is_known_again_and_what_it_kept_is_taken() {
    let mut centre = Centre::new();
    let (_backups, place) = backup(&centre);
    let mut phone = centre.phone(11, Role::Officer, &[VILLAGE]);
    phone.sync(&centre);
    both_go_back(&mut centre, &place);
    phone.file(VILLAGE, TEXT);
    phone.file("53.04.05.2001", TEXT);
    let request = phone.request(phone.pending());
    assert_eq!(centre.server.exchange(&phone.seal(&request).0, centre.now).unwrap_err().code(), "unknown-device");
    let record = phone.enrolment.clone().unwrap();
    let introduce = |centre: &Centre, key: &SecretKey| centre.server.enrol(&EnrolledBefore::seal(&record, key), centre.now, [0; 8]);
    // Who found the record, but not the phone, is nobody.
    assert_eq!(introduce(&centre, &SecretKey::from_seed([5; 32])).unwrap_err().code(), "wrong-signature");
    assert!(centre.server.devices().unwrap().is_empty());
    introduce(&centre, &phone.key).unwrap();
    introduce(&centre, &phone.key).unwrap();
    let status = centre.server.journal_status().unwrap();
    assert_eq!((status.recovery_by, status.entries["shown"]), (Some(phone.device.to_string()), 1));
    // Its grants are forgotten too: nothing is refused for want of them before it was asked.
    let (reply, _) = phone.exchange(&centre);
    assert!(reply.show_records && reply.verdicts.iter().all(|verdict| verdict.rest == Some(Verdict::Need)), "{reply:?}");
    let grants = phone.record.clone().unwrap();
    let reply = show(&centre, &mut phone, vec![grants]);
    let verdicts: Vec<_> = reply.verdicts.iter().map(|verdict| (verdict.shared, verdict.rest)).collect();
    assert_eq!(verdicts, [(1, None), (0, Some(Verdict::Refused(Refusal::OutsideGrant)))]);
    assert!(!is_served(&reply));
    // In a recovery that goes on already, nobody vouches for a device that shows itself either.
    centre.closed(|_| ());
    assert!(!is_served(&phone.exchange(&centre).0));
    centre.server.confirm_device(phone.device, centre.now).unwrap();
    phone.sync(&centre);
    centre.server.verify_journal().unwrap();
}

/// GRANT_CLOCK: a decision is newer than one that was forgotten when it was taken later, however many came before either.
#[test]
fn what_is_decided_after_a_loss_holds_over_what_was_forgotten() {
    let mut centre = Centre::new();
    let mut phone = centre.phone(11, Role::Officer, &[VILLAGE, OTHER]);
    let (_backups, place) = backup(&centre);
    centre.later(1_000);
    centre.server.end_grant(nrp(11), biasa(OTHER), centre.now).unwrap();
    centre.later(1_000);
    centre.server.grant(nrp(11), biasa(OTHER), centre.now).unwrap();
    phone.sync(&centre);
    both_go_back(&mut centre, &place);
    centre.later(1_000);
    centre.server.end_grant(nrp(11), biasa(OTHER), centre.now).unwrap();
    let forgotten = phone.record.clone().unwrap();
    show(&centre, &mut phone, vec![forgotten]);
    let areas = &centre.server.officers().unwrap()[0].areas;
    assert!(areas.iter().any(|area| area.unit == OTHER && !area.given), "{areas:?}");
}

/// Three phones and a recovery: the first one's revocation is forgotten, the second showed that something is, the third is confirmed.
fn recovering(centre: &mut Centre) -> [Phone; 3] {
    let revoked = centre.phone(11, Role::Officer, &[VILLAGE]);
    let mut mover = centre.phone(12, Role::Officer, &[VILLAGE, OTHER]);
    let third = centre.phone(13, Role::Officer, &[VILLAGE]);
    let (_backups, place) = backup(centre);
    centre.later(1_000);
    centre.server.revoke_device(revoked.device, centre.now).unwrap();
    centre.server.end_grant(nrp(12), biasa(OTHER), centre.now).unwrap();
    mover.sync(centre);
    both_go_back(centre, &place);
    let record = mover.record.clone().unwrap();
    show(centre, &mut mover, vec![record]);
    assert_eq!(centre.server.confirm_device(third.device, centre.now), Ok(false));
    [revoked, mover, third]
}

fn waiting(centre: &Centre) -> Vec<String> {
    centre.server.journal_status().unwrap().unconfirmed.into_iter().map(|device| device.id).collect()
}

/// Begins a new journal, of what the database knows.
fn renew(centre: &mut Centre) {
    let lost = file(centre);
    centre.closed(|directory| {
        std::fs::remove_file(lost).unwrap();
        Server::renew_journal(directory, None).unwrap();
    });
}

/// RECOVERY_SERVES: the journal is not the only one who knows that a recovery runs.
#[test]
fn a_recovery_outlives_its_journal() {
    let mut centre = Centre::new();
    let [mut revoked, mover, mut third] = recovering(&mut centre);
    let lines: Vec<String> = std::fs::read_to_string(file(&centre)).unwrap().lines().map(str::to_owned).collect();
    let began = lines.iter().position(|line| line.split(' ').nth(2) == Some("recovery")).unwrap();
    let expected = [revoked.device.to_string(), mover.device.to_string()];
    // An older copy of it, from within the recovery and from before it; and a new one.
    let copies = [Some(&lines[..=began]), Some(&lines[..began]), None];
    for copy in copies {
        match copy {
            Some(copy) => {
                let (path, text) = (file(&centre), copy.iter().map(|line| format!("{line}\n")).collect::<String>());
                centre.closed(|_| std::fs::write(path, text).unwrap());
            }
            None => renew(&mut centre),
        }
        assert_eq!(waiting(&centre), expected);
        let status = centre.server.journal_status().unwrap();
        assert!(status.recovery_since.is_some() && status.recovery_by.is_none() && status.taken_in);
        // Twice is once, and the journal itself says the same.
        let written = centre.server.verify_journal().unwrap();
        centre.server.replay_journal().unwrap();
        assert_eq!((centre.server.verify_journal().unwrap(), waiting(&centre).as_slice()), (written, expected.as_slice()));
        assert!(!is_served(&revoked.exchange(&centre).0));
    }
    assert!(is_served(&third.exchange(&centre).0));
    // It ends like any other.
    assert_eq!(centre.server.confirm_all(centre.now), Ok(true));
    assert!(is_served(&revoked.exchange(&centre).0));
}

/// A number of the old journal says nothing in the new one, in which a recovery begins at a lower one.
#[test]
fn nobody_is_vouched_for_by_a_line_of_a_journal_that_is_gone() {
    let mut centre = Centre::new();
    let mut mover = centre.phone(12, Role::Officer, &[VILLAGE, OTHER]);
    for _ in 0..20 {
        centre.later(1_000);
        centre.server.end_grant(nrp(12), biasa(OTHER), centre.now).unwrap();
        centre.later(1_000);
        centre.server.grant(nrp(12), biasa(OTHER), centre.now).unwrap();
    }
    let mut late = centre.phone(13, Role::Officer, &[VILLAGE]);
    let (_backups, place) = backup(&centre);
    centre.later(1_000);
    centre.server.end_grant(nrp(12), biasa(OTHER), centre.now).unwrap();
    mover.sync(&centre);
    both_go_back(&mut centre, &place);
    renew(&mut centre);
    let record = mover.record.clone().unwrap();
    show(&centre, &mut mover, vec![record]);
    assert_eq!(waiting(&centre), [mover.device.to_string(), late.device.to_string()]);
    assert!(!is_served(&late.exchange(&centre).0));
}

/// It is no enrolment, in a new journal either: a database from before it would believe that.
#[test]
fn a_device_that_only_showed_its_record_waits_in_a_new_journal_too() {
    let mut centre = Centre::new();
    let (_backups, place) = backup(&centre);
    let first = centre.phone(11, Role::Officer, &[VILLAGE]);
    let second = centre.phone(12, Role::Officer, &[VILLAGE]);
    both_go_back(&mut centre, &place);
    centre.later(1_000);
    let introduce = |centre: &Centre, phone: &Phone| {
        let record = phone.enrolment.clone().unwrap();
        centre.server.enrol(&EnrolledBefore::seal(&record, &phone.key), centre.now, [0; 8]).unwrap();
    };
    introduce(&centre, &first);
    centre.server.confirm_all(centre.now).unwrap();
    // Of the same loss: no new recovery, and yet nobody vouches for it.
    introduce(&centre, &second);
    assert_eq!(waiting(&centre), [second.device.to_string()]);
    renew(&mut centre);
    restore(&mut centre, &place);
    let status = centre.server.journal_status().unwrap();
    assert_eq!((status.entries["shown"], status.recovery_since), (1, None));
    assert_eq!(waiting(&centre), [second.device.to_string()]);
}

#[test]
fn a_recovery_ends_with_the_last_device_that_waits() {
    let mut centre = Centre::new();
    let [revoked, mover, _] = recovering(&mut centre);
    assert_eq!(centre.server.confirm_device(mover.device, centre.now), Ok(false));
    assert_eq!(centre.server.confirm_device(revoked.device, centre.now), Ok(true));
    assert_eq!(centre.server.journal_status().unwrap().recovery_since, None);
    assert_eq!(centre.server.confirm_all(centre.now), Ok(false), "nothing is left to do");
    // The journal says the same.
    centre.closed(|_| ());
    centre.server.replay_journal().unwrap();
    assert!(waiting(&centre).is_empty() && centre.server.journal_status().unwrap().recovery_since.is_none());
    // Also where the last one is revoked.
    let mut centre = Centre::new();
    let [revoked, mover, _] = recovering(&mut centre);
    centre.server.confirm_device(mover.device, centre.now).unwrap();
    centre.server.revoke_device(revoked.device, centre.now).unwrap();
    assert_eq!(centre.server.journal_status().unwrap().recovery_since, None);
}

fn file(centre: &Centre) -> PathBuf {
    centre.directory.path().join("journal/journal.log")
}

#[test]
fn a_half_written_line_is_cut_off_and_told() {
    let mut centre = Centre::new();
    let phone = centre.phone(11, Role::Officer, &[VILLAGE]);
    let whole = std::fs::read_to_string(file(&centre)).unwrap();
    let next = whole.lines().last().unwrap().replacen(char::is_numeric, "9", 1);
    for torn in [&next.as_bytes()[..1], &next.as_bytes()[..next.len() / 2], &[0; 100]] {
        let before = std::fs::read(file(&centre)).unwrap();
        std::fs::write(file(&centre), [before.as_slice(), torn].concat()).unwrap();
        centre.closed(|_| ());
        let status = centre.server.journal_status().unwrap();
        assert!(status.cut_bytes >= torn.len() as u64 && status.taken_in, "{status:?}");
    }
    assert_eq!(centre.server.journal_status().unwrap().cut_bytes, (1 + next.len() / 2 + 100) as u64);
    // Also beside an open centre, whose next line would follow it.
    let before = std::fs::read(file(&centre)).unwrap();
    std::fs::write(file(&centre), [before.as_slice(), b"12 17"].concat()).unwrap();
    centre.server.revoke_device(phone.device, centre.now).unwrap();
    let status = centre.server.journal_status().unwrap();
    assert_eq!((status.entries["cut"], status.entries["revoked"]), (4, 1));
    centre.server.verify_journal().unwrap();
}

/// The lines with the chain made anew from the first that differs: what somebody without the keys can do.
fn chained(centre: &Centre, lines: &[String]) -> String {
    let (mut hash, mut out) = (centre.server.root_key().0, String::new());
    for line in lines {
        let words = line.rsplit_once(' ').unwrap().0;
        hash = blake3::Hasher::new_derive_key("sambang 0 journal").update(&hash).update(words.as_bytes()).finalize().into();
        out.push_str(&format!("{words} {}\n", hex(&hash)));
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_changed_line_is_found_by_its_number() {
    let mut centre = Centre::new();
    let phone = centre.phone(11, Role::Officer, &[VILLAGE]);
    centre.server.revoke_device(phone.device, centre.now).unwrap();
    let whole = std::fs::read_to_string(file(&centre)).unwrap();
    let lines: Vec<String> = whole.lines().map(str::to_owned).collect();
    assert_eq!(chained(&centre, &lines), whole);
    assert_eq!(centre.server.verify_journal().unwrap(), lines.len() as u64);
    let line = |kind: &str| lines.iter().position(|line| line.split(' ').nth(2) == Some(kind)).unwrap();
    let with = |at: usize, change: &dyn Fn(&str) -> String| {
        let mut lines = lines.clone();
        lines[at] = change(&lines[at]);
        lines
    };
    let plain = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat();
    let (officer, decided, revoked) = (line("officer"), line("decided"), line("revoked"));
    let cases = [
        ("a time", plain(&with(officer, &|line| line.replacen(" 17", " 16", 1))), officer),
        ("a line gone", plain(&without(decided)), decided),
        ("a line gone, the chain made anew", chained(&centre, &without(decided)), decided),
        (
            "two in another order",
            plain(&[&lines[..decided], &[lines[decided + 1].clone(), lines[decided].clone()], &lines[decided + 2..]].concat()),
            decided,
        ),
        // The last byte of the record says: given.
        ("a decision, the chain made anew", chained(&centre, &with(decided, &|line| line.replacen("01 ", "00 ", 1))), decided),
        ("another kind", plain(&with(revoked, &|line| line.replacen("revoked", "restored", 1))), revoked),
    ];
    for (what, text, at) in cases {
        assert_ne!(text, whole, "{what}");
        std::fs::write(file(&centre), text).unwrap();
        let Err(ServerError::JournalDamaged { line, .. }) = centre.server.verify_journal() else { panic!("{what} is not found") };
        assert_eq!(line, at as u64 + 1, "{what}");
    }
    std::fs::write(file(&centre), whole).unwrap();
    centre.server.verify_journal().unwrap();
}

#[test]
fn a_journal_that_is_not_in_its_place_is_no_new_one() {
    let mut centre = Centre::new();
    let phone = centre.phone(11, Role::Officer, &[VILLAGE]);
    centre.server.revoke_device(phone.device, centre.now).unwrap();
    let directory = centre.directory.path().to_owned();
    let open =
        |journal: Option<&Path>| Server::open_with_journal(&directory, journal, OpenOptions::MustExist).map_err(|error| error.code());
    let disk = tempfile::tempdir().unwrap();
    let elsewhere = disk.path().join("jurnal");
    assert_eq!(open(Some(&elsewhere)).unwrap_err(), "journal-missing", "nothing is begun where nothing was");
    // Moved, it is named once and remembered.
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::rename(file(&centre), elsewhere.join("journal.log")).unwrap();
    assert_eq!(open(None).unwrap_err(), "journal-missing");
    open(Some(&elsewhere)).unwrap();
    let lines = open(None).unwrap().verify_journal().unwrap();
    assert!(lines > 3);
    // Lost, it is begun anew of what the database knows; never over another one.
    assert_eq!(Server::renew_journal(&directory, None).unwrap_err().code(), "exists");
    std::fs::remove_file(elsewhere.join("journal.log")).unwrap();
    Server::renew_journal(&directory, None).unwrap();
    let server = open(None).unwrap();
    let status = server.journal_status().unwrap();
    assert!(status.file.starts_with(elsewhere.to_str().unwrap()));
    assert_eq!((status.entries["revoked"], status.entries["enrolled"], status.entries["decided"]), (1, 1, 1));
}

/// Moves the journal elsewhere, which only the database knows then, and revokes a device.
fn moves_and_revokes(directory: &Path, to: &Path, device: DeviceId, now: Timestamp) {
    std::fs::rename(directory.join("journal/journal.log"), to.join("journal.log")).unwrap();
    let server = Server::open_with_journal(directory, Some(to), OpenOptions::MustExist).unwrap();
    server.revoke_device(device, now).unwrap();
}

/// A backup from before the journal was moved does not know where it is; the database that it replaces does.
#[test]
fn a_restore_finds_the_journal_that_was_moved_since_the_backup() {
    let mut centre = Centre::new();
    let lost = centre.phone(11, Role::Officer, &[VILLAGE]);
    let (_backups, place) = backup(&centre);
    let (disk, beside, now) = (tempfile::tempdir().unwrap(), file(&centre), centre.now);
    let (elsewhere, unmounted) = (disk.path().join("jurnal"), disk.path().join("lepas"));
    std::fs::create_dir(&elsewhere).unwrap();
    centre.closed(|directory| {
        moves_and_revokes(directory, &elsewhere, lost.device, now);
        std::fs::rename(&elsewhere, &unmounted).unwrap();
        assert_eq!(Server::restore(&place, directory, IN_PLACE, now).unwrap_err().code(), "journal-missing");
        std::fs::rename(&unmounted, &elsewhere).unwrap();
    });
    assert!(restore(&mut centre, &place) > 0);
    assert!(centre.server.devices().unwrap()[0].revoked);
    assert!(centre.server.journal_status().unwrap().file.starts_with(elsewhere.to_str().unwrap()), "and it is remembered");
    assert!(!beside.exists());
}

/// One that cannot be read does not say that it was moved: what the journal knows would be forgotten in silence.
#[test]
fn beside_a_database_that_cannot_be_read_a_restore_wants_the_journal_named() {
    let mut centre = Centre::new();
    let lost = centre.phone(11, Role::Officer, &[VILLAGE]);
    let (_backups, place) = backup(&centre);
    let (disk, now) = (tempfile::tempdir().unwrap(), centre.now);
    centre.closed(|directory| {
        moves_and_revokes(directory, disk.path(), lost.device, now);
        std::fs::write(directory.join("sambang.db"), "rusak").unwrap();
        assert_eq!(Server::restore(&place, directory, IN_PLACE, now).unwrap_err().code(), "journal-missing");
        Server::restore(&place, directory, RestoreOptions { journal: Some(disk.path()), ..IN_PLACE }, now).unwrap();
    });
    assert!(centre.server.devices().unwrap()[0].revoked);
}

#[test]
fn where_database_and_journal_are_lost_a_restore_begins_a_journal_in_a_new_place() {
    let mut centre = Centre::new();
    let disk = tempfile::tempdir().unwrap();
    let (old, new) = (disk.path().join("mati"), disk.path().join("baru"));
    std::fs::create_dir(&old).unwrap();
    std::fs::rename(file(&centre), old.join("journal.log")).unwrap();
    let now = centre.now;
    let server = Server::open_with_journal(centre.directory.path(), Some(&old), OpenOptions::MustExist).unwrap();
    let (place, _) = server.backup(&disk.path().join("cadangan"), now).unwrap();
    drop(server);
    centre.closed(|directory| {
        std::fs::remove_dir_all(&old).unwrap();
        std::fs::write(directory.join("sambang.db"), "rusak").unwrap();
        let failed = Server::restore(&place, directory, IN_PLACE, now).unwrap_err();
        assert_eq!(failed.code(), "journal-missing");
        assert!(failed.remedy(Lang::English).contains("--journal NEWDIR"), "{}", failed.remedy(Lang::English));
        Server::restore(&place, directory, RestoreOptions { journal: Some(&new), ..IN_PLACE }, now).unwrap();
    });
    assert!(centre.server.journal_status().unwrap().file.starts_with(new.to_str().unwrap()));
}

/// The disk dies while the server runs: who watches hears of it, and the log names the file.
#[test]
fn a_server_whose_journal_is_gone_is_not_ready() {
    let directory = program_centre();
    let at = directory.path();
    let added = json(at, &["officer", "add", "--nrp", "85010001", "--name", "Yohanes Bria", "--unit", VILLAGE]);
    let code: EnrolmentCode = added["code"].as_str().unwrap().parse().unwrap();
    let journal = PathBuf::from(json(at, &["journal", "status"])["file"].as_str().unwrap());
    let serving = Serving::start(at, &[]);
    std::fs::rename(&journal, at.join("aside")).unwrap();
    let (status, _, body) = serving.ask(&get("/readyz"), b"");
    assert_eq!((status, body.as_slice()), (503, b"not-ready".as_slice()));
    assert_eq!(serving.post("/v1/enrol", &EnrolRequest::seal(&code, &SecretKey::from_seed([3; 32])).0).0, 503);
    let log = std::fs::read_to_string(at.join("log")).unwrap();
    let told = |line: &&str| line.contains("\"journal-missing\"") && line.contains(journal.to_str().unwrap());
    assert_eq!(log.lines().filter(told).count(), 2, "{log}");
    std::fs::rename(at.join("aside"), &journal).unwrap();
    assert_eq!(serving.post("/v1/enrol", &EnrolRequest::seal(&code, &SecretKey::from_seed([3; 32])).0).0, 200);
}

#[test]
fn nothing_is_decided_that_the_journal_cannot_take() {
    let mut centre = Centre::new();
    let phone = centre.phone(11, Role::Officer, &[VILLAGE]);
    // Where the file was is a directory: writing fails, also for who may do everything.
    let (path, aside) = (file(&centre), centre.directory.path().join("aside"));
    std::fs::rename(&path, &aside).unwrap();
    std::fs::create_dir(&path).unwrap();
    centre.server.revoke_device(phone.device, centre.now).unwrap_err();
    assert!(!centre.server.devices().unwrap()[0].revoked);
    std::fs::remove_dir(&path).unwrap();
    std::fs::rename(&aside, &path).unwrap();
    centre.server.revoke_device(phone.device, centre.now).unwrap();
    assert_eq!(centre.server.journal_status().unwrap().entries["revoked"], 1);
    // Twice is once.
    centre.server.revoke_device(phone.device, centre.now).unwrap();
    assert_eq!(centre.server.journal_status().unwrap().entries["revoked"], 1);
}

/// JOURNAL_FIRST as an order: the journal's disk is full when the line is written, the database's is not. What cannot be written down is not decided.
#[test]
fn a_decision_that_the_journals_disk_has_no_room_for_is_not_taken() {
    let directory = program_centre();
    let at = directory.path();
    json(at, &["officer", "add", "--nrp", "85010001", "--name", "Yohanes Bria", "--unit", VILLAGE]);
    let journal = PathBuf::from(json(at, &["journal", "status"])["file"].as_str().unwrap());
    let length = || std::fs::metadata(&journal).unwrap().len();
    {
        // A limit on the size of any file stands for the full disk: the journal must be the longest that the command writes.
        let server = Server::open(&at.join("centre"), OpenOptions::MustExist).unwrap();
        let (officer, mut now) = ("85010001".parse().unwrap(), Timestamp::from_unix_ms(4_000_000_000_000));
        while length() < 256 << 10 {
            now = Timestamp::from_unix_ms(now.unix_ms() + 1);
            server.end_grant(officer, biasa(VILLAGE), now).unwrap();
            server.grant(officer, biasa(VILLAGE), now).unwrap();
        }
    }
    let before = length();
    let end = ["officer", "end", "85010001", "--unit", VILLAGE];
    let within = |most: u64| {
        let mut command = std::process::Command::new("prlimit");
        // Ignored, the signal gives way to an error of the write.
        command.arg(format!("--fsize={most}")).args(["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
        command.arg(env!("CARGO_BIN_EXE_sambang-server")).env_remove("SAMBANG_DATA").env_remove("SAMBANG_LANG");
        command.arg("--data").arg(at.join("centre")).args(end).output().unwrap()
    };
    let is_given = || json(at, &["officer", "list"])[0]["areas"][0]["given"] == true;
    let failed = within(before + 100);
    assert!(!failed.status.success() && failed.stdout.is_empty(), "{failed:?}");
    assert!(is_given() && length() == before);
    let done = within(before + 10_000);
    assert!(done.status.success() && !is_given(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(json(at, &["journal", "verify"])["ok"], true);
}

#[test]
fn the_program_keeps_its_journal_on_another_disk() {
    let directory = program_centre();
    let at = directory.path();
    let disk = at.join("disk");
    let moved = json(at, &["journal", "status"])["file"].as_str().unwrap().to_owned();
    std::fs::create_dir(&disk).unwrap();
    std::fs::rename(moved, disk.join("journal.log")).unwrap();
    json(at, &["officer", "add", "--nrp", "85010001", "--name", "Yohanes Bria", "--unit", VILLAGE, "--journal", disk.to_str().unwrap()]);
    json(at, &["officer", "end", "85010001", "--unit", VILLAGE]);
    let status = json(at, &["journal", "status"]);
    assert_eq!((&status["entries"]["officer"], &status["entries"]["decided"]), (&1.into(), &2.into()));
    assert_eq!(json(at, &["journal", "verify"])["ok"], true);
    let code = |arguments: &[&str]| {
        let failed = run(at, &[arguments, &["--json"]].concat());
        assert_eq!(failed.status.code(), Some(1));
        let error: serde_json::Value = serde_json::from_slice(&failed.stderr).unwrap();
        (error["error"]["code"].as_str().unwrap().to_owned(), error["error"]["message"].as_str().unwrap().to_owned())
    };
    assert_eq!(json(at, &["journal", "confirm", "--all"])["ended"], false);
    let text = std::fs::read_to_string(disk.join("journal.log")).unwrap();
    std::fs::write(disk.join("journal.log"), text.replacen(" officer ", " officed ", 1)).unwrap();
    let (damaged, message) = code(&["journal", "verify"]);
    assert!(damaged == "journal-damaged" && message.contains("Baris 2"), "{message}");
}
