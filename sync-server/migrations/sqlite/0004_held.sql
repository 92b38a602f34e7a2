-- What a supervisor decided on what was held: who, when, why, on which changes. Never deleted.
CREATE TABLE held_decision (
    id INTEGER NOT NULL PRIMARY KEY,
    document BLOB NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('admitted', 'discarded')),
    operator TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    decided_at INTEGER NOT NULL,
    -- Their hashes, 32 bytes each.
    changes BLOB NOT NULL
) STRICT;
CREATE INDEX held_decision_by_document ON held_decision (document, id);

-- The decision that discarded it; null while it waits. Discarded is not lost: the bytes stay, and the decision can be taken back.
ALTER TABLE held ADD COLUMN discarded INTEGER NULL REFERENCES held_decision (id);
