-- How the caller wants requests to leave, as JSON by phase; NULL leaves it to recipes and settings.
ALTER TABLE jobs ADD COLUMN route TEXT;
