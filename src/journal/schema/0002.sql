-- Whether the job looks into pictures, videos and sounds; NULL leaves it to recipes and settings.
ALTER TABLE jobs ADD COLUMN media TEXT CHECK (media IN ('listed', 'probe'));
