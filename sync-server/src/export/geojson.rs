//! GeoJSON (RFC 7946): WGS 84, longitude first. A report without a position is kept, with the geometry null.

use std::io::Write;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{each, failed};
use crate::ServerError;
use crate::admin::ReportFilter;

pub(super) fn write(db: &Connection, filter: &ReportFilter, out: &mut dyn Write) -> Result<u64, ServerError> {
    out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[").map_err(failed)?;
    let mut first = true;
    let count = each(db, filter, |report| {
        let gap = if std::mem::take(&mut first) { "\n" } else { ",\n" };
        write!(out, "{gap}{}", feature(report)).map_err(failed)
    })?;
    out.write_all(b"\n]}\n").and_then(|()| out.flush()).map_err(failed)?;
    Ok(count)
}

fn feature(report: &Value) -> Value {
    let position = |name: &str| report.pointer(&format!("/data/lokasi/{name}")).and_then(Value::as_f64);
    let geometry = match (position("lon"), position("lat")) {
        (Some(lon), Some(lat)) => json!({ "type": "Point", "coordinates": [lon, lat] }),
        _ => Value::Null,
    };
    json!({ "type": "Feature", "id": report.get("id"), "geometry": geometry, "properties": report })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longitude_comes_first_and_no_report_is_left_out() {
        let placed = feature(&json!({ "id": "a", "data": { "lokasi": { "lat": -9.45, "lon": 124.48 } } }));
        assert_eq!(placed.pointer("/geometry/coordinates"), Some(&json!([124.48, -9.45])));
        // Half a position is none.
        for data in [json!({}), json!({ "lokasi": { "lat": -9.45 } })] {
            let feature = feature(&json!({ "id": "b", "data": data }));
            assert_eq!((feature.get("geometry"), feature.get("id")), (Some(&Value::Null), Some(&json!("b"))));
        }
    }
}
