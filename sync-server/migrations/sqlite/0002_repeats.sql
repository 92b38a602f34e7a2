-- Descriptions that repeat an earlier one of the same author and month are flagged, and how often a report was returned is kept.

-- What is kept of the description to compare it by; empty where nothing is compared: no description, or a withdrawn report.
ALTER TABLE report ADD COLUMN fingerprint BLOB NULL;
-- The earliest report of the same author and month (WITA) that this one repeats.
ALTER TABLE report ADD COLUMN repeat_of BLOB NULL;
ALTER TABLE report ADD COLUMN repeat_kind TEXT NULL CHECK (repeat_kind IN ('same', 'near'));
-- Decisions that returned it.
ALTER TABLE report ADD COLUMN returns INTEGER NOT NULL DEFAULT 0;
