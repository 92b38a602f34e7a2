-- What comes down: who has it, and who conveyed it.

-- How far the last request of each device was, in each broadcast feed in which something ever stood.
CREATE TABLE broadcast_cursor (
    device BLOB NOT NULL REFERENCES device (id),
    feed INTEGER NOT NULL REFERENCES feed (id),
    base INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (device, feed)
) STRICT, WITHOUT ROWID;

-- The reports that name a message.
CREATE INDEX report_by_message ON report (CASE WHEN json_valid(fields) THEN lower(json_extract(fields, '$.pesan')) END);
