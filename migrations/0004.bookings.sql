-- Bookings: client, provider, period and price, without overlaps.
-- depends: 0003.escorts

CREATE SCHEMA bookings;

CREATE TYPE bookings.status AS ENUM ('requested', 'accepted', 'confirmed', 'completed', 'no_show',
    'declined', 'expired', 'cancelled', 'rescheduled');
CREATE TYPE bookings.venue AS ENUM ('incall', 'outcall', 'travel');
CREATE TYPE bookings.actor AS ENUM ('client', 'provider', 'staff', 'system');
CREATE TYPE bookings.proposal_status AS ENUM
    ('open', 'accepted', 'refused', 'superseded', 'lapsed');
CREATE TYPE bookings.encrypted_field AS ENUM
    ('answers', 'message', 'special-requests', 'address', 'client-note', 'provider-note', 'reason');
CREATE TYPE bookings.timer AS ENUM ('request-expiry', 'deposit-expiry', 'reminder-72h',
    'reminder-24h', 'reminder-2h', 'auto-complete', 'delete-address');

-- Providers

-- One row per provider: booking settings, and the row lock that every change of the provider's
-- bookings takes first. The constraint below alone is correct, but deadlocks under load.
CREATE TABLE bookings.providers (
    profile_id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    -- 0 is the platform's default policy.
    policy_version integer NOT NULL DEFAULT 0 CHECK (policy_version >= 0),
    -- Incall address, encrypted; shown to clients from confirmation until the end of the meeting.
    address_sealed bytea,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX providers_by_user ON bookings.providers (user_id);

CREATE TABLE bookings.policies (
    profile_id uuid NOT NULL REFERENCES bookings.providers,
    version integer NOT NULL CHECK (version > 0),
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (profile_id, version)
);

-- Bookings

-- Bookings are evidence: nothing cascades, accounts are anonymised in auth.
CREATE TABLE bookings.bookings (
    id uuid PRIMARY KEY,
    profile_id uuid NOT NULL REFERENCES bookings.providers,
    provider_id uuid NOT NULL,
    client_id uuid NOT NULL,
    -- Name of the profile at the request, so that a hidden profile's new name stays unknown.
    profile_name text NOT NULL DEFAULT '',
    status bookings.status NOT NULL,
    period tstzrange NOT NULL,
    -- With the provider's buffers and travel time.
    buffered_period tstzrange NOT NULL,
    city text NOT NULL,
    time_zone text NOT NULL,
    venue bookings.venue NOT NULL,
    services text[] NOT NULL CHECK (cardinality(services) > 0),
    urgent boolean NOT NULL DEFAULT false,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- As shown at the request: lines of the price, and the policy.
    price jsonb NOT NULL,
    policy jsonb NOT NULL,
    deposit bigint NOT NULL CHECK (deposit BETWEEN 0 AND amount_minor),
    paid bigint NOT NULL DEFAULT 0 CHECK (paid >= 0),
    -- Part of `paid` that the provider received outside the platform, and returns the same way.
    paid_offline bigint NOT NULL DEFAULT 0,
    fee bigint CHECK (fee BETWEEN 0 AND amount_minor),
    refund bigint CHECK (refund >= 0),
    address_days smallint NOT NULL CHECK (address_days BETWEEN 1 AND 30),
    requested_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    deposit_due_at timestamptz,
    confirmed_at timestamptz,
    checked_in_at timestamptz,
    checked_out_at timestamptz,
    ended_at timestamptz,
    rescheduled_from uuid UNIQUE REFERENCES bookings.bookings,
    rescheduled_to uuid UNIQUE REFERENCES bookings.bookings DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT period_is_bounded CHECK (
        NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period)
        AND upper(period) - lower(period) BETWEEN interval '30 minutes' AND interval '14 days'),
    CONSTRAINT buffered_period_contains_period CHECK (
        buffered_period @> period AND lower_inc(buffered_period) AND NOT upper_inc(buffered_period)
        AND upper(buffered_period) - lower(buffered_period) <= interval '16 days'),
    CONSTRAINT client_is_not_provider CHECK (client_id <> provider_id),
    CONSTRAINT offline_not_above_paid CHECK (paid_offline BETWEEN 0 AND paid),
    CONSTRAINT accepted_has_deposit_due_at CHECK ((status = 'accepted') = (deposit_due_at IS NOT NULL)
        OR status IN ('expired', 'cancelled', 'rescheduled')),
    CONSTRAINT ended_has_ended_at CHECK (
        (status IN ('requested', 'accepted', 'confirmed')) = (ended_at IS NULL)),
    CONSTRAINT rescheduled_is_linked CHECK ((status = 'rescheduled') = (rescheduled_to IS NOT NULL)),
    CONSTRAINT no_overlapping_holds EXCLUDE USING gist (profile_id WITH =, buffered_period WITH &&)
        WHERE (status IN ('accepted', 'confirmed'))
);
CREATE INDEX bookings_of_provider ON bookings.bookings (provider_id, lower(period), id);
CREATE INDEX bookings_of_client ON bookings.bookings (client_id, lower(period), id);
-- Open bookings are few, ended ones grow without bound: inbox and upcoming lists read open ones only.
CREATE INDEX open_of_provider ON bookings.bookings (provider_id, lower(period), id)
    WHERE status IN ('requested', 'accepted', 'confirmed');
CREATE INDEX open_of_client ON bookings.bookings (client_id, lower(period), id)
    WHERE status IN ('requested', 'accepted', 'confirmed');
-- Staff's list of all bookings.
CREATE INDEX bookings_by_beginning ON bookings.bookings (lower(period), id);
CREATE INDEX requests_by_expiry ON bookings.bookings (profile_id, expires_at)
    WHERE status = 'requested';

CREATE TABLE bookings.booking_history (
    id uuid PRIMARY KEY,
    booking_id uuid NOT NULL REFERENCES bookings.bookings,
    at timestamptz NOT NULL,
    action text NOT NULL,
    actor bookings.actor NOT NULL,
    actor_id uuid,
    from_status bookings.status,
    to_status bookings.status NOT NULL
);
CREATE INDEX history_of_booking ON bookings.booking_history (booking_id, at, id);

CREATE FUNCTION bookings.forbid_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bookings.booking_history
    FOR EACH STATEMENT EXECUTE FUNCTION bookings.forbid_update();

CREATE TABLE bookings.proposals (
    id uuid PRIMARY KEY,
    booking_id uuid NOT NULL REFERENCES bookings.bookings,
    proposed_by bookings.actor NOT NULL CHECK (proposed_by IN ('client', 'provider')),
    period tstzrange NOT NULL CHECK (NOT isempty(period)),
    city text NOT NULL,
    time_zone text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency char(3) NOT NULL,
    price jsonb NOT NULL,
    status bookings.proposal_status NOT NULL DEFAULT 'open',
    made_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX one_open_proposal ON bookings.proposals (booking_id) WHERE status = 'open';
CREATE INDEX proposals_of_booking ON bookings.proposals (booking_id, made_at);

-- Encrypted texts, each bound to its booking and field. Reasons for declining and cancelling are among them.
CREATE TABLE bookings.encrypted_fields (
    booking_id uuid NOT NULL REFERENCES bookings.bookings,
    field bookings.encrypted_field NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (booking_id, field)
);

-- Messages and answers stay, addresses are deleted after days: few are stored at a time.
CREATE INDEX stored_addresses ON bookings.encrypted_fields (booking_id) WHERE field = 'address';

-- Done timers stay, so that restoring missing timers does not create them again.
CREATE TABLE bookings.timers (
    booking_id uuid NOT NULL REFERENCES bookings.bookings,
    kind bookings.timer NOT NULL,
    due_at timestamptz NOT NULL,
    done_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    PRIMARY KEY (booking_id, kind)
);
CREATE INDEX timers_due ON bookings.timers (due_at) WHERE done_at IS NULL;

CREATE TABLE bookings.idempotency_keys (
    user_id uuid NOT NULL,
    key text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 100),
    fingerprint bytea NOT NULL,
    booking_id uuid NOT NULL REFERENCES bookings.bookings DEFERRABLE INITIALLY DEFERRED,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_age ON bookings.idempotency_keys (created_at);

-- Waitlist and calendar feeds

CREATE TABLE bookings.waitlist (
    id uuid PRIMARY KEY,
    profile_id uuid NOT NULL REFERENCES bookings.providers,
    client_id uuid NOT NULL,
    requested_period tstzrange NOT NULL CHECK (NOT isempty(requested_period)
        AND upper(requested_period) - lower(requested_period) <= interval '14 days'),
    created_at timestamptz NOT NULL,
    notified_at timestamptz,
    UNIQUE (profile_id, client_id, requested_period)
);
CREATE INDEX waitlist_by_period ON bookings.waitlist USING gist (profile_id, requested_period);
CREATE INDEX waitlist_of_client ON bookings.waitlist (client_id, id);

-- Calendar feeds: the URL is a secret, so only the hash of its token is stored.
CREATE TABLE bookings.feeds (
    user_id uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);

-- Roles and grants

SELECT app.ensure_role('bookings_web');
SELECT app.ensure_role('bookings_consumer');
SELECT app.ensure_role('bookings_scheduled');
GRANT USAGE ON SCHEMA bookings TO bookings_web, bookings_consumer, bookings_scheduled;

-- Rights that every transition of a booking needs.
GRANT SELECT ON bookings.bookings, bookings.proposals, bookings.waitlist
    TO bookings_web, bookings_consumer, bookings_scheduled;
GRANT UPDATE (updated_at) ON bookings.providers TO bookings_consumer, bookings_scheduled;
GRANT UPDATE (status, paid, paid_offline, fee, refund, expires_at, deposit_due_at, confirmed_at,
    checked_in_at, checked_out_at, ended_at, rescheduled_to) ON bookings.bookings
    TO bookings_web, bookings_consumer, bookings_scheduled;
GRANT INSERT ON bookings.booking_history TO bookings_web, bookings_consumer, bookings_scheduled;
GRANT UPDATE (status) ON bookings.proposals TO bookings_web, bookings_consumer, bookings_scheduled;
GRANT SELECT, INSERT, DELETE, UPDATE (due_at, done_at, attempts) ON bookings.timers
    TO bookings_web, bookings_consumer, bookings_scheduled;
GRANT UPDATE (notified_at) ON bookings.waitlist TO bookings_web, bookings_consumer, bookings_scheduled;
GRANT SELECT (booking_id, field), DELETE ON bookings.encrypted_fields
    TO bookings_web, bookings_consumer, bookings_scheduled;

GRANT SELECT, INSERT, UPDATE (settings, policy_version, address_sealed, updated_at)
    ON bookings.providers TO bookings_web;
GRANT SELECT, INSERT ON bookings.policies TO bookings_web;
GRANT INSERT ON bookings.bookings, bookings.proposals TO bookings_web;
GRANT SELECT ON bookings.booking_history TO bookings_web;
GRANT SELECT, INSERT, UPDATE (sealed) ON bookings.encrypted_fields TO bookings_web;
GRANT SELECT, INSERT ON bookings.idempotency_keys TO bookings_web;
GRANT INSERT, DELETE ON bookings.waitlist TO bookings_web;
GRANT SELECT, INSERT, DELETE, UPDATE (token_hash, created_at) ON bookings.feeds TO bookings_web;

-- Background roles lock rows and delete addresses; they read neither addresses nor settings.
GRANT SELECT ON bookings.policies TO bookings_consumer, bookings_scheduled;
GRANT SELECT (profile_id, user_id) ON bookings.providers TO bookings_consumer;
GRANT SELECT (profile_id) ON bookings.providers TO bookings_scheduled;
GRANT SELECT (created_at), DELETE ON bookings.idempotency_keys TO bookings_scheduled;
GRANT DELETE ON bookings.waitlist TO bookings_scheduled;

-- A closed account: its feed, waitlist entries, incall address and reasons are deleted. The history names the author of
-- a reason, so that those of the other participant stay.
GRANT SELECT (user_id), DELETE ON bookings.feeds TO bookings_consumer;
GRANT DELETE ON bookings.waitlist TO bookings_consumer;
GRANT UPDATE (address_sealed) ON bookings.providers TO bookings_consumer;
GRANT SELECT (booking_id, actor_id, to_status) ON bookings.booking_history TO bookings_consumer;

SELECT outbox.grant_publisher('bookings_web');
SELECT outbox.grant_publisher('bookings_consumer');
SELECT outbox.grant_publisher('bookings_scheduled');
SELECT outbox.grant_consumer('bookings_consumer');
