-- A time zone unknown to PostgreSQL would break every sum of the workspace.
-- depends: 0070.crm

ALTER TABLE crm.visits ADD CONSTRAINT time_zone_is_known
    CHECK (timestamptz '2000-01-01 00:00+00' AT TIME ZONE time_zone IS NOT NULL);
