//! REFUSED_LASTS: what is refused for good is answered from memory by the program that refused it; what hangs on a grant is judged anew.

use automerge::legacy::{Key, OpType};
use automerge::{Change, ExpandedChange, ScalarValue};
use sync_core::exchange::Verdict;
use sync_core::form::Role;
use sync_core::{Refusal, ReportId};

use crate::world::{Centre, Phone, TEXT, VILLAGE, biasa};

fn again(phone: &mut Phone, centre: &Centre, report: ReportId) -> Option<Verdict> {
    phone.kept.get_mut(&report).unwrap().settled.clear();
    let items = phone.pending();
    let (reply, _) = phone.exchange(centre);
    let at = items.iter().position(|item| item.report == report).unwrap();
    reply.verdicts[at].rest
}

fn database(centre: &Centre) -> rusqlite::Connection {
    rusqlite::Connection::open(centre.directory.path().join("sambang.db")).unwrap()
}

#[test]
fn a_lasting_refusal_is_not_judged_again_until_the_program_is_another() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let report = officer.file(VILLAGE, TEXT);
    officer.set(report, "rt", "004");
    let changes = &mut officer.kept.get_mut(&report).unwrap().changes;
    let mut lie = ExpandedChange::from(&changes[0]);
    let author = lie.operations.iter().position(|op| op.key == Key::Map("author".into())).unwrap();
    lie.operations[author].action = OpType::Put(ScalarValue::Str("00000013".into()));
    changes.truncate(0);
    changes.push(Change::from(lie));
    for _ in 0..2 {
        assert_eq!(again(&mut officer, &centre, report), Some(Verdict::Refused(Refusal::Birth)));
    }
    // It is the memory that answers: another reason in it comes back.
    let db = database(&centre);
    assert_eq!(db.execute("UPDATE refused SET reason = 'dangerous'", []).unwrap(), 1);
    assert_eq!(again(&mut officer, &centre, report), Some(Verdict::Refused(Refusal::Dangerous)));
    // A centre that was updated judges anew.
    assert_eq!(db.execute("UPDATE refused SET version = '0.0.0'", []).unwrap(), 1);
    assert_eq!(again(&mut officer, &centre, report), Some(Verdict::Refused(Refusal::Birth)));
}

#[test]
fn a_refusal_for_want_of_a_grant_ends_with_the_grant_also_for_what_was_made_on_it() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &["53.03.02.2001"]);
    let report = officer.file(VILLAGE, TEXT);
    officer.set(report, "rt", "004");
    assert_eq!(again(&mut officer, &centre, report), Some(Verdict::Refused(Refusal::OutsideGrant)));
    let remembered = |centre: &Centre| -> Vec<String> {
        let db = database(centre);
        let mut query = db.prepare("SELECT reason FROM refused ORDER BY reason").unwrap();
        let rows = query.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert_eq!(remembered(&centre), ["on-refused", "outside-grant"]);
    // Of what was made on it alone nothing more is known.
    let birth = officer.kept.get_mut(&report).unwrap().changes.remove(0);
    assert_eq!(again(&mut officer, &centre, report), Some(Verdict::Refused(Refusal::OnRefused)));
    officer.kept.get_mut(&report).unwrap().changes.insert(0, birth);
    centre.later(1_000);
    centre.server.grant(officer.officer, biasa(VILLAGE), centre.now).unwrap();
    assert_eq!(again(&mut officer, &centre, report), None);
    assert_eq!(officer.kept[&report].labels.len(), 2);
    assert!(remembered(&centre).is_empty());
}
