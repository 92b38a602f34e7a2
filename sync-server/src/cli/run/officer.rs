use serde_json::json;
use sync_core::exchange::EnrolmentCode;
use sync_core::form::Lang;
use sync_core::place::Area;
use sync_core::{Nrp, limits};

use super::super::arguments::{AreaArguments, Officer};
use super::super::output::{Output, say};
use super::super::table::table;
use crate::{NewOfficer, OfficerInfo, Server, ServerError, host};

pub(super) fn run(server: &Server, command: &Officer, lang: Lang) -> Result<Output, ServerError> {
    let now = host::now();
    match command {
        Officer::Add { nrp, name, units, role } => {
            let new = NewOfficer { nrp: *nrp, name: name.clone(), role: *role, units: units.clone() };
            let code = server.add_officer(&new, now, host::random()?)?;
            Ok(code_output(*nrp, &code, lang))
        }
        Officer::Code { nrp } => Ok(code_output(*nrp, &server.new_code(*nrp, now, host::random()?)?, lang)),
        Officer::Grant(area) => {
            server.grant(area.nrp, chosen(area), now)?;
            Ok(area_output(area, true, lang))
        }
        Officer::End(area) => {
            server.end_grant(area.nrp, chosen(area), now)?;
            Ok(area_output(area, false, lang))
        }
        Officer::List => Ok(list(&server.officers()?, lang)),
    }
}

fn chosen(area: &AreaArguments) -> Area {
    Area { unit: area.unit, class: area.class }
}

fn code_output(nrp: Nrp, code: &EnrolmentCode, lang: Lang) -> Output {
    let days = limits::CODE_LIFE_MS / (24 * 3_600 * 1_000);
    let text = format!(
        "{} {nrp}:\n\n    {code}\n\n{} {days} {}",
        say(lang, "Kode sekali pakai untuk", "One-time code for"),
        say(lang, "Berlaku", "Good for"),
        say(lang, "hari, untuk satu ponsel.", "days, for one phone."),
    );
    Output::new(json!({ "code": code.to_string(), "nrp": nrp.to_string(), "days": days }), text)
}

fn area_output(area: &AreaArguments, given: bool, lang: Lang) -> Output {
    let done = if given { say(lang, "diberi", "was granted") } else { say(lang, "tidak lagi memegang", "no longer has") };
    let text = format!("{} {done} {} ({})", area.nrp, area.unit, area.class.as_str());
    let json = json!({ "nrp": area.nrp.to_string(), "unit": area.unit.to_string(), "class": area.class.as_str(), "given": given });
    Output::new(json, text)
}

fn list(officers: &[OfficerInfo], lang: Lang) -> Output {
    let rows = officers.iter().map(|officer| {
        let areas = officer.areas.iter().filter(|area| area.given).map(|area| match area.class {
            "rahasia" => format!("{} (rahasia)", area.unit),
            _ => area.unit.clone(),
        });
        vec![
            officer.nrp.clone(),
            officer.name.clone(),
            officer.role.to_owned(),
            areas.collect::<Vec<_>>().join(", "),
            officer.devices.to_string(),
        ]
    });
    let heads =
        ["NRP", say(lang, "Nama", "Name"), say(lang, "Peran", "Role"), say(lang, "Wilayah", "Units"), say(lang, "Perangkat", "Devices")];
    Output::new(json!(officers), table(&heads, rows))
}
