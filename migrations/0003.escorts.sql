-- The directory: companion profiles, their verification, their schedule, the search index, and saved items of clients.
-- depends: 0002.auth

CREATE SCHEMA escorts;

-- Cities and laws

-- Actions that a law may allow; an action without a row in the matrix is denied.
CREATE TYPE escorts.capability AS ENUM
    ('directory.listing', 'directory.ungated', 'booking.request', 'agency.link');

CREATE TABLE escorts.cities (
    slug text PRIMARY KEY CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text NOT NULL,
    country char(2) NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    -- ISO 3166-2, only where the region has a law of its own; otherwise empty.
    region text NOT NULL DEFAULT '' CHECK (region = '' OR region ~ '^[A-Z]{2}-[A-Z0-9]{1,3}$'),
    zone text NOT NULL,
    currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    CONSTRAINT city_has_one_zone UNIQUE (slug, zone)
);

CREATE TABLE escorts.jurisdictions (
    country char(2) NOT NULL,
    region text NOT NULL DEFAULT '',
    capability escorts.capability NOT NULL,
    allowed boolean NOT NULL,
    basis text NOT NULL,
    PRIMARY KEY (country, region, capability)
);

-- Versions of the statement that providers agree to. From effective_at on, older versions are no longer valid.
CREATE TABLE escorts.consents (
    version integer PRIMARY KEY,
    body text NOT NULL,
    effective_at timestamptz NOT NULL
);

-- Profiles

CREATE TYPE escorts.profile_status AS ENUM ('active', 'inactive', 'suspended');
CREATE TYPE escorts.venue AS ENUM ('incall', 'outcall');

CREATE TABLE escorts.profiles (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    slug text NOT NULL UNIQUE,
    name text NOT NULL CHECK (char_length(name) BETWEEN 2 AND 100),
    city text NOT NULL REFERENCES escorts.cities,
    bio text NOT NULL DEFAULT '' CHECK (char_length(bio) <= 1000),
    height_cm smallint CHECK (height_cm BETWEEN 100 AND 250),
    weight_kg smallint CHECK (weight_kg BETWEEN 30 AND 250),
    measurements text CHECK (char_length(measurements) <= 50),
    hair_color text CHECK (char_length(hair_color) <= 50),
    eye_color text CHECK (char_length(eye_color) <= 50),
    ethnicity text CHECK (char_length(ethnicity) <= 100),
    languages text[] NOT NULL DEFAULT '{}',
    services text[] NOT NULL DEFAULT '{}',
    -- Written by the future subscriptions and reviews. A profile without reviews has rating NULL, not zero.
    featured boolean NOT NULL DEFAULT false,
    rating numeric(3, 2) CHECK (rating BETWEEN 1 AND 5),
    review_count integer NOT NULL DEFAULT 0 CHECK (review_count >= 0),
    status escorts.profile_status NOT NULL DEFAULT 'inactive',
    hidden boolean NOT NULL DEFAULT false,
    suspended_from escorts.profile_status,
    suspension_reason text,
    consent_version integer REFERENCES escorts.consents,
    consent_at timestamptz,
    birth_date_sealed bytea,
    age smallint CHECK (age >= 18),
    age_checked_on date NOT NULL,
    over18 boolean NOT NULL CHECK (over18),
    over18_attested_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    closed_at timestamptz,
    CONSTRAINT rating_requires_reviews CHECK ((rating IS NULL) = (review_count = 0)),
    CONSTRAINT consent_is_dated CHECK ((consent_version IS NULL) = (consent_at IS NULL)),
    CONSTRAINT active_means_consent CHECK (status <> 'active' OR consent_version IS NOT NULL),
    CONSTRAINT suspension_is_explained CHECK (
        (status = 'suspended') = (suspended_from IS NOT NULL)
        AND (status = 'suspended') = (suspension_reason IS NOT NULL)
        AND suspended_from IS DISTINCT FROM 'suspended'),
    CONSTRAINT age_known_while_open CHECK (
        closed_at IS NOT NULL OR (birth_date_sealed IS NOT NULL AND age IS NOT NULL)),
    CONSTRAINT closed_is_never_active CHECK (closed_at IS NULL OR status <> 'active')
);
-- After closing a profile the account may create another one; the closed row stays as evidence.
CREATE UNIQUE INDEX one_open_profile_per_user ON escorts.profiles (user_id) WHERE closed_at IS NULL;
CREATE INDEX profiles_closed_of_user ON escorts.profiles (user_id) WHERE closed_at IS NOT NULL;
CREATE INDEX profiles_listed_by_city ON escorts.profiles (city, id DESC)
    WHERE status = 'active' AND NOT hidden;
CREATE INDEX profiles_listed ON escorts.profiles (id DESC) WHERE status = 'active' AND NOT hidden;
CREATE INDEX profiles_age_due ON escorts.profiles (age_checked_on, id) WHERE closed_at IS NULL;

-- Current and former slugs of all profiles: one primary key, so that two profiles cannot claim the same slug.
CREATE TABLE escorts.slugs (
    slug text PRIMARY KEY CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 60),
    profile_id uuid NOT NULL REFERENCES escorts.profiles DEFERRABLE INITIALLY DEFERRED,
    claimed_at timestamptz NOT NULL,
    UNIQUE (profile_id, slug)
);
ALTER TABLE escorts.profiles ADD CONSTRAINT slug_is_claimed
    FOREIGN KEY (id, slug) REFERENCES escorts.slugs (profile_id, slug);

CREATE TABLE escorts.rates (
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    position smallint NOT NULL,
    service text NOT NULL,
    duration_minutes integer NOT NULL CHECK (duration_minutes BETWEEN 30 AND 20160),
    amount bigint NOT NULL CHECK (amount > 0),
    currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    venue escorts.venue NOT NULL,
    PRIMARY KEY (profile_id, position),
    UNIQUE (profile_id, service, duration_minutes, venue, currency)
);

-- A point is optional and rounded before the insert: an exact position is never stored.
CREATE TABLE escorts.locations (
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    position smallint NOT NULL,
    place text NOT NULL CHECK (char_length(place) BETWEEN 1 AND 100),
    latitude numeric(4, 2) CHECK (latitude BETWEEN -90 AND 90),
    longitude numeric(5, 2) CHECK (longitude BETWEEN -180 AND 180),
    PRIMARY KEY (profile_id, position),
    CONSTRAINT point_is_whole CHECK ((latitude IS NULL) = (longitude IS NULL))
);

CREATE TYPE escorts.theme AS ENUM ('house', 'harbour', 'garden', 'ember', 'slate');
CREATE TYPE escorts.layout AS ENUM ('portrait', 'letter', 'banner');

-- In a table of its own: the appearance is not verified by staff and does not change the profile's version.
-- A profile without a row has the platform defaults.
CREATE TABLE escorts.appearances (
    profile_id uuid PRIMARY KEY REFERENCES escorts.profiles,
    theme escorts.theme NOT NULL,
    layout escorts.layout NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Last activity of owners, in a table of its own: it changes often and is not searched.
CREATE TABLE escorts.activity (
    profile_id uuid PRIMARY KEY REFERENCES escorts.profiles,
    last_active_at timestamptz NOT NULL,
    warned_at timestamptz
);
CREATE INDEX activity_idle ON escorts.activity (last_active_at);

-- Verification and moderation

CREATE TYPE escorts.verification_status AS ENUM
    ('pending', 'in_review', 'verified', 'rejected', 'expired', 'revoked');

CREATE TABLE escorts.verifications (
    id uuid PRIMARY KEY,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    status escorts.verification_status NOT NULL DEFAULT 'pending',
    submitted_at timestamptz NOT NULL,
    document_checked_at timestamptz,
    liveness_checked_at timestamptz,
    decided_at timestamptz,
    decided_by uuid,
    expires_at timestamptz,
    ended_at timestamptz,
    reason text CHECK (char_length(reason) BETWEEN 1 AND 500),
    CONSTRAINT verified_means_checked CHECK (
        status <> 'verified'
        OR (document_checked_at IS NOT NULL AND liveness_checked_at IS NOT NULL
            AND decided_at IS NOT NULL AND decided_by IS NOT NULL AND expires_at IS NOT NULL
            AND greatest(document_checked_at, liveness_checked_at) <= decided_at
            AND expires_at > decided_at
            AND expires_at <= least(document_checked_at, liveness_checked_at)
                              + interval '365 days')),
    CONSTRAINT refusal_is_explained CHECK (
        status NOT IN ('rejected', 'revoked') OR reason IS NOT NULL)
);
CREATE UNIQUE INDEX one_open_verification ON escorts.verifications (profile_id)
    WHERE status IN ('pending', 'in_review');
CREATE UNIQUE INDEX one_verified_verification ON escorts.verifications (profile_id)
    WHERE status = 'verified';
CREATE INDEX verifications_by_profile ON escorts.verifications (profile_id, submitted_at DESC);
CREATE INDEX verifications_queue ON escorts.verifications (id)
    WHERE status IN ('pending', 'in_review');
CREATE INDEX verifications_due ON escorts.verifications (expires_at) WHERE status = 'verified';

CREATE TYPE escorts.term_action AS ENUM ('refuse', 'review');

-- Terms that a profile must not use, and terms that a moderator reviews. In the form that
-- domain/blocked_terms.py compares: small plain letters and digits, words separated by one space.
-- Changed by a migration or by the operator; the product only reads the table.
CREATE TABLE escorts.blocked_terms (
    term text PRIMARY KEY CHECK (term ~ '^[a-z0-9]+( [a-z0-9]+)*$' AND length(term) BETWEEN 4 AND 60),
    reason text NOT NULL CHECK (reason IN ('minors', 'coercion', 'third-party')),
    action escorts.term_action NOT NULL
);

-- Changed: the term is no longer in the text, so no decision is needed.
CREATE TYPE escorts.text_outcome AS ENUM ('allowed', 'refused', 'changed');

-- Reviews by a moderator. The text itself stays in the profile; the row stores only field and term.
CREATE TABLE escorts.text_reviews (
    id uuid PRIMARY KEY,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    field text NOT NULL,
    term text NOT NULL,
    reason text NOT NULL,
    noted_at timestamptz NOT NULL,
    reviewed_at timestamptz,
    reviewed_by uuid,
    outcome escorts.text_outcome,
    -- Reason of a refusal, for the owner.
    explanation text CHECK (char_length(explanation) BETWEEN 1 AND 500),
    -- SHA-256 of each reviewed text: the decision applies to exactly these texts.
    digests bytea[] NOT NULL DEFAULT '{}',
    -- End of a refusal: the text has changed, or there is a newer decision.
    ended_at timestamptz,
    CONSTRAINT reviewed_at_with_reviewer CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL)),
    CONSTRAINT reviewed_means_outcome CHECK ((reviewed_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT text_refusal_is_explained CHECK (
        outcome IS DISTINCT FROM 'refused' OR explanation IS NOT NULL),
    CONSTRAINT refusals_end CHECK (ended_at IS NULL OR outcome = 'refused')
);
CREATE UNIQUE INDEX one_open_text_review ON escorts.text_reviews (profile_id, field, term)
    WHERE reviewed_at IS NULL;
CREATE INDEX text_reviews_pending ON escorts.text_reviews (noted_at) WHERE reviewed_at IS NULL;
CREATE INDEX text_refusals_active ON escorts.text_reviews (profile_id)
    WHERE outcome = 'refused' AND ended_at IS NULL;
CREATE INDEX text_reviews_of_profile ON escorts.text_reviews (profile_id);

-- Actions of staff, append-only.
CREATE TABLE escorts.audit_log (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    actor uuid NOT NULL,
    action text NOT NULL,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    verification_id uuid REFERENCES escorts.verifications,
    reason text,
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_by_profile ON escorts.audit_log (profile_id, at DESC);

CREATE FUNCTION escorts.forbid_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON escorts.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION escorts.forbid_update();

-- Schedule: weekly hours, exceptions, tours, "available now"

-- The first instant at which the clock of a zone shows a local time. A skipped time is moved forward by
-- as much as the clock; of two occurrences PostgreSQL takes the second, so check whether the zone's
-- offset of the day before gives an earlier one (kit/local_time.py computes the same in Python).
-- Not repeatable, since the periods of tours are stored with it.
CREATE FUNCTION escorts.first_instant(wall timestamp, zone text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    late timestamp := wall AT TIME ZONE zone AT TIME ZONE 'UTC';
    day_before timestamp := late - interval '24 hours';
    early timestamp := wall - (day_before AT TIME ZONE 'UTC' AT TIME ZONE zone - day_before);
BEGIN
    IF early < late AND early AT TIME ZONE 'UTC' AT TIME ZONE zone = wall THEN
        RETURN early AT TIME ZONE 'UTC';
    END IF;
    RETURN late AT TIME ZONE 'UTC';
END
$$;

-- Local times in the city's zone. An end at or before the start is on the next day.
CREATE TABLE escorts.availability (
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    starts time(0) NOT NULL,
    ends time(0) NOT NULL,
    PRIMARY KEY (profile_id, weekday, starts)
);

-- Exceptions from the weekly hours. The zone is the one in which dates and times were entered.
CREATE TABLE escorts.availability_exceptions (
    id uuid PRIMARY KEY,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    is_open boolean NOT NULL,
    period tstzrange NOT NULL CHECK (
        NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period)
        AND upper(period) - lower(period) <= interval '366 days'),
    zone text NOT NULL,
    note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 200),
    CONSTRAINT exceptions_do_not_overlap EXCLUDE USING gist (profile_id WITH =, period WITH &&)
);

-- Tours, from the start of the first day to the end of the last one, in the local time of the city.
CREATE TABLE escorts.tours (
    id uuid PRIMARY KEY,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    city text NOT NULL,
    zone text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    at_home boolean NOT NULL,
    note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 200),
    period tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(
        escorts.first_instant(first_day + time '00:00', zone),
        escorts.first_instant(last_day + 1 + time '00:00', zone))) STORED,
    CONSTRAINT tours_are_short CHECK (last_day - first_day BETWEEN 0 AND 89),
    CONSTRAINT tours_do_not_overlap EXCLUDE USING gist (profile_id WITH =, period WITH &&),
    FOREIGN KEY (city, zone) REFERENCES escorts.cities (slug, zone) ON UPDATE CASCADE
);
CREATE INDEX tours_by_city ON escorts.tours USING gist (city, period);

-- A tour without rows has the weekly hours, in the local time of the city.
CREATE TABLE escorts.tour_hours (
    tour_id uuid NOT NULL REFERENCES escorts.tours ON DELETE CASCADE,
    weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    starts time(0) NOT NULL,
    ends time(0) NOT NULL,
    PRIMARY KEY (tour_id, weekday, starts)
);

-- Expires by itself: the provider does not have to end it.
CREATE TABLE escorts.available_now (
    profile_id uuid PRIMARY KEY REFERENCES escorts.profiles,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    CONSTRAINT now_is_short CHECK (until > since AND until <= since + interval '12 hours')
);

-- Search index
-- A narrow row per listed profile and city, updated in the transaction that changes the profile. It only selects
-- candidates: results are checked against escorts.public_profiles_v1 again.

-- Vocabulary of facets: the bit of each value in its mask. Assigned bits never change.
CREATE TABLE escorts.facet_values (
    kind text NOT NULL CHECK (kind IN ('service', 'language', 'ethnicity', 'venue')),
    key text NOT NULL,
    bit smallint NOT NULL CHECK (bit BETWEEN 0 AND 62),
    PRIMARY KEY (kind, key),
    UNIQUE (kind, bit)
);

-- Slot of a profile in the ranking circle of its city and tier. It is assigned once: pausing a
-- profile, or removing and restoring a text, does not assign a new one.
CREATE TABLE escorts.ranking_slots (
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    city text NOT NULL REFERENCES escorts.cities,
    tier smallint NOT NULL,
    slot integer NOT NULL,
    PRIMARY KEY (profile_id, city, tier)
);
CREATE INDEX ranking_slots_last ON escorts.ranking_slots (city, tier, slot);

-- Columns in the order of the view escorts.searchable_profiles, from which whole rows are inserted. A provider on tour
-- has a row per city, with the periods for which it applies. Rows do not become wrong as time passes.
CREATE TABLE escorts.profile_search (
    profile_id uuid REFERENCES escorts.profiles,
    city text NOT NULL,
    grid_cell integer NOT NULL,
    tier smallint NOT NULL,
    slot_position integer NOT NULL,
    latitude_e2 smallint NOT NULL,
    longitude_e2 smallint NOT NULL,
    price_from integer,
    currency text,
    age smallint NOT NULL,
    rating numeric(3, 2),
    review_count integer NOT NULL,
    featured boolean NOT NULL,
    services bigint NOT NULL,
    languages bigint NOT NULL,
    ethnicities bigint NOT NULL,
    venues smallint NOT NULL,
    -- Minutes since Monday 00:00, local time; hours beyond the end of the week wrap around.
    weekly_minutes int4multirange NOT NULL,
    -- Whether availability depends on more than the weekly hours.
    has_exceptions boolean NOT NULL,
    created_at timestamptz NOT NULL,
    public_until timestamptz NOT NULL,
    -- End of the time in which the profile counts as recently active; NULL if it is over.
    active_until timestamptz,
    name_normalized text NOT NULL,
    is_touring boolean NOT NULL DEFAULT false,
    -- Periods of presence in the city; NULL means always.
    present_during tstzmultirange,
    PRIMARY KEY (profile_id, city)
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.01,
        autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX profile_search_by_city ON escorts.profile_search (city, tier, slot_position, profile_id)
    INCLUDE (latitude_e2, longitude_e2, price_from, currency, age, rating, featured, services,
             languages, ethnicities, venues, weekly_minutes, has_exceptions, public_until,
             is_touring, present_during);
CREATE INDEX profile_search_by_grid_cell ON escorts.profile_search (grid_cell, tier, slot_position, profile_id)
    INCLUDE (city, latitude_e2, longitude_e2, price_from, currency, age, rating, featured, services,
             languages, ethnicities, venues, weekly_minutes, has_exceptions, public_until,
             is_touring, present_during);
CREATE INDEX profile_search_by_price
    ON escorts.profile_search (city, currency, price_from, profile_id);
CREATE INDEX profile_search_by_rating ON escorts.profile_search (city, rating, profile_id);
CREATE INDEX profile_search_by_name ON escorts.profile_search (city, name_normalized, profile_id);
CREATE INDEX profile_search_by_created_at
    ON escorts.profile_search (city, created_at, profile_id);
CREATE INDEX profile_search_name_similarity
    ON escorts.profile_search USING gin (name_normalized public.gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX profile_search_active_until ON escorts.profile_search (active_until)
    WHERE active_until IS NOT NULL;

-- Words of name and bio, with the cities as additional words (#berlin), so that a search in a city
-- reads the postings of that city only.
CREATE TABLE escorts.profile_search_text (
    profile_id uuid PRIMARY KEY REFERENCES escorts.profiles,
    document tsvector NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);
CREATE INDEX profile_search_text_words
    ON escorts.profile_search_text USING gin (document) WITH (fastupdate = off);

-- First listing of a profile in a city. Being listed again, or a rebuild of the index, does not count.
CREATE TABLE escorts.new_listings (
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    city text NOT NULL REFERENCES escorts.cities,
    listed_at timestamptz NOT NULL,
    PRIMARY KEY (profile_id, city)
);
CREATE INDEX new_listings_newest ON escorts.new_listings (listed_at);
CREATE INDEX new_listings_by_city ON escorts.new_listings (city, listed_at);

-- Saved items
-- Favourites and saved searches of clients, with daily notifications. Providers cannot see either:
-- no query for providers reads these tables, and no event contains them.

CREATE TABLE escorts.favourites (
    user_id uuid NOT NULL,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, profile_id)
);
CREATE INDEX favourites_newest ON escorts.favourites (user_id, added_at DESC, profile_id DESC);
CREATE INDEX favourites_of_profile ON escorts.favourites (profile_id);

CREATE TABLE escorts.saved_searches (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    -- Query parameters in the spelling of the API; the schema of the search parses them each time.
    query jsonb NOT NULL CHECK (jsonb_typeof(query) = 'object'),
    -- Time zone of the city, or UTC; applies if the client has chosen no time zone.
    time_zone text NOT NULL,
    -- When the client agreed to mails about this search; NULL without consent or after withdrawal.
    mail_consent_at timestamptz,
    -- Secret of the unsubscribe link in each mail; it stops the mails without signing in.
    unsubscribe_token text NOT NULL UNIQUE CHECK (unsubscribe_token ~ '^[A-Za-z0-9_-]{43}$'),
    -- Profiles listed before this time are not new.
    since timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX saved_searches_of_user ON escorts.saved_searches (user_id, created_at, id);
CREATE INDEX saved_searches_due ON escorts.saved_searches (due_at, id)
    WHERE mail_consent_at IS NOT NULL;

-- Profiles of which a search has notified its owner, each once. `event_id` is the notification event.
CREATE TABLE escorts.saved_search_matches (
    saved_search_id uuid NOT NULL REFERENCES escorts.saved_searches ON DELETE CASCADE,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    event_id uuid NOT NULL,
    matched_at timestamptz NOT NULL,
    PRIMARY KEY (saved_search_id, profile_id)
);
CREATE INDEX saved_search_matches_by_event ON escorts.saved_search_matches (event_id);

-- View counts
-- Absolute numbers per day, written by the hourly roll-up. They are apart from the profile and its search row, which
-- must not change with every visitor.

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

-- Roles and grants
-- Visitors and clients call one function, providers and staff another, each with a database role of its own.
-- escorts_public owns no row and cannot log in: public reads switch to this role, so that a query around the
-- visibility view fails on a missing privilege instead of leaking a profile.

SELECT app.ensure_role('escorts_web');
SELECT app.ensure_role('escorts_dashboard');
SELECT app.ensure_role('escorts_consumer');
SELECT app.ensure_role('escorts_scheduled');
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'escorts_public') THEN
        CREATE ROLE escorts_public NOLOGIN;
    END IF;
END
$$;
-- The nightly job and the dashboard read public profiles in the role of the public, too.
GRANT escorts_public TO escorts_web, escorts_dashboard, escorts_scheduled WITH INHERIT FALSE, SET TRUE;
GRANT USAGE ON SCHEMA app TO escorts_public;
GRANT EXECUTE ON FUNCTION app.now() TO escorts_public;
GRANT USAGE ON SCHEMA escorts
    TO escorts_public, escorts_web, escorts_dashboard, escorts_consumer, escorts_scheduled;

GRANT SELECT ON escorts.cities, escorts.profile_search, escorts.profile_search_text, escorts.facet_values
    TO escorts_public;

-- For the age gate, and for view counts: views by the owner are not counted.
GRANT SELECT ON escorts.jurisdictions TO escorts_web;
GRANT SELECT (id, user_id) ON escorts.profiles TO escorts_web;
GRANT SELECT, INSERT, DELETE ON escorts.favourites TO escorts_web;
GRANT SELECT, INSERT, DELETE,
    UPDATE (name, query, time_zone, mail_consent_at, since, due_at, updated_at)
    ON escorts.saved_searches TO escorts_web;
GRANT SELECT, DELETE ON escorts.saved_search_matches TO escorts_web;

GRANT SELECT ON escorts.cities, escorts.jurisdictions, escorts.consents, escorts.blocked_terms, escorts.profiles,
    escorts.slugs, escorts.rates, escorts.locations, escorts.availability, escorts.verifications, escorts.tours,
    escorts.availability_exceptions, escorts.available_now, escorts.activity, escorts.appearances,
    escorts.text_reviews, escorts.view_counts, escorts.view_totals, escorts.view_days TO escorts_dashboard;
GRANT INSERT ON escorts.profiles, escorts.slugs, escorts.rates, escorts.locations,
    escorts.availability, escorts.verifications, escorts.audit_log, escorts.tours,
    escorts.tour_hours, escorts.availability_exceptions, escorts.available_now,
    escorts.appearances, escorts.text_reviews TO escorts_dashboard;
GRANT UPDATE (slug, name, city, bio, height_cm, weight_kg, measurements, hair_color, eye_color,
    ethnicity, languages, services, status, hidden, suspended_from, suspension_reason,
    consent_version, consent_at, birth_date_sealed, age, age_checked_on, over18_attested_at,
    version, updated_at) ON escorts.profiles TO escorts_dashboard;
GRANT UPDATE ON escorts.verifications, escorts.available_now, escorts.activity,
    escorts.appearances TO escorts_dashboard;
GRANT UPDATE (reviewed_at, reviewed_by, outcome, explanation, digests, ended_at)
    ON escorts.text_reviews TO escorts_dashboard;
GRANT DELETE ON escorts.rates, escorts.locations, escorts.availability, escorts.tours,
    escorts.availability_exceptions, escorts.available_now TO escorts_dashboard;
-- For a new profile: whether the account's last one was closed while suspended.
GRANT SELECT (id, at, action, profile_id) ON escorts.audit_log TO escorts_dashboard;
SELECT outbox.grant_publisher('escorts_dashboard');

GRANT SELECT, UPDATE ON escorts.profiles, escorts.verifications TO escorts_consumer;
GRANT SELECT, INSERT, DELETE ON escorts.slugs TO escorts_consumer;
GRANT SELECT, DELETE ON escorts.rates, escorts.locations, escorts.availability, escorts.tours,
    escorts.availability_exceptions, escorts.available_now, escorts.activity, escorts.appearances,
    escorts.text_reviews, escorts.favourites, escorts.saved_searches, escorts.view_counts, escorts.view_totals
    TO escorts_consumer;
SELECT outbox.grant_publisher('escorts_consumer');
SELECT outbox.grant_consumer('escorts_consumer');

-- Jobs: check ages and verifications, hide inactive profiles, delete expired rows. The event ProfileDelisted carries
-- the slugs.
GRANT SELECT (id, user_id, status, hidden, birth_date_sealed, age, age_checked_on, version, closed_at),
    UPDATE (age, age_checked_on, hidden, version, updated_at) ON escorts.profiles TO escorts_scheduled;
GRANT SELECT ON escorts.slugs, escorts.verifications TO escorts_scheduled;
GRANT UPDATE (status, ended_at) ON escorts.verifications TO escorts_scheduled;
GRANT SELECT, UPDATE (warned_at) ON escorts.activity TO escorts_scheduled;
GRANT SELECT (profile_id, period), DELETE
    ON escorts.tours, escorts.availability_exceptions TO escorts_scheduled;
GRANT SELECT, DELETE ON escorts.available_now TO escorts_scheduled;
GRANT SELECT ON escorts.new_listings TO escorts_scheduled;
GRANT SELECT (id, user_id, query, time_zone, mail_consent_at, since, due_at), UPDATE (since, due_at)
    ON escorts.saved_searches TO escorts_scheduled;
GRANT SELECT, INSERT, DELETE ON escorts.saved_search_matches TO escorts_scheduled;
GRANT SELECT, INSERT, UPDATE, DELETE ON escorts.view_counts, escorts.view_days TO escorts_scheduled;
GRANT SELECT, INSERT, UPDATE ON escorts.view_totals TO escorts_scheduled;
SELECT outbox.grant_publisher('escorts_scheduled');

-- Reference data
-- The matrix of laws is an operator's reading, to be confirmed by counsel before a city goes live; an action
-- without a row is denied.

INSERT INTO escorts.cities (slug, name, country, region, zone, currency, latitude, longitude)
VALUES
    ('amsterdam', 'Amsterdam', 'NL', '', 'Europe/Amsterdam', 'EUR', 52.3728, 4.8936),
    ('auckland', 'Auckland', 'NZ', '', 'Pacific/Auckland', 'NZD', -36.8485, 174.7633),
    ('berlin', 'Berlin', 'DE', '', 'Europe/Berlin', 'EUR', 52.5200, 13.4050),
    ('brussels', 'Brussels', 'BE', '', 'Europe/Brussels', 'EUR', 50.8467, 4.3525),
    ('geneva', 'Geneva', 'CH', '', 'Europe/Zurich', 'CHF', 46.2044, 6.1432),
    ('hamburg', 'Hamburg', 'DE', '', 'Europe/Berlin', 'EUR', 53.5511, 9.9937),
    ('melbourne', 'Melbourne', 'AU', 'AU-VIC', 'Australia/Melbourne', 'AUD', -37.8136, 144.9631),
    ('munich', 'Munich', 'DE', '', 'Europe/Berlin', 'EUR', 48.1374, 11.5755),
    ('sydney', 'Sydney', 'AU', 'AU-NSW', 'Australia/Sydney', 'AUD', -33.8688, 151.2093),
    ('vienna', 'Vienna', 'AT', '', 'Europe/Vienna', 'EUR', 48.2082, 16.3738),
    ('wellington', 'Wellington', 'NZ', '', 'Pacific/Auckland', 'NZD', -41.2866, 174.7756),
    ('zurich', 'Zürich', 'CH', '', 'Europe/Zurich', 'CHF', 47.3769, 8.5417);

INSERT INTO escorts.jurisdictions (country, region, capability, allowed, basis)
SELECT place.country, place.region, able.capability, true, place.basis
FROM (VALUES
    ('AT', '', 'legal and regulated'),
    ('AU', 'AU-NSW', 'decriminalised'),
    ('AU', 'AU-VIC', 'decriminalised'),
    ('BE', '', 'decriminalised; own services may be advertised'),
    ('CH', '', 'legal and regulated by canton'),
    ('DE', '', 'legal and regulated'),
    ('NL', '', 'legal and regulated'),
    ('NZ', '', 'decriminalised')
) AS place (country, region, basis)
CROSS JOIN (VALUES
    ('directory.listing'::escorts.capability), ('booking.request')
) AS able (capability);

-- As for every capability, a country without a row is denied, so its visitors and those of an unknown
-- country see the age gate. The directory is text; review this before it shows photographs.
INSERT INTO escorts.jurisdictions (country, region, capability, allowed, basis)
VALUES
    ('AT', '', 'directory.ungated', true, 'no age check for what is not explicit'),
    ('BE', '', 'directory.ungated', true, 'no age check for what is not explicit'),
    ('CH', '', 'directory.ungated', true, 'no age check for what is not explicit'),
    ('DE', '', 'directory.ungated', true, 'no age check for what is not explicit'),
    ('NL', '', 'directory.ungated', true, 'no age check for what is not explicit'),
    ('NZ', '', 'directory.ungated', true, 'no age check for what is not explicit');

INSERT INTO escorts.consents (version, body, effective_at) VALUES (
    1,
    'I am 18 or older. I work on my own decision and for myself. What I write in my profile is '
    'mine to publish, and I want HelloMahi to show it to everybody. I can withdraw it at any time.',
    '2025-01-01T00:00:00Z'
);

INSERT INTO escorts.facet_values (kind, key, bit)
SELECT kind, key, position - 1
FROM (VALUES
    ('service', '{conversation,couples,culture,dance,dinner,event,intimacy,massage,overnight,sport,'
                'travel,video}'::text[]),
    ('language', '{ar,cs,da,de,el,en,es,fr,hi,hu,it,ja,ko,mi,nl,no,pl,pt,ro,ru,sv,th,tr,uk,vi,zh}'),
    ('ethnicity', '{african,arab,asian,black,caribbean,caucasian,european,indian,latina,maori,'
                  'mixed,pacific,persian,slavic,turkish}'),
    ('venue', '{incall,outcall}')
) AS vocabulary (kind, keys)
CROSS JOIN unnest(keys) WITH ORDINALITY AS word (key, position);

-- A short initial list: phrases without a harmless reading are refused; phrases with one ("nobody
-- under 18") go to a moderator. An operator adds the terms that their counsel and languages need.
INSERT INTO escorts.blocked_terms (term, reason, action) VALUES
    ('age play', 'minors', 'refuse'),
    ('barely legal', 'minors', 'refuse'),
    ('jailbait', 'minors', 'refuse'),
    ('lolita', 'minors', 'refuse'),
    ('preteen', 'minors', 'refuse'),
    ('school girl', 'minors', 'refuse'),
    ('teen', 'minors', 'refuse'),
    ('teenager', 'minors', 'refuse'),
    ('15 years old', 'minors', 'refuse'),
    ('16 years old', 'minors', 'refuse'),
    ('17 years old', 'minors', 'refuse'),
    ('15 yo', 'minors', 'refuse'),
    ('16 yo', 'minors', 'refuse'),
    ('17 yo', 'minors', 'refuse'),
    ('minor', 'minors', 'review'),
    ('under 18', 'minors', 'review'),
    ('underage', 'minors', 'review'),
    ('against her will', 'coercion', 'refuse'),
    ('cannot say no', 'coercion', 'refuse'),
    ('forced to work', 'coercion', 'refuse'),
    ('not allowed to refuse', 'coercion', 'refuse'),
    ('fresh meat', 'coercion', 'review'),
    ('new girls every week', 'coercion', 'review'),
    ('no passport', 'coercion', 'review'),
    ('my pimp', 'third-party', 'refuse'),
    ('ask for my boss', 'third-party', 'review'),
    ('call my agent', 'third-party', 'review'),
    ('call my manager', 'third-party', 'review'),
    ('he will answer', 'third-party', 'review');
