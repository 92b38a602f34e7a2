-- What operators did with forms, in order. A device shows how far it has heard; `hash` is over the step before and this one, so that a device
-- that is ahead of a restored centre is recognised.
CREATE TABLE form_step (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    -- Empty: no new report is made on it any more.
    json TEXT NOT NULL,
    hash BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX form_step_once ON form_step (kind, version, json = '');
