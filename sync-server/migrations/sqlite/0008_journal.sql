-- The security journal is a file of its own; here is where it is, how far it was taken in, and what of it a restore must not forget.
CREATE TABLE journal (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    -- The journal's directory; empty: `journal` beside this database.
    place TEXT NOT NULL DEFAULT '',
    -- Its last line that was taken in, and the chain there.
    sequence INTEGER NOT NULL DEFAULT 0,
    hash BLOB NOT NULL DEFAULT x'',
    -- The line with which the recovery began; 0 outside one.
    recovery INTEGER NOT NULL DEFAULT 0,
    -- When an operator last vouched for all: what was signed before belongs to that loss.
    vouched_until INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO journal (one) VALUES (1);

-- The line by which an operator, or its enrolment, vouches for the device; -1 for one that only showed its record.
ALTER TABLE device ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
