//! Figures for Prometheus: counted while serving, or read from the database when somebody asks. No officer, device or unit is ever a label.

use std::time::Duration;

use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sync_core::Timestamp;

use crate::store::figures::{Figures, figures};
use crate::{Rejection, Server, ServerError, Summary};

/// One label with its value.
type Label = [(&'static str, &'static str); 1];

/// Upper bounds in seconds: an empty exchange takes a millisecond, one that judges a full batch a second.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What is counted while serving.
#[derive(Debug)]
pub(crate) struct Metrics {
    exchanges: Family<Label, Counter>,
    seconds: Histogram,
    bytes: Family<Label, Counter>,
    changes: Counter,
    items: Family<Label, Counter>,
    turned_away: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let exchanges = Family::<Label, Counter>::default();
        let turned_back = [
            Rejection::TooLarge,
            Rejection::NotAMessage,
            Rejection::UnknownVersion,
            Rejection::UnknownDevice,
            Rejection::WrongSignature,
            Rejection::ByFile,
            Rejection::Unavailable(ServerError::Busy),
        ];
        // A series that began with its first exchange would have no rate before it: no alert would see a server to which nobody comes.
        for outcome in ["answered", "behind"].into_iter().chain(turned_back.iter().map(Rejection::code)) {
            drop(exchanges.get_or_create(&[("outcome", outcome)]));
        }
        Self {
            exchanges,
            seconds: Histogram::new(SECONDS),
            bytes: Family::default(),
            changes: Counter::default(),
            items: Family::default(),
            turned_away: Counter::default(),
        }
    }
}

impl Metrics {
    /// Counts one exchange, also one that got no signed reply.
    pub(crate) fn exchange(&self, summary: &Summary, took: Duration) {
        let answered = if summary.behind { "behind" } else { "answered" };
        self.exchanges.get_or_create(&[("outcome", summary.rejection.unwrap_or(answered))]).inc();
        self.seconds.observe(took.as_secs_f64());
        for (direction, bytes) in [("in", summary.bytes_in), ("out", summary.bytes_out)] {
            self.bytes.get_or_create(&[("direction", direction)]).inc_by(bytes as u64);
        }
        self.changes.inc_by(summary.shared as u64);
        for (verdict, items) in [("refused", summary.refused), ("held", summary.held)] {
            self.items.get_or_create(&[("verdict", verdict)]).inc_by(items as u64);
        }
    }

    /// Counts a request that was asked to come again, because too much was going on.
    pub(crate) fn turn_away(&self) {
        self.turned_away.inc();
    }

    /// All figures, in Prometheus's text format 0.0.4.
    pub(crate) fn scrape(&self, server: &Server, now: Timestamp) -> Result<String, ServerError> {
        let found = server.store.read(|db| Ok(figures(db, now)?))?;
        let backup = server.newest_backup()?.map(|backup| backup.made());
        let mut registry = Registry::with_prefix("sambang");
        registry.register("exchanges", "Requests of devices by what became of them", self.exchanges.clone());
        registry.register("exchange_seconds", "Time that an exchange took, without the link", self.seconds.clone());
        registry.register("exchange_bytes", "Bytes of requests (in) and replies (out), without HTTP and TLS", self.bytes.clone());
        registry.register("changes_accepted", "Changes that got a receipt, also those that were there already", self.changes.clone());
        registry.register("items", "Pushed items with a change that was refused or held", self.items.clone());
        registry.register("turned_away", "Requests that were asked to come again later", self.turned_away.clone());
        stored(&mut registry, &found);
        if let Some(made) = backup {
            let age = now.unix_ms().saturating_sub(made.unix_ms()).max(0) / 1_000;
            gauge(&mut registry, "backup_age_seconds", "Age of the newest backup; absent while there is none", age.cast_unsigned());
        }
        let mut text = String::new();
        prometheus_text::encode(&mut text, &registry).map_err(|error| ServerError::Internal(error.to_string()))?;
        Ok(text)
    }
}

fn stored(registry: &mut Registry, found: &Figures) {
    let devices = Family::<Label, Gauge>::default();
    for (age, count) in found.devices {
        devices.get_or_create(&[("last_contact", age)]).set(i64::try_from(count).unwrap_or(i64::MAX));
    }
    registry.register("devices", "Devices that are not revoked, by the age of their last contact", devices);
    for (name, help, value) in [
        ("devices_revoked", "Devices that are revoked", found.revoked),
        ("devices_with_unsent", "Devices, not revoked, that had something unsent as they last said", found.devices_unsent),
        ("unsent_reports", "Reports that devices, not revoked, had not delivered as they last said", found.unsent),
        ("devices_copied", "Devices, not revoked, whose store several phones use in turn", found.devices_copied),
        ("refused_changes", "Refused changes that are remembered", found.refused),
        ("held_changes", "Changes that wait for a supervisor", found.held),
        ("held_reports", "Reports of which something waits for a supervisor", found.held_reports),
        ("quarantine_items", "Refused items that are kept", found.quarantined),
        ("quarantine_bytes", "Bytes of the refused items that are kept", found.quarantine_bytes),
        ("quarantine_dropped", "Refused items that no longer fitted", found.quarantine_dropped),
        ("documents", "Reports and messages at the centre", found.documents),
        ("journal_entries", "Lines of the security journal", found.journal),
        ("recovery", "1 while devices wait for journal confirm", found.recovery),
        ("devices_unconfirmed", "Devices, not revoked, that wait for journal confirm", found.unconfirmed),
        ("rollbacks_seen", "How often a device had been given more than this centre has", found.rollbacks),
        (
            "devices_that_saw_rollbacks",
            "Devices that had been given more than this centre has, in the last 7 days; one alone proves nothing",
            found.devices_rolled_back,
        ),
    ] {
        gauge(registry, name, help, value);
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    registry.register(name, help, gauge);
}
