-- What a device learned of its link, and when it asks next.

-- How much one message carries, each way, in bytes of encoded changes before compression.
CREATE TABLE batch (
    direction      TEXT    NOT NULL PRIMARY KEY CHECK (direction IN ('up', 'down')),
    size_bytes     INTEGER NOT NULL,
    -- What one window of signal carried, after a cut; 0 when nothing is known.
    window_bytes   INTEGER NOT NULL DEFAULT 0,
    carried_bytes  INTEGER NOT NULL DEFAULT 0,
    -- Of the outstanding request; 0 when none is outstanding, or when it tells nothing about this direction.
    sent_bytes     INTEGER NOT NULL DEFAULT 0,
    -- 1: more waited than the message had room for.
    more           INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The scheduler's memory. At most one row. Times in milliseconds; `_awake` by the monotonic clock of the process that is named.
CREATE TABLE schedule (
    one            INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    process        BLOB    NOT NULL DEFAULT x'',
    -- The end of the last attempt, of the last one that was for everything, and the beginning of the day whose bytes are counted.
    last_wall      INTEGER,
    last_awake     INTEGER,
    all_wall       INTEGER,
    all_awake      INTEGER,
    day_wall       INTEGER,
    day_awake      INTEGER,
    spent_bytes    INTEGER NOT NULL DEFAULT 0,
    failures       INTEGER NOT NULL DEFAULT 0,
    hint_ms        INTEGER NOT NULL DEFAULT 0,
    chance         INTEGER NOT NULL DEFAULT 0,
    link_came      INTEGER NOT NULL DEFAULT 0,
    -- Of the outstanding request: its bytes, 0 when none is outstanding; and whether it was for urgent reports alone.
    request_bytes  INTEGER NOT NULL DEFAULT 0,
    urgent_only    INTEGER NOT NULL DEFAULT 0,
    -- The newest change that was there when the last request was made: later ones have not been tried.
    tried_position INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO schedule (one) VALUES (1);
