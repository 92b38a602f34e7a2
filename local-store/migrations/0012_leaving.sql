-- What no feed shows to this device any more, until it may leave (DROP_COVERED).
CREATE TABLE leaving (
    report         BLOB    NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- By triggers: whatever takes a membership away, or gives one, is noticed.
CREATE TRIGGER member_came AFTER INSERT ON member BEGIN
    DELETE FROM leaving WHERE report = NEW.report;
END;
CREATE TRIGGER member_went AFTER DELETE ON member WHEN NOT EXISTS (SELECT 1 FROM member WHERE report = OLD.report) BEGIN
    INSERT OR IGNORE INTO leaving (report) VALUES (OLD.report);
END;
INSERT INTO leaving (report) SELECT id FROM report r WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.report = r.id);
