//! Forms at the centre: what is added and retired, what devices hear of it, and which reports are taken.

use serde_json::{Value, json};
use sync_core::Refusal;
use sync_core::exchange::{FormNews, Verdict};
use sync_core::form::{Form, Role};
use sync_server::{FormInfo, ServerError};

use crate::world::{Centre, Phone, TEXT, VILLAGE};

const KIND: &str = "deteksi-dini";

/// A later version of a built-in form that asks for one thing more.
fn later(version: u32) -> String {
    let mut form: Value = serde_json::from_str(include_str!("../../../sync-core/forms/deteksi-dini.json")).unwrap();
    form["x-form"]["version"] = json!(version);
    form["x-form"]["sections"][0]["fields"].as_array_mut().unwrap().push(json!("saksi"));
    form["properties"]["saksi"] = json!({ "type": "string", "maxLength": 100, "x-label": { "id": "Saksi", "en": "Witness" } });
    form.to_string()
}

/// The form that docs/FORMS.md shows.
pub(crate) fn new_kind() -> &'static str {
    let page = include_str!("../../../docs/FORMS.md");
    page.split("```json\n").nth(1).unwrap().split("```").next().unwrap()
}

fn data() -> Value {
    json!({ "uraian": TEXT, "bidang": "keamanan", "urgensi": "tinggi", "keseringan": "jarang", "rt": "003", "rw": "001",
        "tanggal": "2025-11-24", "saksi": "Ketua RT" })
}

fn add(centre: &Centre, json: &str) {
    assert!(centre.server.add_form(json, centre.now).unwrap().new);
}

/// Kind, version and whether it is retired, of what the phone heard.
fn heard(phone: &Phone) -> Vec<(&str, u32, bool)> {
    phone.steps.iter().map(|step| (step.kind.as_str(), step.version, step.json.is_none())).collect()
}

fn error(centre: &Centre, json: &str) -> (&'static str, String) {
    let error = centre.server.add_form(json, centre.now).unwrap_err();
    (error.code(), error.text(sync_core::Lang::English))
}

#[test]
fn a_phone_hears_once_of_each_step_in_order() {
    let mut centre = Centre::new();
    let mut phone = centre.phone(1, Role::Officer, &[VILLAGE]);
    phone.sync(&centre);
    assert_eq!((phone.forms, heard(&phone)), (0, vec![]));
    add(&centre, &later(2));
    add(&centre, new_kind());
    phone.sync(&centre);
    assert_eq!(heard(&phone), [(KIND, 2, false), ("kerja-bakti", 1, false)]);
    let sent = Form::parse(phone.steps[0].json.as_deref().unwrap()).unwrap();
    assert_eq!((sent.kind(), sent.version()), (KIND, 2));
    assert!(centre.server.retire_form(KIND, 1, centre.now).unwrap());
    assert!(!centre.server.retire_form(KIND, 1, centre.now).unwrap(), "once is enough");
    let (reply, _) = phone.exchange(&centre);
    assert_eq!((reply.forms.unwrap().anew, heard(&phone).last()), (false, Some(&(KIND, 1, true))));
    let (reply, _) = phone.exchange(&centre);
    assert_eq!((reply.forms, heard(&phone).len()), (None, 3));
}

#[test]
fn forms_wait_for_reports() {
    let mut centre = Centre::new();
    let mut writer = centre.phone(1, Role::Officer, &[VILLAGE]);
    let mut reader = centre.phone(2, Role::Polsek, &["53.03.01"]);
    reader.sync(&centre);
    for version in 2..=4 {
        add(&centre, &later(version));
    }
    writer.file(VILLAGE, TEXT);
    writer.sync(&centre);
    let (reply, _) = reader.exchange(&centre);
    let told = reply.forms.unwrap();
    assert!(reply.pages.iter().any(|page| !page.entries.is_empty()));
    assert!(told.more && told.steps.is_empty(), "a form never makes a report wait");
    let (reply, _) = reader.exchange(&centre);
    let news = reply.forms.unwrap();
    assert_eq!((news.steps.iter().map(|step| step.version).collect::<Vec<_>>(), news.more), (vec![2, 3, 4], false));
}

#[test]
fn a_phone_that_is_ahead_of_a_restored_centre_begins_anew() {
    let (mut lost, mut restored) = (Centre::new(), Centre::new());
    let (mut phone, mut other) = (lost.phone(1, Role::Officer, &[VILLAGE]), restored.phone(1, Role::Officer, &[VILLAGE]));
    add(&lost, &later(2));
    add(&lost, &later(3));
    phone.sync(&lost);
    // Whether the restored centre has fewer steps, or as many others.
    let mut answer = |centre: &Centre, phone: &Phone| -> FormNews {
        other.forms = phone.forms;
        other.exchange(centre).0.forms.unwrap()
    };
    let news = answer(&restored, &phone);
    assert_eq!((news.anew, news.mark, news.steps.len()), (true, 0, 0));
    add(&restored, &later(2));
    assert_eq!(answer(&restored, &phone).steps.len(), 1);
    add(&restored, new_kind());
    let news = answer(&restored, &phone);
    assert_eq!((news.anew, news.steps.len(), news.more), (true, 2, false));
    assert_ne!(news.mark, phone.forms);
}

#[test]
fn a_report_on_a_form_that_the_centre_does_not_know_is_refused_until_it_does() {
    let mut centre = Centre::new();
    let mut phone = centre.phone(1, Role::Officer, &[VILLAGE]);
    let newer = Form::kept(&later(2)).unwrap();
    let report = phone.file_on(newer, VILLAGE, &data());
    let verdict = |phone: &mut Phone, centre: &Centre| {
        phone.kept.get_mut(&report).unwrap().settled.clear();
        phone.exchange(centre).0.verdicts[0].rest
    };
    assert_eq!(verdict(&mut phone, &centre), Some(Verdict::Refused(Refusal::UnknownForm)));
    add(&centre, &later(2));
    assert_eq!(verdict(&mut phone, &centre), None);
    let seen = centre.server.report(report).unwrap();
    assert_eq!((&seen["form"], &seen["data"]["saksi"]), (&json!(2), &json!("Ketua RT")));

    // Who has not heard yet that it is retired, or has a draft on it, is not refused.
    centre.server.retire_form(KIND, 2, centre.now).unwrap();
    let late = phone.file_on(newer, VILLAGE, &data());
    phone.sync(&centre);
    assert!(phone.pending().is_empty() && phone.kept[&late].settled.is_empty());
    assert_eq!(centre.server.verify(sync_server::Repair::No, centre.now).unwrap().differences, []);
}

#[test]
fn the_list_says_what_new_reports_are_made_on() {
    let centre = Centre::new();
    let of = |kind: &str| -> Vec<(u32, bool, bool)> {
        let all: Vec<FormInfo> = centre.server.forms().unwrap();
        all.iter().filter(|form| form.kind == kind).map(|form| (form.version, form.newest, form.retired)).collect()
    };
    assert_eq!(of(KIND), [(1, true, false)]);
    add(&centre, &later(2));
    assert_eq!(of(KIND), [(1, false, false), (2, true, false)]);
    centre.server.retire_form(KIND, 2, centre.now).unwrap();
    assert_eq!(of(KIND), [(1, true, false), (2, false, true)]);
    add(&centre, new_kind());
    assert_eq!(of("kerja-bakti"), [(1, true, false)]);
    assert!(of("pesan").is_empty());
}

#[test]
fn what_is_wrong_is_named_and_nothing_is_added() {
    let centre = Centre::new();
    let (code, text) = error(&centre, "{");
    assert!(code == "form-file" && text.contains("not JSON: line 1"), "{text}");
    let (code, text) = error(&centre, &later(2).replace("\"maxLength\":100", "\"maxLength\":100,\"$ref\":\"http://x\""));
    assert!(code == "form-file" && text.contains("/$ref: unknown keyword"), "{text}");
    let known = ServerError::FormNotNewer { kind: KIND.to_owned(), version: 1, newest: 1 };
    assert_eq!(centre.server.add_form(&later(1), centre.now), Err(known), "a built-in form never changes");
    add(&centre, &later(3));
    assert_eq!(error(&centre, &later(2)).0, "form-not-newer");
    assert_eq!(error(&centre, &later(3).replace("Saksi", "Saksi mata")).0, "form-not-newer", "nor does an added one");
    let spaced = format!("{:#}", serde_json::from_str::<Value>(&later(3)).unwrap());
    assert!(!centre.server.add_form(&spaced, centre.now).unwrap().new, "the same in another spelling is there already");
    let message = include_str!("../../../sync-core/forms/pesan.json").replace("\"version\": 1", "\"version\": 2");
    assert_eq!(error(&centre, &message).0, "form-comes-down");
    // By its kind, and by what it is.
    assert_eq!(error(&centre, &later(2).replace("\"kind\":\"deteksi-dini\"", "\"kind\":\"pesan\"")).0, "form-comes-down");
    assert_eq!(error(&centre, &message.replace("\"kind\": \"pesan\"", "\"kind\": \"pengumuman\"")).0, "form-comes-down");
    assert_eq!(centre.server.retire_form("pesan", 1, centre.now).unwrap_err().code(), "form-comes-down");
    assert_eq!(centre.server.retire_form(KIND, 2, centre.now).unwrap_err().code(), "unknown-form");
    let added = centre.server.forms().unwrap().into_iter().filter(|form| !form.built_in).count();
    assert_eq!(added, 1);
}

#[test]
fn changes_of_forms_are_bounded() {
    let mut centre = Centre::new();
    let mut phone = centre.phone(1, Role::Officer, &[VILLAGE]);
    let template = later(2);
    let of = |version: usize| template.replacen("\"version\":2", &format!("\"version\":{version}"), 1);
    let most = sync_core::limits::FORMS_MAX;
    for version in 2..most + 2 {
        add(&centre, &of(version));
    }
    assert_eq!(error(&centre, &of(most + 2)).0, "too-many-forms");
    assert_eq!(centre.server.retire_form(KIND, 1, centre.now).unwrap_err().code(), "too-many-forms");
    // So many as fit, and no more.
    let news = phone.exchange(&centre).0.forms.unwrap();
    let bytes: usize = news.steps.iter().map(|step| step.json.as_ref().unwrap().len()).sum();
    let room = sync_core::limits::FORMS_BYTES_MAX;
    assert!(news.more && bytes <= room && bytes + template.len() > room, "{} steps, {bytes} B", news.steps.len());
    phone.sync(&centre);
    assert_eq!(heard(&phone).len(), most);
}
