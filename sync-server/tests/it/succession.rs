//! A decree gives units other codes: reports keep theirs, and are shown where the successor is, also in another regency.

use std::collections::BTreeSet;

use serde_json::json;
use sync_core::exchange::Verdict;
use sync_core::form::Role;
use sync_core::place::Feed;
use sync_core::{Refusal, ReportId};
use sync_server::{Repair, ServerError, UnitsImported};

use crate::world::{Centre, Phone, TEXT, UNITS, VILLAGE, biasa, unit};

/// In force when the world begins.
const DATE: &str = "2025-11-01";

fn decree(centre: &mut Centre, lines: &[(&str, &str)]) -> UnitsImported {
    let done = try_decree(centre, &rows(lines)).unwrap();
    centre.successors.extend(lines.iter().map(|(old, new)| (unit(old), unit(new))));
    done
}

fn rows(lines: &[(&str, &str)]) -> String {
    lines.iter().fold("old,new,date\n".to_owned(), |csv, (old, new)| format!("{csv}{old},{new},{DATE}\n"))
}

fn try_decree(centre: &Centre, successors: &str) -> Result<UnitsImported, ServerError> {
    let units = format!("{UNITS}53.03.02.2009,Bokon Baru\n53.05,Malaka\n53.05.01,Wewiku\n53.05.01.2001,Kewar\n");
    centre.server.import_decree(units.as_bytes(), successors.as_bytes(), centre.now)
}

fn whole(centre: &Centre) {
    assert_eq!(centre.server.verify(Repair::No, centre.now).unwrap().differences, []);
}

fn shows(phone: &mut Phone, centre: &Centre) -> usize {
    phone.sync(centre);
    phone.agrees(centre);
    phone.shown().len()
}

#[test]
fn a_village_with_another_code_in_its_regency_shows_in_both_places() {
    let mut centre = Centre::new();
    let (mut yosef, mut old) = (centre.phone(1, Role::Officer, &[VILLAGE]), centre.phone(2, Role::Polsek, &["53.03.01"]));
    let report = yosef.file(VILLAGE, TEXT);
    yosef.sync(&centre);
    let mut polsek = centre.phone(3, Role::Polsek, &["53.03.02"]);
    assert_eq!((shows(&mut old, &centre), shows(&mut polsek, &centre)), (1, 0));

    let done = decree(&mut centre, &[(VILLAGE, "53.03.02.2009")]);
    assert_eq!((done.succeeded, done.moved), (1, 1));
    let mut maria = centre.phone(4, Role::Officer, &["53.03.02.2009"]);
    for phone in [&mut old, &mut polsek, &mut maria, &mut yosef] {
        assert_eq!(shows(phone, &centre), 1, "{}", phone.officer);
    }
    assert_eq!(centre.server.report(report).unwrap()["unit"], VILLAGE, "it keeps its code");

    // Whoever has the new unit may write to the old report, and what still comes under the old code arrives in both.
    maria.set(report, "rt", "007");
    maria.sync(&centre);
    assert!(maria.pending().is_empty());
    yosef.file(VILLAGE, TEXT);
    yosef.sync(&centre);
    assert_eq!((shows(&mut polsek, &centre), shows(&mut maria, &centre)), (2, 2));
    whole(&centre);
    assert_eq!(decree(&mut centre, &[(VILLAGE, "53.03.02.2009")]).succeeded, 0, "the same decree again changes nothing");
}

#[test]
fn a_village_that_comes_to_a_new_regency_takes_its_reports_along() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(1, Role::Officer, &["53.04.05.2001"]);
    let mut old = centre.phone(2, Role::Polres, &["53.04"]);
    let report = officer.file("53.04.05.2001", TEXT);
    officer.sync(&centre);
    assert_eq!(shows(&mut old, &centre), 1);
    assert_eq!(decree(&mut centre, &[("53.04.05.2001", "53.05.01.2001")]).moved, 1);
    let mut polres = centre.phone(3, Role::Polres, &["53.05"]);
    assert_eq!((shows(&mut old, &centre), shows(&mut polres, &centre)), (0, 1));
    // The officer keeps it in sight as soon as he has a grant there, as after every move.
    centre.server.grant(officer.officer, biasa("53.05.01.2001"), centre.now).unwrap();
    assert_eq!(shows(&mut officer, &centre), 1);
    // A report that was written before he knew.
    officer.file("53.04.05.2001", TEXT);
    officer.sync(&centre);
    assert!(officer.pending().is_empty());
    assert_eq!((shows(&mut old, &centre), shows(&mut polres, &centre)), (0, 2));
    assert_eq!(centre.server.report(report).unwrap()["unit"], "53.04.05.2001");
    whole(&centre);
}

#[test]
fn a_message_to_a_village_that_went_to_another_regency_stays_with_those_who_have_it() {
    let mut centre = Centre::new();
    let (mut polsek, mut officer) = (centre.phone(1, Role::Polsek, &["53.03.01"]), centre.phone(2, Role::Officer, &[VILLAGE]));
    let message = json!({ "judul": "Ternak", "jenis": "atensi", "teks": "Waspadai pencurian ternak; giatkan ronda." });
    let before = [polsek.file_as("pesan", VILLAGE, &message), polsek.file_as("pesan", VILLAGE, &message)];
    polsek.sync(&centre);
    // His cursor is past what the other regency counts from one.
    officer.sync(&centre);
    decree(&mut centre, &[(VILLAGE, "53.05.01.2001")]);
    let after = polsek.file_as("pesan", VILLAGE, &message);
    polsek.sync(&centre);
    officer.sync(&centre);
    let got: BTreeSet<ReportId> =
        officer.members.iter().filter(|(feed, _)| *feed == Feed::Broadcast(unit(VILLAGE))).map(|(_, id)| *id).collect();
    assert_eq!(got, before.into_iter().chain([after]).collect());
    assert_eq!(officer.people.values().copied().collect::<Vec<_>>(), [polsek.officer]);
    whole(&centre);
}

#[test]
fn what_is_written_on_before_the_grant_follows_the_decree_waits_for_a_supervisor() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(1, Role::Officer, &[VILLAGE]);
    let mut stranger = centre.phone(2, Role::Officer, &["53.04.05.2001"]);
    decree(&mut centre, &[(VILLAGE, "53.05.01.2001")]);
    // It never stood in a feed of his.
    let report = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    stranger.kept.insert(report, officer.kept[&report].clone());
    let writes = |phone: &mut Phone, value: &str| {
        phone.set(report, "rt", value);
        phone.exchange(&centre).0.verdicts[0].rest
    };
    assert_eq!(writes(&mut officer, "007"), Some(Verdict::Held));
    centre.server.end_grant(officer.officer, biasa(VILLAGE), centre.now).unwrap();
    officer.sync(&centre);
    assert_eq!(writes(&mut officer, "008"), Some(Verdict::Held), "also after the grant ended");
    assert_eq!(writes(&mut stranger, "009"), Some(Verdict::Refused(Refusal::OutsideGrant)), "the unit was never his");
    assert_eq!(centre.server.held().unwrap()[0].changes, 2);
    whole(&centre);
}

#[test]
fn a_second_decree_goes_on_from_the_first() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(1, Role::Officer, &[VILLAGE]);
    officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    decree(&mut centre, &[(VILLAGE, "53.03.02.2009")]);
    decree(&mut centre, &[("53.03.02.2009", "53.05.01.2001")]);
    centre.successors.insert(unit(VILLAGE), unit("53.05.01.2001"));
    let mut polres = centre.phone(2, Role::Polres, &["53.05"]);
    assert_eq!(shows(&mut polres, &centre), 1);
    whole(&centre);
}

#[test]
fn what_is_wrong_in_a_decree_is_named_and_nothing_of_it_is_imported() {
    let mut centre = Centre::new();
    decree(&mut centre, &[("53.03.01.2006", "53.03.02.2009")]);
    let line = |csv: &str| match try_decree(&centre, csv) {
        Err(ServerError::SuccessorsFile { line, problem }) => (line, problem.split(" / ").last().unwrap()),
        other => panic!("{csv}: {other:?}"),
    };
    assert_eq!(line("old,new\n"), (1, "the first line is not the names of the columns"));
    assert_eq!(line("old,new,date\n53.03.01.2005,53.03.02.2009\n"), (2, "the number of columns is wrong"));
    assert_eq!(line(&rows(&[("53.3", "53.04")])).0, 2);
    assert_eq!(line(&rows(&[(VILLAGE, "53.03.02")])), (2, "the two are of different levels"));
    assert_eq!(line(&rows(&[(VILLAGE, "53.03.02.7777")])), (2, "a code is not in the list of units"));
    assert_eq!(line("old,new,date\n53.03.01.2005,53.03.02.2009,1 Mei\n"), (2, "the date is not YYYY-MM-DD"));
    assert_eq!(line("old,new,date\n53.03.01.2005,53.03.02.2009,2125-01-01\n"), (2, "not in force yet; import it on that day"));
    assert_eq!(line(&rows(&[("53.03.02.2009", "53.03.01.2006")])), (2, "it would succeed itself"));
    assert_eq!(line(&rows(&[(VILLAGE, VILLAGE)])), (2, "it would succeed itself"));
    assert_eq!(line(&rows(&[(VILLAGE, "53.03.02.2009"), ("53.03.01.2006", VILLAGE)])), (3, "the old code has another successor already"));
    assert_eq!(try_decree(&centre, &rows(&[(VILLAGE, "53.03.02.2009")])).unwrap().succeeded, 1, "nothing of the others had been kept");
}
