//! A report as an officer fills it in.

use serde_json::{Map, Value};
use time::Date;

use super::kind::Kind;
use super::vocabulary::Village;

/// One generated report: the fields of its form, without ids, signatures or photos.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Which form it is.
    pub kind: Kind,
    /// Where it was written.
    pub village: Village,
    /// When it was written.
    pub date: Date,
    /// The description, which `data` holds as well.
    pub uraian: String,
    /// The fields by the names of the form.
    pub data: Map<String, Value>,
}
