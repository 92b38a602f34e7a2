use std::sync::Arc;

use serde_json::json;
use sync_core::form::Lang;

use super::super::arguments::Serve;
use super::super::output::{self, Output, say};
use crate::http::{Protection, ServeOptions, serve};
use crate::{Server, ServerError, log};

pub(super) fn run(server: Server, serve_arguments: &Serve, machine: bool, lang: Lang) -> Result<(), ServerError> {
    log::start();
    let protection = match (&serve_arguments.cert, &serve_arguments.key, serve_arguments.insecure_http) {
        (Some(certificate), Some(key), _) => Protection::Tls { certificate: certificate.clone(), key: key.clone() },
        (_, _, true) => Protection::Insecure,
        (_, _, false) => Protection::LoopbackOnly,
    };
    let scheme = if matches!(protection, Protection::Tls { .. }) { "https" } else { "http" };
    let options = ServeOptions {
        listen: serve_arguments.listen.clone(),
        address_file: serve_arguments.address_file.clone(),
        protection,
        metrics: serve_arguments.metrics.clone(),
        metrics_address_file: serve_arguments.metrics_address_file.clone(),
    };
    let mut told = Ok(());
    let served = serve(Arc::new(server), &options, |addresses| {
        let (address, metrics) = (addresses.devices, addresses.metrics.map(|address| address.to_string()));
        let url = format!("{scheme}://{address}");
        let text = format!("{} {url}", say(lang, "Melayani di", "Serving on"));
        told = output::print(&Output::new(json!({ "address": address.to_string(), "url": url, "metrics": metrics }), text), machine);
    });
    served.and(told)
}
