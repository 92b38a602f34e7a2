-- 1: it comes down to a unit and all below, and is no report.
ALTER TABLE report ADD COLUMN broadcast INTEGER NOT NULL DEFAULT 0;
