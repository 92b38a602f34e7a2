//! Ours, as the bench orders it about: the real `sambang-server`, and the real library over HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use local_store::{Device, Filter};
use serde_json::{Map, Value};
use sync_core::ReportId;
use sync_core::form::FieldPath;
use time::{Duration, OffsetDateTime};

use super::figure::OURS;
use super::system::{Client, Done, Order, Server, System};
use super::texts::{Flat, digest, units};
use crate::centre::Centre;
use crate::certificates::Authority;
use crate::programs::{Failure, locked_version};

/// Where the id that the bench gave a report stands under the one that the device gave it.
type Ids = Arc<Mutex<BTreeMap<ReportId, Value>>>;

/// Our system, by what carries it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ours {
    /// HTTP: what is compared with peers, which speak nothing else.
    Plain,
    /// HTTPS with an authority of its own, as in the field.
    Tls,
}

impl Ours {
    /// A centre in this folder, its address as a URL's beginning, and the authority in PEM.
    fn centre(self, folder: &Path, units: &[String]) -> Result<(Centre, &'static str, String), Failure> {
        let data = folder.join("centre");
        match self {
            Self::Plain => Ok((Centre::with_units(&data, units)?, "http", String::new())),
            Self::Tls => {
                let (authority, now) = (Authority::new()?, OffsetDateTime::now_utc());
                let [certificate, key] = authority.certify(folder, now - Duration::minutes(1), now + Duration::days(1))?;
                let more = [Path::new("--cert"), &certificate, Path::new("--key"), &key];
                Ok((Centre::with_units_on(&data, units, "127.0.0.1:0", &more)?, "https", authority.pem()))
            }
        }
    }
}

impl System for Ours {
    fn name(&self) -> &str {
        OURS
    }

    fn serve(&self, folder: &Path, units: &[String]) -> Result<Box<dyn Server>, Failure> {
        let (centre, scheme, ca) = self.centre(folder, units)?;
        Ok(Box::new(OwnServer { centre, scheme, ca, units: units.to_vec(), officers: BTreeSet::new(), ids: Ids::default() }))
    }
}

struct OwnServer {
    centre: Centre,
    scheme: &'static str,
    ca: String,
    units: Vec<String>,
    officers: BTreeSet<u32>,
    ids: Ids,
}

impl Server for OwnServer {
    fn address(&self) -> String {
        self.centre.address().to_owned()
    }

    fn versions(&self) -> BTreeMap<String, String> {
        let own = BTreeMap::from([(OURS.to_owned(), env!("CARGO_PKG_VERSION").to_owned())]);
        let under = ["automerge", "rusqlite", "zstd", "reqwest", "axum"];
        let under = under.into_iter().filter_map(|name| Some((name.to_owned(), locked_version(name)?)));
        own.into_iter().chain(under).chain([("sqlite".to_owned(), rusqlite::version().to_owned())]).collect()
    }

    fn client(&mut self, folder: &Path, address: &str, officer: u32) -> Result<Box<dyn Client>, Failure> {
        let nrp = nrp(officer);
        let code = if self.officers.insert(officer) {
            self.centre.add_officer(&nrp, "officer", &self.units)?
        } else {
            self.centre.new_code(&nrp)?
        };
        let device = Device::open(folder.join("phone.sambang"))?;
        // The first exchange is not part of it: of a fresh client that pulls it is what is measured.
        device.enrol(&format!("{}://{address}", self.scheme), &code, &self.ca)?;
        Ok(Box::new(OwnClient { device, loaded: Vec::new(), saved: Vec::new(), expected: None, ids: Arc::clone(&self.ids) }))
    }
}

struct OwnClient {
    device: Device,
    loaded: Vec<Flat>,
    saved: Vec<ReportId>,
    /// How many reports a pull was to bring, and their digest.
    expected: Option<(usize, String)>,
    ids: Ids,
}

impl Client for OwnClient {
    fn order(&mut self, order: &Order) -> Result<Done, Failure> {
        match order {
            Order::Load { file } => {
                let text = std::fs::read_to_string(file)?;
                self.loaded = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
            }
            Order::Save { from, count } => {
                // The first exchange brings the areas; without them nothing can be filed.
                if self.device.status()?.areas.is_empty() {
                    self.device.sync()?;
                }
                for report in self.loaded.get(*from..from + count).ok_or("not so many reports are loaded")? {
                    let id = file(&self.device, report)?;
                    self.saved.push(id);
                    let name = report.get("id").cloned().unwrap_or_default();
                    self.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(id, name);
                }
            }
            Order::Push { .. } => self.send()?,
            Order::Edit { from, count, field, value } => {
                let path: FieldPath = field.parse()?;
                for id in self.saved.get(*from..from + count).ok_or("not so many reports are saved")? {
                    self.device.edit(*id, &[(path.clone(), value.as_str().into())])?;
                }
                self.send()?;
            }
            Order::Pull { count, digest: expected } => {
                self.device.sync()?;
                self.expected = Some((*count, expected.clone()));
            }
            Order::Idle => drop(self.device.sync()?),
        }
        Ok(Done::Yes)
    }

    /// Every report that was pulled is shown: what an officer never does at once is no part of a pull.
    fn check(&self) -> Result<(), Failure> {
        let Some((count, expected)) = &self.expected else { return Ok(()) };
        let came = self.shown()?;
        if came.len() == *count && digest(&came) == *expected {
            Ok(())
        } else {
            Err(format!("{} reports came, {count} were sent; or they differ", came.len()).into())
        }
    }
}

impl OwnClient {
    /// Done when the receipts for everything are stored.
    fn send(&self) -> Result<(), Failure> {
        self.device.sync()?;
        let unsent = self.device.status()?.unsent;
        if unsent == 0 { Ok(()) } else { Err(format!("{unsent} reports are unsent").into()) }
    }

    /// The reports as this device shows them, under the ids that the bench gave them.
    fn shown(&self) -> Result<Vec<Flat>, Failure> {
        let mut all = Vec::new();
        for one in self.device.list(&Filter::default())? {
            let report = self.device.show(one.id)?;
            let Value::Object(mut fields) = without_row_ids(report.data) else { return Err("a report without fields".into()) };
            let name = self.ids.lock().unwrap_or_else(PoisonError::into_inner).get(&one.id).cloned();
            fields.insert("id".to_owned(), name.ok_or("a report that nobody saved")?);
            fields.insert("kind".to_owned(), one.kind.into());
            fields.insert("unit".to_owned(), one.unit.to_string().into());
            all.push(fields);
        }
        Ok(all)
    }
}

/// The personnel number of the bench's officer of that number.
fn nrp(officer: u32) -> String {
    format!("81{officer:06}")
}

/// Makes a store the device of a new officer, with the areas of these reports. `url`: where the device reaches the centre.
pub(super) fn enrol(device: &Device, (centre, url): (&Centre, &str), officer: u32, reports: &[Flat]) -> Result<(), Failure> {
    let units: Vec<String> = units(reports).into_iter().collect();
    device.enrol(url, &centre.add_officer(&nrp(officer), "officer", &units)?, "")?;
    device.sync()?;
    Ok(())
}

/// Files a flat report.
pub(super) fn file(device: &Device, report: &Flat) -> Result<ReportId, Failure> {
    let text = |name: &str| report.get(name).and_then(Value::as_str).unwrap_or_default();
    let head = |name: &String| ["id", "kind", "unit"].contains(&name.as_str());
    let fields: Map<String, Value> =
        report.iter().filter(|(name, _)| !head(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok(device.file(text("kind"), text("unit").parse()?, &Value::Object(fields))?)
}

/// The rows of lists carry an id that the device gave them.
fn without_row_ids(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            map.into_iter().filter(|(name, _)| name != "_row").map(|(name, value)| (name, without_row_ids(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_row_ids).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}
