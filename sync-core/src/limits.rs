//! Every limit of the exchange, each with its reason.

/// A request's bytes on the wire: twice the largest batch that a device makes, and little enough to hold hundreds in memory.
pub const REQUEST_BYTES_MAX: usize = 1 << 20;
/// A request's bytes after inflating: reports compress about six to one, a bomb a thousand to one.
pub const REQUEST_INFLATED_BYTES_MAX: usize = 8 << 20;
/// A reply's bytes on the wire, and after inflating: first download comes in many replies.
pub const REPLY_BYTES_MAX: usize = 4 << 20;
/// See [`REPLY_BYTES_MAX`].
pub const REPLY_INFLATED_BYTES_MAX: usize = 16 << 20;
/// Sections of one message: there are about a dozen kinds.
pub const SECTIONS_MAX: usize = 64;

/// Items of one request. With [`PUSH_BYTES_MAX`] the size of a batch.
pub const PUSH_ITEMS_MAX: usize = 200;
/// Encoded bytes of the items of one request, before compression: about ten seconds of EDGE after it.
pub const PUSH_BYTES_MAX: usize = 256 << 10;
/// One item: one document's pending changes. A larger one goes in parts, oldest changes first.
pub const ITEM_BYTES_MAX: usize = 1 << 20;
/// Changes of one item.
pub const ITEM_CHANGES_MAX: usize = 2_000;
/// Operations of the changes of one item: four of the largest.
pub const ITEM_OPERATIONS_MAX: usize = 4 * CHANGE_OPERATIONS_MAX;
/// Documents of all pages of one reply.
pub const PAGE_DOCUMENTS_MAX: usize = 500;
/// Encoded bytes of all pages of one reply, before compression.
pub const PAGE_BYTES_MAX: usize = 1 << 20;
/// Requests of one bundle: some 3,500 complete reports. Below the number of a device's lives that the centre remembers, since each has one of its own.
pub const BUNDLE_REQUESTS_MAX: usize = 32;
/// Bytes of a bundle of requests, each of the largest size; what a hostile file can make a reader hold.
pub const BUNDLE_BYTES_MAX: usize = BUNDLE_REQUESTS_MAX * REQUEST_BYTES_MAX + BUNDLE_HEAD_BYTES;
/// Bytes of a bundle of replies, likewise.
pub const BUNDLE_REPLIES_BYTES_MAX: usize = BUNDLE_REQUESTS_MAX * REPLY_BYTES_MAX + BUNDLE_HEAD_BYTES;
/// What a bundle has besides: its head, hashes and lengths.
const BUNDLE_HEAD_BYTES: usize = 8 << 10;
/// Questions of one request (ASK_TURN): about a hundred bytes, also where much is held.
pub const QUESTIONS_MAX: usize = 2;
/// A supervisor's words when he discards what was held: they come down with every answer on it.
pub const DISCARD_REASON_BYTES_MAX: usize = 300;
/// Feeds whose cursors a request shows: a Mabes device has three in each of 514 regencies.
pub const CURSORS_MAX: usize = 4_096;
/// Older marks that a request shows, of all partitions together, but two of each in any case: an officer's few are always shown, and a Mabes device of
/// 514 regencies must not send 60 kB in each request.
pub const OLDER_MARKS_SHOWN: usize = 512;
/// Marks that are read from a request.
pub const MARKS_MAX: usize = 8_192;
/// Tokens that a device shows with one item: one for each branch that nothing has joined yet.
pub const PROOFS_MAX: usize = 64;
/// One message of a reconciliation: two seconds of EDGE; ten differences among 10,000 reports need half of it.
pub const REPAIR_MESSAGE_BYTES: usize = 8 << 10;
/// Documents that a request asks about in a repair: 25 bytes each.
pub const REPAIR_DOCUMENTS_MAX: usize = 100;
/// Units that a reply names: the largest regency has about 900, a province about 40 regencies.
pub const UNITS_MAX: usize = 20_000;
/// Decisions on an officer's grants that a record holds.
pub const DECISIONS_MAX: usize = 1_000;
/// Bytes of a form: the largest built-in one has about 30 kB.
pub const FORM_BYTES_MAX: usize = 256 << 10;
/// What a centre adds or retires, and what a device keeps of it: ten kinds with two changes a year make twenty.
pub const FORMS_MAX: usize = 256;
/// Bytes of the forms of one reply, before compression; one larger form goes alone.
pub const FORMS_BYTES_MAX: usize = 64 << 10;
/// Bytes of the name of a kind.
pub const KIND_BYTES_MAX: usize = 40;
/// Records of one message.
pub const RECORDS_MAX: usize = 256;
/// Records that a request may show: each costs a signature to check.
pub const RECORDS_SHOWN_MAX: usize = 8;

/// Operations of one change: a text of 10,000 letters typed anew, twice.
pub const CHANGE_OPERATIONS_MAX: usize = 20_000;
/// Changes that a change names as its direct predecessors.
pub const CHANGE_DEPENDENCIES_MAX: usize = 1_000;
/// Changes of one document: 1,000 edits by 1,000 actors make 23 kB of Automerge.
pub const DOCUMENT_CHANGES_MAX: usize = 10_000;
/// Heads that one device may leave in a document: a device merges what it holds before it writes, so more are an attack.
pub const DEVICE_HEADS_MAX: usize = 4;
/// Depth of objects in a document; reading deeper ones can overflow a stack.
pub const OBJECT_DEPTH_MAX: usize = 8;
/// Bytes of one string value.
pub const STRING_BYTES_MAX: usize = 16 << 10;
/// Bytes of a key.
pub const KEY_BYTES_MAX: usize = 64;
/// Operation counters stay below this: at 2^32 Automerge panics for ever.
pub const OPERATION_COUNTER_MAX: u64 = 1 << 31;
/// Actors that one item names.
pub const ITEM_ACTORS_MAX: usize = 10_000;
/// Bytes of a person's or a unit's name.
pub const NAME_BYTES_MAX: usize = 200;
/// Bytes of a reason or comment in an entry.
pub const ENTRY_TEXT_BYTES_MAX: usize = 4 << 10;
/// The stack on which foreign changes are applied: reading nested objects recurses.
pub const SCRATCH_STACK_BYTES: usize = 16 << 20;
/// Wrong secrets for one enrolment code before it is locked.
pub const CODE_TRIES_MAX: u32 = 5;
/// How long an enrolment code is good for: a week, in milliseconds.
pub const CODE_LIFE_MS: i64 = 7 * 24 * 3_600 * 1_000;
/// How long after the end of a grant what is pushed for it is held rather than refused: 90 days, in milliseconds.
pub const HELD_AFTER_END_MS: i64 = 90 * 24 * 3_600 * 1_000;

/// The first batch up, before compression: some 25 complete reports, which are about 8 kB after it and pass over EDGE (5,000 bytes a second up,
/// 600 ms there and back) within three seconds, with their connection.
pub const BATCH_UP_START_BYTES: u64 = 56 << 10;
/// The largest batch up, before compression: three and a half seconds of EDGE, for which it may hold an urgent report back. With the rest of the
/// request it stays below what PPMd takes (`packing.rs`); a larger one would cost a thin link more bytes a report.
pub const BATCH_UP_MAX_BYTES: u64 = 96 << 10;
/// What fills up a request with urgent reports where a backlog is left behind: some 16 complete reports, about 6 kB after compression. Over EDGE
/// the receipt is there within three seconds, connection and work of both sides included.
pub const BATCH_URGENT_MAX_BYTES: usize = 36 << 10;
/// The first batch down, before compression: 60 complete reports, about 15 kB after it, a good second of EDGE; PPMd takes it (`packing.rs`).
pub const BATCH_DOWN_START_BYTES: u64 = 120 << 10;
/// Batches do not shrink below this, which is less than a report: what is between is the envelope's.
pub const BATCH_BYTES_MIN: u64 = 512;
/// The first wait after a failure. It doubles: 5, 10, 20 … seconds.
pub const BACK_OFF_FIRST_MS: u64 = 5_000;
/// The longest wait after failures: a phone that is out of reach for weeks wakes its radio twice an hour at most.
pub const BACK_OFF_MAX_MS: u64 = 30 * 60_000;
/// The longest wait after failures while something urgent is to be sent.
pub const BACK_OFF_URGENT_MAX_MS: u64 = 5 * 60_000;
/// The longest hint that is believed: a broken gateway must not silence a phone for ever.
pub const HINT_MAX_MS: u64 = 3_600_000;
/// A device that is told of no link tries so often all the same: systems forget to tell.
pub const LINK_CHECK_MS: u64 = 3_600_000;
/// How often a device with nothing to send asks for news.
pub const REST_MS: u64 = 15 * 60_000;
/// The same on a metered link: with an idle exchange of 700 bytes about 50 kB in a day.
pub const REST_METERED_MS: u64 = 30 * 60_000;
/// One portion of a normal backlog on a metered link, both ways, before compression: about 30 complete reports.
pub const PORTION_BYTES_MAX: u64 = 64 << 10;
/// Between two portions: the link is the officer's, too.
pub const PORTION_PAUSE_MS: u64 = 20_000;
/// After as much as the last window of signal let through: a link that is still there then carries more.
pub const WINDOW_PAUSE_MS: u64 = 5_000;
/// One exchange on a link without limit: the largest request and the largest reply.
pub const EXCHANGE_BYTES_MAX: u64 = (REQUEST_BYTES_MAX + REPLY_BYTES_MAX) as u64;
/// With less left of a day's budget nothing normal begins: an exchange that brings nothing costs about 700 bytes.
pub const EXCHANGE_BYTES_MIN: u64 = 2 << 10;
/// The day of the data budget.
pub const DAY_MS: u64 = 24 * 3_600_000;
/// Whatever the scheduler is told, the next attempt is no further away.
pub const ATTEMPT_WITHIN_MS: u64 = DAY_MS;
