-- The device's store. Forward only: a later version is a new file.

-- Who this store is. One row.
CREATE TABLE device (
    one            INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    -- One life of this store: eight random bytes.
    incarnation    BLOB    NOT NULL,
    -- Of the last request that was made; stored before the request is used.
    counter        INTEGER NOT NULL DEFAULT 0,
    -- 32 bytes: the seed of the device's signing key.
    key            BLOB    NOT NULL,
    -- Hash of the one request whose reply may be applied (ONE_REPLY); empty when none is outstanding.
    outstanding    BLOB    NOT NULL DEFAULT x'',
    -- Milliseconds since 1970 by the server's clock, of the last reply; 0 for never.
    last_contact   INTEGER NOT NULL DEFAULT 0,
    -- Reports that could not be applied as they came; 0 in ordinary life.
    rejected       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The enrolment, in words; the signed record is in `record`. At most one row.
CREATE TABLE enrolment (
    one            INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    device         BLOB    NOT NULL,
    officer        INTEGER NOT NULL,
    name           TEXT    NOT NULL,
    role           TEXT    NOT NULL,
    server         TEXT    NOT NULL,
    ca             TEXT    NOT NULL DEFAULT '',
    root           BLOB    NOT NULL,
    certificate    BLOB    NOT NULL,
    revoked_at     INTEGER NOT NULL DEFAULT 0
) STRICT;

-- GRANT_RECORD: what the server signed, as it signed it.
CREATE TABLE record (
    kind           TEXT    NOT NULL,
    subject        TEXT    NOT NULL,
    bytes          BLOB    NOT NULL,
    signature      BLOB    NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT;

-- The newest decision on each area of this device's officer.
CREATE TABLE area (
    unit           TEXT    NOT NULL,
    class          TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    given          INTEGER NOT NULL,
    PRIMARY KEY (unit, class)
) STRICT;

CREATE TABLE unit (
    code           TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL
) STRICT;

-- Whose device an actor is.
CREATE TABLE person (
    device         BLOB    NOT NULL PRIMARY KEY,
    officer        INTEGER NOT NULL,
    name           TEXT    NOT NULL
) STRICT;

-- A draft is this row and nothing else; it never leaves the device.
CREATE TABLE draft (
    id             BLOB    NOT NULL PRIMARY KEY,
    kind           TEXT    NOT NULL,
    form           INTEGER NOT NULL,
    unit           TEXT    NOT NULL,
    data           TEXT    NOT NULL,
    changed_at     INTEGER NOT NULL
) STRICT;

-- The JSON projection of each report's document, and its snapshot: both are caches of `change`.
CREATE TABLE report (
    number         INTEGER NOT NULL PRIMARY KEY,
    id             BLOB    NOT NULL UNIQUE,
    kind           TEXT    NOT NULL,
    form           INTEGER NOT NULL,
    unit           TEXT    NOT NULL,
    class          TEXT    NOT NULL,
    lane           TEXT    NOT NULL,
    author         INTEGER NOT NULL,
    status         TEXT    NOT NULL,
    recorded_at    INTEGER NOT NULL,
    conflicts      INTEGER NOT NULL DEFAULT 0,
    data           TEXT    NOT NULL,
    -- Of the description, to warn of repetitions; empty where there is none.
    fingerprint    BLOB    NOT NULL DEFAULT x'',
    -- 32 bytes each, ascending: of all changes that were not refused.
    heads          BLOB    NOT NULL,
    snapshot       BLOB    NOT NULL
) STRICT;

CREATE VIRTUAL TABLE report_text USING fts5(words, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 2");

-- The source of truth: raw changes, kept while the document is held.
CREATE TABLE change (
    position       INTEGER NOT NULL PRIMARY KEY,
    hash           BLOB    NOT NULL UNIQUE,
    report         BLOB    NOT NULL,
    -- 1: written by this device.
    own            INTEGER NOT NULL,
    bytes          BLOB    NOT NULL,
    -- Without a label: pending, held (waits for a supervisor) or refused.
    fate           TEXT    NOT NULL DEFAULT 'pending' CHECK (fate IN ('pending', 'held', 'refused')),
    -- Number of the refusal; 0 for none.
    refusal        INTEGER NOT NULL DEFAULT 0,
    -- `shared_at`: both NULL, or where the server has it.
    shared_partition TEXT,
    shared_sequence  INTEGER,
    CHECK ((shared_partition IS NULL) = (shared_sequence IS NULL))
) STRICT;
CREATE INDEX change_by_report ON change (report, position);
CREATE INDEX change_unshared ON change (report) WHERE shared_sequence IS NULL;

-- Which reports a report names, by the reference fields of its form.
CREATE TABLE reference (
    report         BLOB    NOT NULL,
    field          TEXT    NOT NULL,
    target         BLOB    NOT NULL,
    PRIMARY KEY (target, report, field)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_by_report ON reference (report);

-- The items of the outstanding request, in their order: hashes of 32 bytes each.
CREATE TABLE outstanding_item (
    number         INTEGER NOT NULL PRIMARY KEY,
    report         BLOB    NOT NULL,
    hashes         BLOB    NOT NULL
) STRICT;

-- Which feeds show a report.
CREATE TABLE member (
    feed           TEXT    NOT NULL,
    report         BLOB    NOT NULL,
    PRIMARY KEY (report, feed)
) STRICT, WITHOUT ROWID;

-- CURSOR_PAIR.
CREATE TABLE cursor (
    feed           TEXT    NOT NULL PRIMARY KEY,
    base           INTEGER NOT NULL,
    at             INTEGER NOT NULL
) STRICT;
