-- Moments are milliseconds since 1970 in UTC; lists are JSON arrays; codes are kept as given beside their 14 digits.

CREATE TABLE jobs (
    number              INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, even after old jobs are deleted
    id                  TEXT    NOT NULL UNIQUE,
    state               TEXT    NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'cancelled')),
    intake              TEXT    NOT NULL CHECK (intake IN ('open', 'whole')),
    cancel              INTEGER NOT NULL DEFAULT 0,
    created_at          INTEGER NOT NULL,
    finished_at         INTEGER,
    shops               TEXT    NOT NULL,
    ignored3400         TEXT    NOT NULL,
    ignored3400_count   INTEGER NOT NULL,
    callback_url        TEXT,
    callback_events     TEXT,
    once_key            TEXT,
    once_caller         TEXT,
    once_fingerprint    TEXT,
    last_seq            INTEGER NOT NULL DEFAULT 0,
    -- Kept with each change, so that a job is shown without counting its rows.
    items               INTEGER NOT NULL DEFAULT 0,
    found               INTEGER NOT NULL DEFAULT 0,
    not_found           INTEGER NOT NULL DEFAULT 0,
    ignored             INTEGER NOT NULL DEFAULT 0,
    invalid             INTEGER NOT NULL DEFAULT 0,
    failed              INTEGER NOT NULL DEFAULT 0,
    cancelled           INTEGER NOT NULL DEFAULT 0,
    deliveries_waiting  INTEGER NOT NULL DEFAULT 0,
    deliveries_done     INTEGER NOT NULL DEFAULT 0,
    deliveries_failed   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, number);
CREATE INDEX jobs_unfinished ON jobs (number) WHERE finished_at IS NULL;
CREATE INDEX jobs_to_cancel ON jobs (number) WHERE cancel = 1 AND finished_at IS NULL;
CREATE INDEX jobs_by_key ON jobs (once_key, number) WHERE once_key IS NOT NULL;
CREATE INDEX jobs_by_content ON jobs (once_fingerprint, once_caller, number) WHERE once_key IS NULL AND once_fingerprint IS NOT NULL;

CREATE TABLE items (
    job                 INTEGER NOT NULL,
    position            INTEGER NOT NULL,
    primary_given       TEXT    NOT NULL,
    primary_gtin14      TEXT,
    replacement_given   TEXT,
    replacement_gtin14  TEXT,
    status              TEXT,    -- NULL until the item has its result
    seq                 INTEGER, -- the event that holds the result
    PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    job                 INTEGER NOT NULL,
    seq                 INTEGER NOT NULL,
    at                  INTEGER NOT NULL,
    kind                TEXT    NOT NULL,
    body                TEXT    NOT NULL,
    PRIMARY KEY (job, seq) -- with a rowid: bodies are large, and a clustered tree of them would be deep
) STRICT;

CREATE TABLE outbox (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id          TEXT    NOT NULL UNIQUE,
    job                 INTEGER NOT NULL,
    seq                 INTEGER NOT NULL,
    endpoint            TEXT    NOT NULL,
    url                 TEXT    NOT NULL,
    state               TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts            INTEGER NOT NULL DEFAULT 0,
    created_at          INTEGER NOT NULL,
    next_at             INTEGER NOT NULL,
    delivered_at        INTEGER,
    last_status         INTEGER,
    last_error          TEXT
) STRICT;
CREATE INDEX outbox_by_url ON outbox (url, id, next_at) WHERE state = 'waiting';
CREATE INDEX outbox_by_moment ON outbox (url, next_at) WHERE state = 'waiting';
CREATE INDEX outbox_by_job ON outbox (job, id);
