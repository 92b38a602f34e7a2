-- What the centre answered *need*, and how often in a row: it goes behind what may be taken (NEED_LAST).
CREATE TABLE needed (
    report         BLOB    NOT NULL PRIMARY KEY,
    times          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Changes that left by DROP_COVERED: a rescue misses them in the numbering, and they are not lost.
ALTER TABLE device ADD COLUMN left_changes INTEGER NOT NULL DEFAULT 0;
