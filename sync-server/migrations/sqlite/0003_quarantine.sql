-- A centre that was updated judges anew what an older one refused.
-- The program's version that refused it; empty before this file.
ALTER TABLE refused ADD COLUMN version TEXT NOT NULL DEFAULT '';

-- What a full quarantine turned away, in bytes beside the number: the operator sees how much more room would have kept it.
ALTER TABLE device ADD COLUMN quarantine_dropped_bytes INTEGER NOT NULL DEFAULT 0;
