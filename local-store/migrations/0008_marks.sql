-- Going back in time: by its marks the device notices that the centre lost what it once had.

-- MARK_SPREAD: of each partition the newest mark that the centre gave, the oldest, and others at doubling distances.
CREATE TABLE mark (
    partition      TEXT    NOT NULL,
    sequence       INTEGER NOT NULL,
    tag            BLOB    NOT NULL CHECK (length(tag) = 8),
    PRIMARY KEY (partition, sequence)
) STRICT, WITHOUT ROWID;

-- 1: the centre had it once and lost it (VOID_LABELS). As long as it has no label it is sent again; TOKEN_SHOWN asks for it later, too.
ALTER TABLE change ADD COLUMN voided INTEGER NOT NULL DEFAULT 0;
CREATE INDEX change_labelled ON change (shared_partition, shared_sequence) WHERE shared_sequence IS NOT NULL;

-- TOKEN_KEEP: the centre's word that it had the history of these heads (32 bytes each, ascending), as long as no newer one covers it.
CREATE TABLE token (
    report         BLOB    NOT NULL,
    heads          BLOB    NOT NULL,
    token          BLOB    NOT NULL CHECK (length(token) = 8),
    PRIMARY KEY (report, heads)
) STRICT, WITHOUT ROWID;
