-- What the receiver answered last, in short.
ALTER TABLE outbox ADD COLUMN last_answer TEXT;
-- When something last happened to the delivery: it came, was tried or was put back on its way.
ALTER TABLE outbox ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET changed_at = CASE WHEN state = 'waiting' THEN created_at ELSE next_at END;
-- Dead letters, and counts by endpoint without a look at the rows. No index begins with the state: SQLite would take it for what
-- waits, and read all of that where one row is asked for.
CREATE INDEX outbox_failed ON outbox (id, endpoint, changed_at) WHERE state = 'failed';
CREATE INDEX outbox_by_endpoint ON outbox (endpoint, state);
-- The jobs that wait for an address take turns.
CREATE INDEX outbox_by_turn ON outbox (url, job, next_at, id) WHERE state = 'waiting';

-- Addresses in trouble: a row comes with a failure and goes with the next success.
CREATE TABLE troubles (
    endpoint            TEXT    NOT NULL,
    url                 TEXT    NOT NULL,
    failing_since       INTEGER NOT NULL,
    failures            INTEGER NOT NULL, -- in a row
    last_failure_at     INTEGER NOT NULL,
    last_status         INTEGER,
    last_error          TEXT,
    ended_at            INTEGER,          -- it said that it is gone for good: nothing is sent until somebody replays
    PRIMARY KEY (endpoint, url)
) STRICT, WITHOUT ROWID;
