-- Moments are milliseconds since 1970 in UTC.

CREATE TABLE pages (
    number        INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: whoever renews a page that is gone meanwhile renews no other
    request       TEXT    NOT NULL,
    way           TEXT    NOT NULL,
    retrieved_at  INTEGER NOT NULL,
    until         INTEGER NOT NULL,
    status        INTEGER NOT NULL,
    url           TEXT    NOT NULL,
    content_type  TEXT,
    etag          TEXT,
    last_modified TEXT,
    length        INTEGER NOT NULL, -- of the text, in bytes
    body          BLOB    NOT NULL  -- zstd with a checksum
) STRICT;
CREATE UNIQUE INDEX pages_by_request ON pages (request, way, retrieved_at);
CREATE INDEX pages_by_age ON pages (retrieved_at);
CREATE INDEX pages_by_end ON pages (until);

CREATE TABLE kept (
    job           TEXT    NOT NULL,
    request       TEXT    NOT NULL,
    page          INTEGER NOT NULL REFERENCES pages (number) ON DELETE CASCADE,
    retrieved_at  INTEGER NOT NULL, -- as the job had it; the page may have been renewed since
    PRIMARY KEY (job, request)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_by_page ON kept (page);
