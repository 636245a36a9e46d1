-- The token that handed the job in; NULL: nobody's, from before there were tokens or where there are none.
ALTER TABLE jobs ADD COLUMN owner TEXT;
CREATE INDEX jobs_by_owner ON jobs (owner, number) WHERE owner IS NOT NULL;
