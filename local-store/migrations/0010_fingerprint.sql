-- Fingerprints and repair: whether the centre shows the same, and what to ask where it does not.

-- The heads of what has a label, 32 bytes each, ascending; and how many changes have one, -1 while nobody has counted.
ALTER TABLE report ADD COLUMN shared_heads BLOB NOT NULL DEFAULT x'';
ALTER TABLE report ADD COLUMN shared_changes INTEGER NOT NULL DEFAULT -1;
-- What the report adds to its feed's sum, modulo 2^64; null where nothing of it is shared.
ALTER TABLE member ADD COLUMN element INTEGER NULL;
CREATE INDEX member_by_feed ON member (feed, element);
CREATE INDEX change_shared ON change (report) WHERE shared_sequence IS NOT NULL;

-- REPAIR, by partition.
CREATE TABLE repair (
    partition      TEXT    NOT NULL PRIMARY KEY,
    -- How often in a row the fingerprints differed, and at how many times the device asks.
    mismatches     INTEGER NOT NULL,
    due_at         INTEGER NOT NULL DEFAULT 2,
    -- 1: it is under way.
    open           INTEGER NOT NULL DEFAULT 0,
    -- The next message of the reconciliation; empty when that is over.
    message        BLOB    NOT NULL DEFAULT x'',
    -- 1: the outstanding request carries it.
    sent           INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- The documents that differ: one that is shown here, or one that the centre shows, by the name of its item.
CREATE TABLE repair_document (
    number         INTEGER NOT NULL PRIMARY KEY,
    partition      TEXT    NOT NULL,
    report         BLOB,
    item           BLOB,
    -- 1: the outstanding request asks about it.
    sent           INTEGER NOT NULL DEFAULT 0,
    CHECK ((report IS NULL) <> (item IS NULL)),
    UNIQUE (partition, report, item)
) STRICT;
