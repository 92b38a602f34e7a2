//! The log tells of every exchange, and never of a resident.

use sync_core::form::Role;

use crate::world::{Centre, TEXT, VILLAGE, heard};

const PLANTED: &str = "Zebulon Nahak";

#[test]
fn one_line_an_exchange_and_no_resident_in_it() {
    let text = heard(tracing::Level::TRACE, || {
        let mut centre = Centre::new();
        let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
        let report = officer.file(VILLAGE, &format!("{TEXT} Pemilik rumah bernama {PLANTED}."));
        officer.set(report, "sumber_nama", PLANTED);
        // A refused one too, and one that is no item.
        officer.file("53.04.05.2001", &format!("{TEXT} {PLANTED}"));
        let mut request = officer.request(officer.pending());
        request.items.push(PLANTED.as_bytes().to_vec());
        let (bytes, _) = officer.seal(&request);
        let (answer, summary) = centre.server.exchange_observed(&bytes, centre.now);
        assert!(answer.is_ok());
        assert_eq!((summary.items, summary.shared, summary.refused), (3, 2, 2));
        summary.log(7);
        // The snapshot is damaged: its rebuilding is logged.
        let path = centre.directory.path().join("sambang.db");
        rusqlite::Connection::open(path).unwrap().execute("UPDATE document SET snapshot = x'00'", []).unwrap();
        centre.server.report(report).unwrap();
        let (_, summary) = centre.server.exchange_observed(PLANTED.as_bytes(), centre.now);
        summary.log(1);
    });
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let exchanges: Vec<_> = lines.iter().filter(|line| line["fields"]["message"] == "exchange").collect();
    assert_eq!(exchanges.len(), 2);
    assert_eq!((exchanges[0]["fields"]["nrp"].as_str(), exchanges[0]["fields"]["milliseconds"].as_u64()), (Some("00000011"), Some(7)));
    assert_eq!(exchanges[1]["fields"]["rejection"], "unknown-version");
    assert!(text.contains("rebuilt from the changes"));
    assert!(!text.contains(PLANTED) && !text.contains("Zebulon") && !text.contains("memotret"), "{text}");
}
