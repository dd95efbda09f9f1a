-- View counts of profiles: absolute numbers per day, written by the hourly roll-up. They are apart
-- from the profile and its search row, which must not change with every visitor.
-- depends: 0021.escorts-reference

CREATE TABLE escorts.view_counts (
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    day date NOT NULL,
    views integer NOT NULL CHECK (views > 0),
    -- An estimate (domain/hyperloglog.py); each visitor has at least one view.
    visitors integer NOT NULL,
    PRIMARY KEY (profile_id, day),
    CONSTRAINT visitors_between_1_and_views CHECK (visitors BETWEEN 1 AND views)
);
CREATE INDEX view_counts_by_day ON escorts.view_counts (day);

-- Views of the days that are no longer stored, per profile.
CREATE TABLE escorts.view_totals (
    profile_id uuid PRIMARY KEY REFERENCES escorts.profiles,
    views bigint NOT NULL CHECK (views > 0)
);

-- Progress of the roll-up per day. A final day is never read again.
CREATE TABLE escorts.view_days (
    day date PRIMARY KEY,
    counted_until timestamptz NOT NULL,
    is_final boolean NOT NULL
);

GRANT SELECT ON escorts.view_counts, escorts.view_totals, escorts.view_days TO escorts_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON escorts.view_counts, escorts.view_days
    TO escorts_scheduled;
GRANT SELECT, INSERT, UPDATE ON escorts.view_totals TO escorts_scheduled;
GRANT SELECT, DELETE ON escorts.view_counts, escorts.view_totals TO escorts_consumer;
