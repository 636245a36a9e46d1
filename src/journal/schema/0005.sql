-- Jobs whose time is over: their row in `jobs` is gone already, the rest of them goes in small steps.
CREATE TABLE forgotten (job INTEGER PRIMARY KEY) STRICT;
CREATE INDEX jobs_settled ON jobs (finished_at) WHERE finished_at IS NOT NULL AND deliveries_waiting = 0;
