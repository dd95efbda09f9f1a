-- A zone that the database cannot count with would keep every sum of a book from being made.
-- depends: 0070.crm

ALTER TABLE crm.visits ADD CONSTRAINT time_zone_is_known
    CHECK (timestamptz '2000-01-01 00:00+00' AT TIME ZONE time_zone IS NOT NULL);
