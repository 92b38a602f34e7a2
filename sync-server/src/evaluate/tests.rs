#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::collections::BTreeMap;

use sync_core::similar::Fingerprint;
use sync_core::{Nrp, ReportId};

use super::facts::{DeviceFacts, OfficerFacts, ReportFacts, UnitFacts};
use super::*;

const DAY_MS: i64 = 24 * 3_600 * 1_000;

fn unit(code: &str) -> UnitCode {
    code.parse().unwrap()
}

/// Friday of the week after 2026-W47, in WITA.
fn of(period: &str) -> EvaluationOf {
    EvaluationOf { period: Period::parse(period).unwrap(), unit: unit("53"), zone: Zone::Wita, as_of: at("2026-W47", 11) }
}

/// So many days after the beginning of a period in WITA.
fn at(period: &str, days: i64) -> Timestamp {
    Period::parse(period).unwrap().span(Zone::Wita).from.plus_ms(days * DAY_MS)
}

fn report(number: u8, recorded_at: Timestamp) -> ReportFacts {
    ReportFacts {
        id: ReportId::from_bytes([number; 16]),
        kind: if number.is_multiple_of(2) { "dds-warga" } else { "deteksi-dini" }.to_owned(),
        recorded_at,
        repeat_of: None,
        fingerprint: None,
        returned: false,
        unanswered: false,
    }
}

fn synced(at: Timestamp) -> DeviceFacts {
    DeviceFacts { last_contact: Some(at), revoked_at: None, unsent: 2, phones: 1 }
}

fn officer(number: u32, home: &str, reports: Vec<ReportFacts>, devices: Vec<DeviceFacts>) -> OfficerFacts {
    OfficerFacts { nrp: Nrp::from_number(number).unwrap(), name: format!("Petugas {number}"), unit: unit(home), devices, reports }
}

fn week(count: u8) -> Vec<ReportFacts> {
    (1..=count).map(|number| report(number, at("2026-W47", 1))).collect()
}

fn facts(officers: Vec<OfficerFacts>) -> Facts {
    let codes = ["53", "53.03", "53.03.01", "53.03.02", "53.04", "53.04.05"];
    let units = codes.map(|code| (unit(code), UnitFacts { name: code.to_owned(), parent: unit(code).parent() }));
    let forms = ["dds-warga", "deteksi-dini"].map(|kind| (kind.to_owned(), sync_core::Form::newest(kind).unwrap()));
    Facts { units: BTreeMap::from(units), officers, forms: BTreeMap::from(forms) }
}

fn activity(of: EvaluationOf, reports: Vec<ReportFacts>, devices: Vec<DeviceFacts>) -> Activity {
    evaluate(of, &facts(vec![officer(1, "53.03.01", reports, devices)])).officers[0].activity
}

#[test]
fn the_rule_of_a_week() {
    let of = of("2026-W47");
    let after = vec![synced(at("2026-W47", 8))];
    for (count, expected) in [(0, Activity::Kurang), (1, Activity::Cukup), (3, Activity::Cukup), (4, Activity::Aktif)] {
        assert_eq!(activity(of, week(count), after.clone()), expected, "{count}");
    }
}

#[test]
fn silence_is_never_idleness() {
    let of = of("2026-W47");
    let during = synced(at("2026-W47", 6));
    let enrolled_only = DeviceFacts { last_contact: None, revoked_at: None, unsent: 0, phones: 1 };
    for devices in [vec![], vec![enrolled_only], vec![during], vec![during, enrolled_only]] {
        assert_eq!(activity(of, week(0), devices.clone()), Activity::BelumSinkron);
        assert_eq!(activity(of, week(3), devices.clone()), Activity::BelumSinkron, "there may be more");
        assert_eq!(activity(of, week(4), devices), Activity::Aktif, "more cannot change it");
    }
    assert_eq!(
        activity(of, week(0), vec![during, synced(at("2026-W47", 7))]),
        Activity::Kurang,
        "the moment at which the period ended is after it"
    );
}

#[test]
fn while_the_period_runs_a_contact_within_it_is_enough() {
    let of = of("2026-W48");
    assert_eq!(activity(of, vec![], vec![synced(at("2026-W48", 0))]), Activity::Kurang);
    assert_eq!(activity(of, vec![], vec![synced(at("2026-W48", 0).plus_ms(-1))]), Activity::BelumSinkron);
}

#[test]
fn who_called_with_a_revoked_device_is_not_known_to_be_its_officer() {
    let of = of("2026-W47");
    let revoked = |contact, revoked| DeviceFacts {
        last_contact: Some(at("2026-W47", contact)),
        revoked_at: Some(at("2026-W47", revoked)),
        unsent: 0,
        phones: 1,
    };
    assert_eq!(activity(of, week(0), vec![revoked(9, 2)]), Activity::BelumSinkron);
    assert_eq!(activity(of, week(0), vec![revoked(8, 9)]), Activity::Kurang);
}

#[test]
fn a_month_is_judged_by_the_mean_of_its_weeks() {
    let of = EvaluationOf { as_of: at("2026-12", 3), ..of("2026-11") };
    let reports = |count| (1..=count).map(|number| report(number, at("2026-11", 4))).collect::<Vec<_>>();
    let after = vec![synced(at("2026-12", 1))];
    for (count, expected) in [(0, Activity::Kurang), (1, Activity::Cukup), (12, Activity::Cukup), (13, Activity::Aktif)] {
        assert_eq!(activity(of, reports(count), after.clone()), expected, "{count} in 30 days");
    }
}

#[test]
fn copies_count_once() {
    let mut reports = week(5);
    // 2 and 3 repeat 1; 5 repeats one that lies before the week.
    reports[1].repeat_of = Some(reports[0].id);
    reports[2].repeat_of = Some(reports[0].id);
    reports[4].repeat_of = Some(ReportId::from_bytes([99; 16]));
    let evaluation = evaluate(of("2026-W47"), &facts(vec![officer(1, "53.03.01", reports, vec![synced(at("2026-W47", 9))])]));
    let first = &evaluation.officers[0];
    assert_eq!((first.reports, first.distinct, first.repeats, first.activity), (5, 3, 3, Activity::Cukup));
}

#[test]
fn a_week_across_two_months_finds_its_copies_itself() {
    let text = "Warga RT 04 mengeluhkan pipa air bersih putus sejak enam hari sehingga mengambil air di kali.";
    // 2026-W49 is 30 November to 6 December: flags do not cross the month.
    let reports =
        [0, 2].map(|day| ReportFacts { fingerprint: Some(Fingerprint::of(text)), ..report(day + 1, at("2026-W49", i64::from(day))) });
    assert_eq!(distinct::distinct(&reports), 1);
}

#[test]
fn totals_add_up() {
    let synced_late = || vec![synced(at("2026-W47", 9))];
    let mut returned = week(2);
    returned[0].returned = true;
    returned[0].unanswered = true;
    let officers = vec![
        officer(1, "53.03.01", week(4), synced_late()),
        officer(2, "53.03.01", week(0), vec![]),
        officer(3, "53.03.02", returned, synced_late()),
        officer(4, "53.04.05", week(0), synced_late()),
        officer(5, "53.04", week(7), synced_late()),
    ];
    let evaluation = evaluate(of("2026-W47"), &facts(officers));
    let json = evaluation.json();
    let units = json["units"].as_array().unwrap();
    for above in units {
        let below: Vec<_> = units.iter().filter(|unit| unit["parent"] == above["unit"]).collect();
        let direct: Vec<_> = json["officers"].as_array().unwrap().iter().filter(|officer| officer["unit"] == above["unit"]).collect();
        assert_eq!(above["direct"].as_u64().unwrap(), direct.len() as u64);
        let sum = |name: &str| below.iter().map(|unit| unit[name].as_u64().unwrap()).sum::<u64>();
        assert_eq!(above["officers"].as_u64().unwrap(), sum("officers") + direct.len() as u64);
        for name in ["reports", "distinct", "repeats", "returned", "unanswered", "unsent"] {
            let own: u64 = direct.iter().map(|officer| officer[name].as_u64().unwrap()).sum();
            assert_eq!(above[name].as_u64().unwrap(), sum(name) + own, "{name} of {}", above["unit"]);
        }
        for (name, word) in [("aktif", "aktif"), ("cukup", "cukup"), ("kurang", "kurang"), ("belum_sinkron", "belum sinkron")] {
            let own = direct.iter().filter(|officer| officer["activity"] == word).count() as u64;
            assert_eq!(above[name].as_u64().unwrap(), sum(name) + own, "{name} of {}", above["unit"]);
        }
        for groups in ["per_kind", "per_duty"] {
            let total: u64 = above[groups].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
            assert_eq!(total, above["reports"].as_u64().unwrap());
        }
    }
    let top = &units[0];
    assert_eq!(
        (top["unit"].as_str(), top["officers"].as_u64(), top["reports"].as_u64(), top["level"].as_str()),
        (Some("53"), Some(5), Some(13), Some("polda"))
    );
    assert_eq!(
        (top["aktif"].as_u64(), top["cukup"].as_u64(), top["kurang"].as_u64(), top["belum_sinkron"].as_u64()),
        (Some(2), Some(1), Some(1), Some(1))
    );
    assert_eq!(json["officers"][0]["per_duty"], serde_json::json!({ "3": 2, "6": 2 }));
}
