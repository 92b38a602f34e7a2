-- How far the device has heard of the centre's forms.
ALTER TABLE device ADD COLUMN forms INTEGER NOT NULL DEFAULT 0;
-- Forms from the centre, beside those that are built in. An empty text: a built-in one, named because it is retired.
CREATE TABLE form (
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    json TEXT NOT NULL,
    retired INTEGER NOT NULL,
    PRIMARY KEY (kind, version)
) STRICT, WITHOUT ROWID;
