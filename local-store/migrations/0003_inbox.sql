-- The failure inbox: since when a change is refused, and what the officer made of it. Refused changes stay, outside the document.

-- By the centre's clock, of the reply that refused it; 0 while it is not refused.
ALTER TABLE change ADD COLUMN refused_at INTEGER NOT NULL DEFAULT 0;
-- 1: the centre's quarantine was full, so that this store has the only copy.
ALTER TABLE change ADD COLUMN only_copy INTEGER NOT NULL DEFAULT 0;
-- Of a refused change: still in the inbox, written anew by a correction, or put aside.
ALTER TABLE change ADD COLUMN answered TEXT NOT NULL DEFAULT '' CHECK (answered IN ('', 'corrected', 'discarded'));

-- Which report took the place of one that was refused from its first change on.
CREATE TABLE replacement (
    refused        BLOB    NOT NULL PRIMARY KEY,
    report         BLOB    NOT NULL
) STRICT;
CREATE INDEX replacement_by_report ON replacement (report);
