-- How old a page may be that is taken from the store in place of a request, in milliseconds; NULL leaves it to the settings.
ALTER TABLE jobs ADD COLUMN max_age INTEGER;
