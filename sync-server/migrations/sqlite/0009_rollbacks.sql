-- What devices showed of a past that this centre has not: it went back in time. One row a device and partition, whatever a device says.
CREATE TABLE rollback_seen (
    device BLOB NOT NULL REFERENCES device (id),
    partition TEXT NOT NULL,
    times INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    -- Of the last time: the newest sequence that the device had been given, and the one from which it began again.
    shown INTEGER NOT NULL,
    common INTEGER NOT NULL,
    PRIMARY KEY (device, partition)
) STRICT, WITHOUT ROWID;
