-- What is held or was refused is asked about until it is settled.

-- ASK_TURN: position of the last change that a reply answered about; the next questions are about those after it.
ALTER TABLE device ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
-- 1: it was held or refused, and then the centre had it. Its writer keeps seeing it, whatever his grants are by now.
ALTER TABLE change ADD COLUMN admitted INTEGER NOT NULL DEFAULT 0;
-- What a supervisor said when he discarded it; else empty.
ALTER TABLE change ADD COLUMN reason TEXT NOT NULL DEFAULT '';
CREATE INDEX change_unsettled ON change (position) WHERE fate <> 'pending';

-- The questions of the outstanding request, in their order: hashes of 32 bytes each, and the position where the turn goes on.
CREATE TABLE outstanding_question (
    number         INTEGER NOT NULL PRIMARY KEY,
    report         BLOB    NOT NULL,
    heads          BLOB    NOT NULL,
    position       INTEGER NOT NULL
) STRICT;
