-- Fingerprints: what each feed shows, in a sum that follows each change.

-- What the document adds to its feed's sum, modulo 2^64; null where it adds nothing.
ALTER TABLE feed_entry ADD COLUMN element INTEGER NULL;
ALTER TABLE feed ADD COLUMN documents INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
