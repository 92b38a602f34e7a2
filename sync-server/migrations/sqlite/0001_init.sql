-- Times are milliseconds since 1970, unit codes and NRPs are kept as they are written and as numbers, ids and hashes as bytes.

-- What is true of the whole directory.
CREATE TABLE centre (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    -- The public root key: tells whether the key file beside this database is the one that its devices trust.
    root_key BLOB NOT NULL CHECK (length(root_key) = 32),
    created_at INTEGER NOT NULL,
    -- Grows with every change of the list of units.
    units_version INTEGER NOT NULL DEFAULT 0,
    probe INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The hierarchy. A unit that a decree abolished stays: old reports keep their code.
CREATE TABLE unit (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    parent TEXT NULL REFERENCES unit (code),
    level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 4)
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_by_level ON unit (level);

-- Every unit with every unit above it, itself included.
CREATE TABLE unit_closure (
    ancestor TEXT NOT NULL REFERENCES unit (code),
    unit TEXT NOT NULL REFERENCES unit (code),
    PRIMARY KEY (ancestor, unit)
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_closure_by_unit ON unit_closure (unit, ancestor);

CREATE TABLE officer (
    nrp INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;

-- GRANT_RECORD: the newest decision on each area of an officer; ended ones are never deleted.
CREATE TABLE grant_decision (
    nrp INTEGER NOT NULL REFERENCES officer (nrp),
    unit TEXT NOT NULL REFERENCES unit (code),
    class TEXT NOT NULL CHECK (class IN ('biasa', 'rahasia')),
    version INTEGER NOT NULL,
    given INTEGER NOT NULL CHECK (given IN (0, 1)),
    decided_at INTEGER NOT NULL,
    PRIMARY KEY (nrp, unit, class)
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 8),
    nrp INTEGER NOT NULL REFERENCES officer (nrp),
    key BLOB NOT NULL CHECK (length(key) = 32),
    enrolled_at INTEGER NOT NULL,
    revoked_at INTEGER NULL,
    last_contact INTEGER NULL,
    unsent INTEGER NOT NULL DEFAULT 0,
    version TEXT NOT NULL DEFAULT '',
    -- The signed enrolment record: the same code and key again get the same answer.
    record BLOB NOT NULL,
    record_signature BLOB NOT NULL,
    -- What a full quarantine turned away.
    quarantine_dropped INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX device_by_nrp ON device (nrp);

CREATE TABLE enrolment_code (
    selector INTEGER NOT NULL PRIMARY KEY,
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    nrp INTEGER NOT NULL REFERENCES officer (nrp),
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    used_by BLOB NULL REFERENCES device (id)
) STRICT;

-- The last counter of each life of a device's store, and the request that carried it.
CREATE TABLE incarnation (
    device BLOB NOT NULL REFERENCES device (id),
    incarnation BLOB NOT NULL CHECK (length(incarnation) = 8),
    counter INTEGER NOT NULL,
    request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
    used_at INTEGER NOT NULL,
    PRIMARY KEY (device, incarnation)
) STRICT, WITHOUT ROWID;

-- The counter row of a partition: written last in a transaction, so that sequences have no gaps and follow the order of commits.
CREATE TABLE partition (
    code TEXT NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL,
    running_hash BLOB NOT NULL CHECK (length(running_hash) = 32)
) STRICT, WITHOUT ROWID;

-- HASH_OF_CHANGES: each acceptance and each change of place, with what its running hash is over.
CREATE TABLE accepted (
    partition TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    running_hash BLOB NOT NULL CHECK (length(running_hash) = 32),
    kind INTEGER NOT NULL CHECK (kind IN (1, 2, 3)),
    document BLOB NOT NULL,
    content BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (partition, sequence)
) STRICT, WITHOUT ROWID;

-- Where each report stands. The snapshot is a cache: the changes are the truth.
CREATE TABLE document (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    partition TEXT NOT NULL,
    unit TEXT NOT NULL,
    class TEXT NOT NULL,
    lane TEXT NOT NULL,
    author INTEGER NOT NULL,
    kind TEXT NOT NULL,
    form INTEGER NOT NULL,
    heads BLOB NOT NULL,
    snapshot BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    -- What its changes come to: how many, their bytes on the wire, their operations.
    changes INTEGER NOT NULL,
    wire_bytes INTEGER NOT NULL,
    operations INTEGER NOT NULL,
    received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX document_by_partition ON document (partition, id);

-- The source of truth: every accepted change as Automerge wrote it. `position` counts within the document, dependencies first.
CREATE TABLE change (
    document BLOB NOT NULL REFERENCES document (id),
    position INTEGER NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    partition TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    device BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    -- What it takes in a page: a few bytes of Automerge can be many operations on the wire.
    wire_bytes INTEGER NOT NULL,
    operations INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (document, position)
) STRICT;

CREATE TABLE feed (
    id INTEGER NOT NULL PRIMARY KEY,
    partition TEXT NOT NULL,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- A document moves by leaving one feed and entering another. It stands in a feed while `left_at` is null.
CREATE TABLE feed_entry (
    partition TEXT NOT NULL,
    feed INTEGER NOT NULL REFERENCES feed (id),
    document BLOB NOT NULL REFERENCES document (id),
    entered INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    left_at INTEGER NULL,
    PRIMARY KEY (partition, feed, document)
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_entry_by_change ON feed_entry (partition, feed, changed);
CREATE INDEX feed_entry_by_document ON feed_entry (document);

-- Waits for a supervisor: neither delivered nor refused.
CREATE TABLE held (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    document BLOB NOT NULL,
    device BLOB NOT NULL REFERENCES device (id),
    received_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX held_by_document ON held (document);
CREATE INDEX held_by_device ON held (device);

-- What is built on a refused change is refused with it.
CREATE TABLE refused (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    document BLOB NOT NULL,
    device BLOB NOT NULL REFERENCES device (id),
    refused_at INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refused_by_document ON refused (document);
CREATE INDEX refused_by_device ON refused (device, refused_at);

-- Refused is not lost: the bytes as they came.
CREATE TABLE quarantine (
    id INTEGER NOT NULL PRIMARY KEY,
    device BLOB NOT NULL REFERENCES device (id),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    received_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (device, digest)
) STRICT;

-- The projection: one row a report, written by the transaction that accepts its changes.
CREATE TABLE report (
    document BLOB NOT NULL PRIMARY KEY REFERENCES document (id),
    kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    class TEXT NOT NULL,
    lane TEXT NOT NULL,
    author INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    conflicts INTEGER NOT NULL,
    heads TEXT NOT NULL,
    uraian TEXT NOT NULL,
    fields TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX report_by_unit ON report (unit, recorded_at);
CREATE INDEX report_by_author ON report (author, recorded_at);
CREATE INDEX report_by_time ON report (recorded_at);
