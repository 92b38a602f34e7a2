-- What a decree put in the place of a unit, and since when. Reports keep the code under which they were filed.
CREATE TABLE unit_succession (
    old TEXT PRIMARY KEY REFERENCES unit (code),
    new TEXT NOT NULL REFERENCES unit (code),
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
