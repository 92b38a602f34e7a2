//! Limits of the server's own, each with its reason; those of the exchange are in `sync_core::limits`.

use std::time::Duration;

/// Lives of one device's store whose counters are remembered: a new one comes with a restored backup.
pub(crate) const INCARNATIONS_MAX: u32 = 64;

/// A copied phone that was silent for so long is not waited for any more.
pub(crate) const LIFE_SILENT_MS: i64 = 30 * 24 * 3_600 * 1_000;
/// Bytes of one document's changes on the wire: it must fit into one reply, whatever it is.
pub(crate) const DOCUMENT_WIRE_BYTES_MAX: u64 = 2 << 20;
/// Operations of one document: every further change costs a visit to each of them.
pub(crate) const DOCUMENT_OPERATIONS_MAX: u64 = 200_000;
/// What judging one request may cost, in visits to operations: some seconds. What is left over stays pending on the device.
pub(crate) const REQUEST_VISITS_MAX: u64 = 2_000_000;
/// What judging a change costs beside the operations of its document, in visits of 2 µs: a thread, a copy, a save and a load.
pub(crate) const CHANGE_VISITS: u64 = 1_000;
/// Held bytes of one device: years of an officer's text. What is above is answered `need`: the device keeps it.
pub(crate) const HELD_BYTES_MAX: u64 = 64 << 20;
/// Quarantined bytes of one device. What is above is counted, and the device keeps it.
pub(crate) const QUARANTINE_BYTES_MAX: u64 = 8 << 20;
/// Quarantined items of one device.
pub(crate) const QUARANTINE_ITEMS_MAX: u64 = 1_000;
/// Refused changes of one device that are remembered; the oldest go first.
pub(crate) const REFUSED_MAX: u32 = 10_000;
/// Reports of one author and month that a description is compared with: ten a day are 310; what is above is a flood.
pub(crate) const REPEATS_COMPARED_MAX: u32 = 1_000;
/// An enrolment request has 110 bytes; more is none.
pub(crate) const ENROL_BYTES_MAX: usize = 1_000;
/// What a page counts for a document beside its changes.
pub(crate) const DELIVERY_OVERHEAD_BYTES: u64 = 32;

/// Requests that are read or worked on at once: each may hold [`sync_core::limits::REQUEST_BYTES_MAX`].
pub(crate) const REQUESTS_MAX: usize = 256;
/// Requests that are worked on at once: SQLite has one writer, the rest is proof and compression.
pub(crate) const WORKERS_MAX: usize = 8;
/// How long a client has for the head of a request, and between two requests on one connection.
pub(crate) const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client has for the first bytes of a body, before it must keep up with [`BODY_BYTES_PER_SECOND_MIN`].
pub(crate) const BODY_GRACE: Duration = Duration::from_secs(60);
/// The slowest useful link: a tenth of EDGE's uplink.
pub(crate) const BODY_BYTES_PER_SECOND_MIN: u64 = 500;
/// How long a reply may stand still: four of the longest stalls of a bad link.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a TLS handshake may take: three round trips of a bad link.
pub(crate) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a request waits for a worker before the client is asked to come again.
pub(crate) const QUEUE_TIMEOUT: Duration = Duration::from_secs(20);
/// How long open requests have to end after SIGTERM.
pub(crate) const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);
