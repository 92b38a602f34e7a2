-- The one bundle whose replies may be taken (ONE_REPLY): its requests, and what `outstanding_item` and `outstanding_question` held of each.
-- Empty when none is under way.
CREATE TABLE bundle_request (
    number         INTEGER NOT NULL PRIMARY KEY,
    hash           BLOB    NOT NULL
) STRICT;
CREATE TABLE bundle_item (
    request        INTEGER NOT NULL,
    number         INTEGER NOT NULL,
    report         BLOB    NOT NULL,
    hashes         BLOB    NOT NULL,
    PRIMARY KEY (request, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE bundle_question (
    request        INTEGER NOT NULL,
    number         INTEGER NOT NULL,
    report         BLOB    NOT NULL,
    heads          BLOB    NOT NULL,
    position       INTEGER NOT NULL,
    PRIMARY KEY (request, number)
) STRICT, WITHOUT ROWID;
