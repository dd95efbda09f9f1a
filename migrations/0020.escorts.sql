-- Companion profiles, their verification, and the visibility view between profiles and the public.
-- depends: 0001.platform 0010.auth

CREATE SCHEMA escorts;

CREATE TYPE escorts.profile_status AS ENUM ('active', 'inactive', 'suspended');
CREATE TYPE escorts.verification_status AS ENUM
    ('pending', 'in_review', 'verified', 'rejected', 'expired', 'revoked');
CREATE TYPE escorts.venue AS ENUM ('incall', 'outcall');
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
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180)
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

CREATE TABLE escorts.profiles (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT one_profile_per_user UNIQUE,
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

-- Local times in the city's zone. An end at or before the start is on the next day.
CREATE TABLE escorts.availability (
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    starts time(0) NOT NULL,
    ends time(0) NOT NULL,
    PRIMARY KEY (profile_id, weekday, starts)
);

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

-- Allowed actions per city: the region's row if there is one, else the country's, else denied.
CREATE VIEW escorts.city_capabilities_v1 AS
SELECT c.slug AS city, k.capability
FROM escorts.cities c
CROSS JOIN unnest(enum_range(NULL::escorts.capability)) AS k (capability)
WHERE coalesce(
    (SELECT j.allowed FROM escorts.jurisdictions j
     WHERE j.country = c.country AND j.region = c.region AND j.capability = k.capability),
    (SELECT j.allowed FROM escorts.jurisdictions j
     WHERE j.country = c.country AND j.region = '' AND j.capability = k.capability),
    false);

-- Profiles in any state with rates, locations and hours, for owners and staff.
CREATE VIEW escorts.profile_records AS
SELECT p.*, c.name AS city_name, c.country, c.zone,
    coalesce((SELECT jsonb_agg(jsonb_build_object(
        'service', r.service, 'durationMinutes', r.duration_minutes, 'amount', r.amount,
        'currency', r.currency, 'venue', r.venue) ORDER BY r.position)
        FROM escorts.rates r WHERE r.profile_id = p.id), '[]') AS rates,
    coalesce((SELECT jsonb_agg(jsonb_build_object(
        'place', l.place, 'latitude', l.latitude, 'longitude', l.longitude) ORDER BY l.position)
        FROM escorts.locations l WHERE l.profile_id = p.id), '[]') AS locations,
    coalesce((SELECT jsonb_agg(jsonb_build_object(
        'weekday', a.weekday, 'start', to_char(a.starts, 'HH24:MI'),
        'end', to_char(a.ends, 'HH24:MI')) ORDER BY a.weekday, a.starts)
        FROM escorts.availability a WHERE a.profile_id = p.id), '[]') AS availability
FROM escorts.profiles p
JOIN escorts.cities c ON c.slug = p.city;

-- The visibility view: all readers except the owner and staff read profiles through this view.
-- Every condition is evaluated now, so an expiry needs no job to take effect. Time-dependent conditions
-- stand in one CASE: PostgreSQL would estimate each separate comparison as rarely true, expect no rows
-- at all, and sort a whole city for one page.
CREATE VIEW escorts.public_profiles_v1 AS
SELECT p.id, p.slug, p.name, p.age, p.city, p.city_name, p.country, p.zone, p.bio,
    p.height_cm, p.weight_kg, p.measurements, p.hair_color, p.eye_color, p.ethnicity,
    p.languages, p.services, p.rates, p.locations, p.availability,
    v.decided_at AS verified_at, p.updated_at
FROM escorts.profile_records p
JOIN escorts.verifications v ON v.profile_id = p.id AND v.status = 'verified'
JOIN auth.accounts_v1 a ON a.user_id = p.user_id AND a.status = 'active'
WHERE p.status = 'active'
    AND NOT p.hidden
    AND p.closed_at IS NULL
    AND p.city IN (SELECT k.city FROM escorts.city_capabilities_v1 k
                   WHERE k.capability = 'directory.listing')
    AND CASE
        WHEN p.consent_version >= (SELECT max(s.version) FROM escorts.consents s
                                   WHERE s.effective_at <= app.now())
            AND v.document_checked_at <= (SELECT app.now())
            AND v.document_checked_at > (SELECT app.now()) - interval '365 days'
            AND v.liveness_checked_at <= (SELECT app.now())
            AND v.liveness_checked_at > (SELECT app.now()) - interval '365 days'
            AND v.decided_at <= (SELECT app.now())
            AND v.expires_at > (SELECT app.now())
        THEN true
        ELSE false
    END;

-- Current and former slugs of public profiles, with the slug to redirect to.
CREATE VIEW escorts.public_slugs_v1 AS
SELECT s.slug, p.slug AS current_slug, p.id AS profile_id
FROM escorts.slugs s
JOIN escorts.public_profiles_v1 p ON p.id = s.profile_id;

-- Grants. escorts_public owns no row and cannot log in: public reads switch to this role, so that a
-- query around the view fails on a missing privilege instead of leaking a profile.
SELECT app.ensure_role('escorts_web');
SELECT app.ensure_role('escorts_consumer');
SELECT app.ensure_role('escorts_scheduled');
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'escorts_public') THEN
        CREATE ROLE escorts_public NOLOGIN;
    END IF;
END
$$;
GRANT escorts_public TO escorts_web WITH INHERIT FALSE, SET TRUE;
GRANT USAGE ON SCHEMA app TO escorts_public;
GRANT EXECUTE ON FUNCTION app.now() TO escorts_public;
GRANT USAGE ON SCHEMA escorts
    TO escorts_public, escorts_web, escorts_consumer, escorts_scheduled;

GRANT SELECT ON escorts.public_profiles_v1, escorts.public_slugs_v1,
    escorts.city_capabilities_v1, escorts.cities TO escorts_public;

GRANT SELECT ON ALL TABLES IN SCHEMA escorts TO escorts_web;
GRANT INSERT ON escorts.profiles, escorts.slugs, escorts.rates, escorts.locations,
    escorts.availability, escorts.verifications, escorts.audit_log TO escorts_web;
GRANT UPDATE (slug, name, city, bio, height_cm, weight_kg, measurements, hair_color, eye_color,
    ethnicity, languages, services, status, hidden, suspended_from, suspension_reason,
    consent_version, consent_at, birth_date_sealed, age, age_checked_on, over18_attested_at,
    version, updated_at) ON escorts.profiles TO escorts_web;
GRANT UPDATE ON escorts.verifications TO escorts_web;
GRANT DELETE ON escorts.rates, escorts.locations, escorts.availability TO escorts_web;
GRANT USAGE ON SCHEMA auth TO escorts_web;
GRANT SELECT ON auth.accounts_v1 TO escorts_web;
SELECT outbox.grant_publisher('escorts_web');

GRANT SELECT, UPDATE ON escorts.profiles, escorts.verifications TO escorts_consumer;
GRANT SELECT, INSERT, DELETE ON escorts.slugs TO escorts_consumer;
GRANT SELECT, DELETE ON escorts.rates, escorts.locations, escorts.availability
    TO escorts_consumer;
SELECT outbox.grant_publisher('escorts_consumer');
SELECT outbox.grant_consumer('escorts_consumer');

GRANT SELECT (id, birth_date_sealed, age, age_checked_on, closed_at),
    UPDATE (age, age_checked_on) ON escorts.profiles TO escorts_scheduled;
GRANT SELECT ON escorts.verifications TO escorts_scheduled;
GRANT UPDATE (status, ended_at) ON escorts.verifications TO escorts_scheduled;
SELECT outbox.grant_publisher('escorts_scheduled');
