-- Two phones with one store: two lives of it that are used in turn.

-- In which turn of its device's requests a life was first and last used, and how many reports it had not delivered, as it last said.
ALTER TABLE incarnation ADD COLUMN born INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incarnation ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incarnation ADD COLUMN unsent INTEGER NOT NULL DEFAULT 0;
-- How many lives are in use: more than one is more than one phone.
ALTER TABLE device ADD COLUMN lives INTEGER NOT NULL DEFAULT 1;
