//! One-time codes.

use sync_core::exchange::{EnrolAnswer, EnrolmentCode};
use sync_core::form::Role;
use sync_core::keys::SecretKey;
use sync_core::limits;
use sync_core::record::Record;

use crate::world::{Centre, TEXT, VILLAGE};

fn keys() -> (SecretKey, SecretKey) {
    (SecretKey::from_seed([1; 32]), SecretKey::from_seed([2; 32]))
}

#[test]
fn a_code_is_good_once_and_the_same_phone_gets_the_same_answer_again() {
    let (mut centre, (key, other)) = (Centre::new(), keys());
    let code = centre.officer(11, Role::Officer, &[VILLAGE]);
    let first = centre.try_code(&code, &key).unwrap();
    let EnrolAnswer::Enrolled(record) = &first else { panic!("{first:?}") };
    let Some(Record::Enrolment { officer, name, role, .. }) = record.open(&centre.server.working_key()) else { panic!("no record") };
    assert_eq!((officer.number(), name.as_str(), role), (11, "Petugas 11", Role::Officer));
    centre.later(limits::CODE_LIFE_MS * 2);
    assert_eq!(centre.try_code(&code, &key).unwrap(), first, "the reply was lost; the code is too old by now");
    assert_eq!(centre.try_code(&code, &other).unwrap(), EnrolAnswer::Used);
    assert_eq!(centre.server.devices().unwrap().len(), 1);
}

#[test]
fn of_two_phones_that_race_for_one_code_exactly_one_wins() {
    let mut centre = Centre::new();
    let code = centre.officer(11, Role::Officer, &[VILLAGE]);
    let server = &centre.server;
    let (now, code) = (centre.now, &code);
    let answers: Vec<EnrolAnswer> = std::thread::scope(|scope| {
        let race = |number: u8| {
            scope.spawn(move || {
                let key = SecretKey::from_seed([number; 32]);
                let (bytes, hash) = sync_core::exchange::EnrolRequest::seal(code, &key);
                let reply = server.enrol(&bytes, now, [number; 8]).unwrap();
                sync_core::exchange::EnrolReply::open(&reply, &hash, code).unwrap().answer
            })
        };
        let racing: Vec<_> = (1..9).map(race).collect();
        racing.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let won = answers.iter().filter(|answer| matches!(answer, EnrolAnswer::Enrolled(_))).count();
    let lost = answers.iter().filter(|answer| **answer == EnrolAnswer::Used).count();
    assert_eq!((won, lost, server.devices().unwrap().len()), (1, 7, 1));
}

#[test]
fn a_wrong_secret_counts_and_five_lock_the_code() {
    let (mut centre, (key, _)) = (Centre::new(), keys());
    let code = centre.officer(11, Role::Officer, &[VILLAGE]);
    let guess = EnrolmentCode { secret: code.secret ^ 1, ..code };
    for _ in 0..limits::CODE_TRIES_MAX {
        assert_eq!(centre.try_code(&guess, &key).unwrap(), EnrolAnswer::Wrong);
    }
    assert_eq!(centre.try_code(&guess, &key).unwrap(), EnrolAnswer::Locked);
    assert_eq!(centre.try_code(&code, &key).unwrap(), EnrolAnswer::Locked, "the right one comes too late");
    let nobody = EnrolmentCode { selector: code.selector ^ 1, ..code };
    assert_eq!(centre.try_code(&nobody, &key).unwrap(), EnrolAnswer::Wrong);
    // The officer gets another.
    let random = centre.draw();
    let fresh = centre.server.new_code(sync_core::Nrp::from_number(11).unwrap(), centre.now, random).unwrap();
    assert!(matches!(centre.try_code(&fresh, &key).unwrap(), EnrolAnswer::Enrolled(_)));
}

#[test]
fn a_code_is_good_for_a_week() {
    let (mut centre, (key, other)) = (Centre::new(), keys());
    let (code, late) = (centre.officer(11, Role::Officer, &[VILLAGE]), centre.officer(12, Role::Officer, &[VILLAGE]));
    centre.later(limits::CODE_LIFE_MS);
    assert!(matches!(centre.try_code(&code, &key).unwrap(), EnrolAnswer::Enrolled(_)));
    centre.later(1);
    assert_eq!(centre.try_code(&late, &other).unwrap(), EnrolAnswer::Expired);
}

#[test]
fn a_lost_phone_is_replaced_and_the_new_one_gets_everything() {
    let mut centre = Centre::new();
    let mut lost = centre.phone(11, Role::Officer, &[VILLAGE]);
    let report = lost.file(VILLAGE, TEXT);
    lost.sync(&centre);
    centre.server.revoke_device(lost.device, centre.now).unwrap();
    let random = centre.draw();
    let code = centre.server.new_code(lost.officer, centre.now, random).unwrap();
    let mut new = centre.enrol(&code);
    new.sync(&centre);
    assert_eq!(new.heads(report), lost.heads(report));
    // It may write on what its officer wrote on the other one.
    new.set(report, "rt", "004");
    new.sync(&centre);
    new.agrees(&centre);
    assert!(new.kept[&report].settled.is_empty());
}
