-- What is pending is looked for several times in each exchange, also before a backlog of thousands: no row is read for it.

DROP INDEX change_unshared;
CREATE INDEX change_unshared ON change (report, fate, position, own) WHERE shared_sequence IS NULL;
