//! The fields of each form, filled in as officers do: what is required, and some of the rest.

mod dispute;
mod event;
mod information;
mod visit;

use serde_json::{Map, Value, json};
use time::{Date, Duration};

use super::calendar;
use super::kind::Kind;
use super::scene::{Person, Scene};

/// The fields of a report of `kind` with the description `uraian`.
pub(super) fn fields(kind: Kind, uraian: &str, scene: &mut Scene<'_>) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("uraian".to_owned(), json!(uraian));
    data.insert("tanggal".to_owned(), json!(calendar::stored(scene.date)));
    if scene.draw.chance(900) {
        data.insert("jam".to_owned(), json!(hour(scene)));
    }
    if scene.draw.chance(850) {
        data.insert("lokasi".to_owned(), position(scene));
    }
    if scene.draw.chance(400) {
        let topic = scene.talk.topic.clone();
        data.insert("kata_kunci".to_owned(), json!(scene.say(&format!("{topic}.kata"))));
    }
    let rest = match kind {
        Kind::DdsWarga => visit::household(scene),
        Kind::DdsUsaha => visit::business(scene),
        Kind::LaporanInformasi => information::report(scene),
        Kind::DeteksiDini => information::early_detection(scene),
        Kind::ProblemSolving => dispute::problem_solving(scene),
        Kind::Binluh => event::talk(scene),
        Kind::Sambang => event::sambang(scene),
        Kind::Satkamling => event::satkamling(scene),
        Kind::PesanKamtibmas => event::message(scene),
    };
    if let Value::Object(rest) = rest {
        data.extend(rest);
    }
    // An officer leaves a field out rather than empty.
    data.retain(|_, value| !value.is_null());
    data
}

/// `08:35`, as forms store an hour.
fn hour(scene: &mut Scene<'_>) -> String {
    scene.hour().replace('.', ":")
}

/// A position near the middle of the regency: the villages' own are not public.
fn position(scene: &mut Scene<'_>) -> Value {
    let (latitude, longitude) = if scene.village.code.starts_with("53.03") { (-9_450_000, 124_480_000) } else { (-7_640_000, 109_610_000) };
    let mut near = |degrees: i64| {
        let offset = i64::try_from(scene.draw.below(180_000)).unwrap_or(0) - 90_000;
        let micro = i32::try_from(degrees + offset).unwrap_or(0);
        f64::from(micro) / 1_000_000.0
    };
    let (lat, lon) = (near(latitude), near(longitude));
    json!({ "lat": lat, "lon": lon, "akurasi_m": scene.draw.between(3, 60) })
}

fn rt(scene: &Scene<'_>) -> String {
    format!("{:03}", scene.rt)
}

fn rw(scene: &Scene<'_>) -> String {
    format!("{:03}", scene.rw)
}

fn address(scene: &Scene<'_>) -> String {
    format!("Dusun {}", scene.hamlet)
}

fn sex(person: &Person) -> &'static str {
    if person.woman { "perempuan" } else { "laki-laki" }
}

/// A number that nobody has: 0810 was never given out.
fn phone(scene: &mut Scene<'_>) -> String {
    format!("0810{:08}", scene.draw.below(100_000_000))
}

fn maybe(scene: &mut Scene<'_>, per_mille: u64, value: impl FnOnce(&mut Scene<'_>) -> Value) -> Value {
    if scene.draw.chance(per_mille) { value(scene) } else { Value::Null }
}

fn one_of(scene: &mut Scene<'_>, codes: &[&'static str]) -> Value {
    json!(scene.draw.pick(codes))
}

/// A date of birth that fits an age of `low` to `high` years.
fn birth_date(scene: &mut Scene<'_>, low: u64, high: u64) -> String {
    let days = scene.draw.between(low * 365, high * 365);
    let date = scene.date.checked_sub(Duration::days(i64::try_from(days).unwrap_or(0)));
    calendar::stored(date.unwrap_or(Date::MIN))
}

fn religion(scene: &mut Scene<'_>) -> Value {
    let codes: &[&str] = if scene.village.code.starts_with("53.") {
        &["katolik", "katolik", "katolik", "katolik", "kristen", "islam"]
    } else {
        &["islam", "islam", "islam", "islam", "islam", "katolik"]
    };
    one_of(scene, codes)
}

fn ethnic_group(scene: &Scene<'_>) -> &'static str {
    if scene.village.code.starts_with("53.") { "Dawan" } else { "Jawa" }
}

/// The text with a capital and a full stop, long enough for a description.
fn description(scene: &mut Scene<'_>, rule: &str) -> String {
    let topic = scene.talk.topic.clone();
    let mut text = String::new();
    for rule in [rule, "dampak", "isi", "isi", "isi"] {
        if text.chars().count() >= 50 {
            break;
        }
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(&scene.say(&format!("{topic}.{rule}")));
    }
    text
}

/// The residents' opinions: none, one or two.
fn opinions(scene: &mut Scene<'_>) -> Value {
    let count = scene.draw.pick(&[0, 1, 1, 2]).copied().unwrap_or(0);
    let rows: Vec<Value> = (0..count)
        .map(|_| {
            let (code, rule) = if scene.draw.chance(600) { ("keluhan", "isi") } else { ("harapan", "minta") };
            json!({ "jenis": code, "bidang": scene.talk.field, "uraian": description(scene, rule) })
        })
        .collect();
    if rows.is_empty() { Value::Null } else { json!(rows) }
}
