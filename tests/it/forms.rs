//! Forms reach real devices in ordinary exchanges: drafts are finished on the version on which they were begun, new reports take the newest.

use local_store::Filter;
use serde_json::{Value, json};
use tests::world::{Person, World, early_detection, later_form};

const VILLAGE: &str = "53.03.01.2005";
const KIND: &str = "deteksi-dini";
/// The form that docs/FORMS.md shows.
const NEW_KIND: &str = "kerja-bakti";

/// A later version that requires what it has more.
fn later(version: u32) -> String {
    let mut form = later_form(version);
    form["required"].as_array_mut().unwrap().push(json!("saksi"));
    form.to_string()
}

pub(crate) fn new_kind() -> &'static str {
    let page = include_str!("../../docs/FORMS.md");
    page.split("```json\n").nth(1).unwrap().split("```").next().unwrap()
}

fn with_witness(number: u64) -> Value {
    let mut data = early_detection(number);
    data["saksi"] = json!("Ketua RT");
    data
}

/// The version on which a new report of this kind is made; 0 for none.
fn newest(person: &Person, kind: &str) -> u32 {
    person.device.kinds().unwrap().iter().find(|form| form.kind() == kind).map_or(0, |form| form.version())
}

fn draft(person: &Person, data: &Value) -> sync_core::ReportId {
    person.device.draft(KIND, VILLAGE.parse().unwrap(), data).unwrap()
}

fn version(person: &Person, id: sync_core::ReportId) -> u32 {
    person.device.show(id).unwrap().form
}

fn two(seed: u64) -> (World, Person, Person) {
    let world = World::new(seed);
    let (yosef, polsek) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "polsek", &["53.03.01"]));
    (world, yosef, polsek)
}

#[test]
fn a_new_version_comes_with_an_ordinary_exchange_and_drafts_keep_theirs() {
    let (world, yosef, polsek) = two(61);
    let begun = draft(&yosef, &json!({ "rt": "003" }));
    world.server.add_form(&later(2), world.now()).unwrap();
    let before = yosef.file(KIND, VILLAGE);
    assert_eq!(version(&yosef, before), 1, "it has not heard of it");
    world.sync(&yosef);
    assert_eq!(newest(&yosef, KIND), 2);

    assert_eq!(yosef.try_file(KIND, VILLAGE, &early_detection(7)).unwrap_err().code(), "invalid", "the new version asks for a witness");
    let new = yosef.try_file(KIND, VILLAGE, &with_witness(8)).unwrap();
    assert_eq!(version(&yosef, new), 2);

    let edits: Vec<_> = early_detection(9).as_object().unwrap().iter().map(|(key, value)| (key.parse().unwrap(), value.clone())).collect();
    yosef.device.edit(begun, &edits).unwrap();
    let unknown = yosef.device.edit(begun, &[("saksi".parse().unwrap(), json!("x"))]);
    assert_eq!(unknown.unwrap_err().code(), "invalid", "the old version has no such field");
    yosef.device.finish(begun).unwrap();
    assert_eq!(version(&yosef, begun), 1);

    for person in [&yosef, &polsek] {
        world.sync(person);
    }
    assert_eq!(world.reports().len(), 3);
    for (id, form) in [(before, 1), (begun, 1), (new, 2)] {
        assert_eq!(version(&polsek, id), form);
        polsek.comment(id, "Diterima.").unwrap();
    }
    assert_eq!(polsek.shows(new, "saksi"), json!("Ketua RT"));
    yosef.set(new, "saksi", "Ketua RW");
    world.settle(&[&yosef, &polsek]);
    assert_eq!(polsek.shows(new, "saksi"), json!("Ketua RW"));
    assert_eq!(polsek.device.status().unwrap().refused, 0);
}

#[test]
fn a_kind_that_no_program_has_built_in_is_filed_read_and_counted() {
    let (world, yosef, polsek) = two(62);
    let data = json!({ "tanggal": "2026-11-24", "keadaan": "darurat", "sebab": "Banjir",
        "uraian": "Warga bersama-sama membersihkan saluran air yang tersumbat setelah hujan lebat semalam." });
    assert_eq!(yosef.try_file(NEW_KIND, VILLAGE, &data).unwrap_err().code(), "unknown-kind");
    world.server.add_form(new_kind(), world.now()).unwrap();
    world.sync(&yosef);
    let menu: Vec<&str> = yosef.device.kinds().unwrap().iter().map(|form| form.kind()).collect();
    assert_eq!((menu.len(), menu.last()), (10, Some(&NEW_KIND)), "below the built-in ones");
    let id = yosef.try_file(NEW_KIND, VILLAGE, &data).unwrap();
    world.sync(&yosef);
    // The supervisor's phone gets the report before the form, and reads it right when it has both.
    world.exchange(&polsek);
    assert!(polsek.device.list(&Filter::default()).unwrap().iter().any(|one| one.id == id) && newest(&polsek, NEW_KIND) == 0);
    world.sync(&polsek);
    assert_eq!(newest(&polsek, NEW_KIND), 1);
    assert_eq!(polsek.device.list(&Filter::default()).unwrap()[0].lane, "urgent", "as the form says");
    polsek.set(id, "sebab", "Banjir bandang");
    world.settle(&[&yosef, &polsek]);
    assert_eq!(yosef.shows(id, "sebab"), json!("Banjir bandang"));
}

#[test]
fn a_retired_version_takes_no_new_reports_and_keeps_what_was_begun() {
    let (world, yosef, polsek) = two(63);
    world.server.add_form(&later(2), world.now()).unwrap();
    world.sync(&yosef);
    world.sync(&polsek);
    let begun = draft(&yosef, &with_witness(3));
    world.server.retire_form(KIND, 2, world.now()).unwrap();
    // He has not heard of it.
    let late = yosef.try_file(KIND, VILLAGE, &with_witness(4)).unwrap();
    world.sync(&yosef);
    assert_eq!(newest(&yosef, KIND), 1);
    yosef.device.finish(begun).unwrap();
    yosef.set(late, "saksi", "Ketua RW");
    let again = yosef.file(KIND, VILLAGE);
    world.settle(&[&yosef, &polsek]);
    assert_eq!([late, begun, again].map(|id| version(&polsek, id)), [2, 2, 1]);
    assert_eq!(polsek.shows(late, "saksi"), json!("Ketua RW"));
    assert_eq!(yosef.device.status().unwrap().refused, 0);

    world.server.retire_form(KIND, 1, world.now()).unwrap();
    world.sync(&yosef);
    assert_eq!(newest(&yosef, KIND), 0);
    assert_eq!(yosef.try_file(KIND, VILLAGE, &early_detection(5)).unwrap_err().code(), "unknown-kind");
    yosef.set(again, "rt", "009");
    world.settle(&[&yosef, &polsek]);
    assert_eq!(polsek.shows(again, "rt"), json!("009"));
}

/// FORM_REST: pages without reports leave room for forms; a page with reports does not.
#[test]
fn a_new_phone_whose_feeds_are_empty_hears_of_forms_at_once() {
    let (world, yosef, _) = two(66);
    let neighbour = world.officer(3, "officer", &["53.03.02.2001"]);
    world.server.add_form(&later(2), world.now()).unwrap();
    yosef.file(KIND, VILLAGE);
    world.sync(&yosef);
    for (officer, hears_of) in [(&neighbour, 2), (&yosef, 1)] {
        let phone = world.silent_phone(officer.nrp);
        let reply = world.exchange(&phone);
        assert_eq!((newest(&phone, KIND), reply.received > 0), (hears_of, hears_of == 1));
    }
}

/// FORM_HEARD: an operator adds the form again some time after he has put a backup back.
#[test]
fn what_was_refused_for_want_of_a_form_goes_again_when_the_centre_has_it() {
    let (mut world, yosef, polsek) = two(65);
    let backup = world.back_up_centre();
    world.form_changes(true);
    world.sync(&yosef);
    world.roll_back_centre(&backup);
    let [waits, discarded] = [(); 2].map(|()| yosef.file(KIND, VILLAGE));
    yosef.comment(waits, "Menyusul foto.").unwrap();
    world.sync(&yosef);
    assert_eq!((version(&yosef, waits), newest(&yosef, KIND), yosef.device.status().unwrap().refused), (2, 1, 2));
    yosef.device.discard(discarded, 1).unwrap();
    // Another form brings nothing back.
    world.server.add_form(new_kind(), world.now()).unwrap();
    world.sync(&yosef);
    assert_eq!((yosef.device.status().unwrap().refused, world.reports().len()), (1, 0));

    world.whole(&[&yosef, &polsek]).unwrap();
    assert_eq!((yosef.device.status().unwrap().refused, newest(&yosef, KIND)), (0, 2));
    let seen: Vec<_> = polsek.device.list(&Filter::default()).unwrap().iter().map(|one| one.id).collect();
    assert_eq!(seen, [waits]);
    assert_eq!(polsek.device.show(waits).unwrap().comments.len(), 1);
}

/// Bytes up and down of an exchange in which nothing happens.
fn idle(world: &World, person: &Person) -> (usize, usize) {
    let request = person.device.request().unwrap();
    let reply = world.server.exchange(&request, world.now()).unwrap();
    assert!(person.device.apply(&reply).unwrap().complete);
    (request.len(), reply.len())
}

#[test]
fn an_idle_exchange_costs_four_bytes_for_forms_and_none_without() {
    let (world, yosef, _) = two(64);
    world.sync(&yosef);
    let before = idle(&world, &yosef);
    assert_eq!(idle(&world, &yosef), before);
    world.server.add_form(&later(2), world.now()).unwrap();
    world.sync(&yosef);
    let after = idle(&world, &yosef);
    assert!(after.0 <= before.0 + 4 && after.1 == before.1, "{before:?} {after:?}");
}
