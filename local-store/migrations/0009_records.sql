-- 1: the centre asked to be shown the records that it signed; the next request carries them.
ALTER TABLE enrolment ADD COLUMN show_records INTEGER NOT NULL DEFAULT 0;
