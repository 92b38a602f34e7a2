//! A phone that was off for half a year comes back: it catches up in pages, goes on after each cut, and is never asked to start over.

use local_store::{Decision, Synced};
use sync_core::ReportId;
use sync_core::form::Class;
use sync_core::sim::Accident;
use tests::world::{Person, World, early_detection};

const VILLAGE: &str = "53.03.01.2005";
const TAKEN: &str = "53.03.01.2006";
const GIVEN: &str = "53.03.02.2001";
const WEEKS: u64 = 26;
const REPORTS_A_WEEK: usize = 15;

/// How many changes came, and how many bytes.
fn sum(pages: &[Synced]) -> (u64, u64) {
    (pages.iter().map(|page| page.received).sum(), pages.iter().map(|page| page.bytes_down).sum())
}

/// What everybody else does in half a year: reports, edits of what the absent officer knows, decisions, messages, grants that end and begin.
fn live(world: &World, (absent, maria, polsek): (&Person, &Person, &Person), known: &[ReportId]) {
    for week in 0..WEEKS {
        world.wait_days(7);
        maria.file_ordinary(VILLAGE, 1_000 + week, REPORTS_A_WEEK);
        world.sync(maria);
        world.sync(polsek);
        let old = known[week as usize % known.len()];
        polsek.comment(old, &format!("Pekan {week}: masih dipantau.")).unwrap();
        match week {
            4 => world.end_grant(absent.nrp, TAKEN, Class::Biasa),
            8 => world.grant(absent.nrp, GIVEN, Class::Biasa),
            10 => polsek.decide(known[0], &Decision::HandOver { unit: TAKEN.parse().unwrap(), note: String::new() }).unwrap(),
            12 | 20 => drop(polsek.send_message("53.03.01", &format!("Atensi pekan {week}")).unwrap()),
            _ => {}
        }
        world.sync(polsek);
    }
    world.wait_days(1);
    maria.file("deteksi-dini", VILLAGE);
    world.sync(maria);
}

#[test]
fn a_phone_that_was_off_for_half_a_year_catches_up_in_pages() {
    let world = World::new(121);
    let mut yosef = world.officer(1, "officer", &[VILLAGE, TAKEN]);
    let (maria, polsek) = (world.officer(2, "officer", &[VILLAGE]), world.officer(3, "polsek", &["53.03.01"]));
    let known: Vec<_> = (0..20).map(|number| yosef.try_file("deteksi-dini", VILLAGE, &early_detection(number)).unwrap()).collect();
    world.sync(&yosef);
    world.sync(&polsek);
    let before = world.silent_phone(yosef.nrp);
    let (had, _) = sum(&world.exchanges(&before));
    // The last things that he writes, with no signal any more: one of them for a village that is not his when he comes back.
    let waiting = [100, 101].map(|number| yosef.try_file("deteksi-dini", VILLAGE, &early_detection(number)).unwrap());
    let taken = yosef.try_file("deteksi-dini", TAKEN, &early_detection(102)).unwrap();
    live(&world, (&yosef, &maria, &polsek), &known);
    // Its battery was empty for so long that it does not know the year.
    world.clock(&yosef, -40 * 31_536_000_000);

    let mut came = Vec::new();
    let first = world.exchange(&yosef);
    assert!(!first.complete && first.received < 100, "a page, not all at once: {first:?}");
    assert_eq!((yosef.word(waiting[0]), yosef.word(waiting[1])), ("terkirim", "terkirim"), "what he wrote goes with the first request");
    assert_eq!(yosef.word(taken), "tersimpan", "he hears of his grants before anything is refused for want of one");
    let urgent = maria.device.list(&local_store::Filter::default()).unwrap().into_iter().find(|one| one.kind == "deteksi-dini").unwrap();
    assert!(yosef.device.show(urgent.id).is_ok(), "the newest urgent report is in the first page, before half a year of others");
    came.push(first);
    // Cut in the middle, and killed between two pages: what came stays.
    world.plan(&yosef, Accident::ReplyLost);
    world.attempt(&yosef).unwrap_err();
    came.push(world.exchange(&yosef));
    world.kill(&mut yosef);
    came.extend(world.exchanges(&yosef));
    assert!(came.len() >= 3, "{} pages", came.len());

    let now = world.silent_phone(yosef.nrp);
    let (all, all_bytes) = sum(&world.exchanges(&now));
    let (caught_up, bytes) = sum(&came);
    println!("half a year: {caught_up} changes in {} pages, {bytes} bytes down; a new phone: {all} changes, {all_bytes} bytes", came.len());
    assert_eq!(had + caught_up + waiting.len() as u64, all, "each change comes once, and nothing that he had comes again");
    let status = yosef.device.status().unwrap();
    assert_eq!((status.unsent, status.refused, status.areas.iter().any(|area| area.starts_with(GIVEN))), (0, 1, true));
    world.whole(&[&yosef, &maria, &polsek, &before, &now]).unwrap();
    assert_eq!(yosef.word(taken), "ditolak", "that village has been another's for more than 90 days");
    assert!(yosef.device.failure(taken).unwrap().whole, "it waits in his inbox, whole");
}
