-- The client book of each provider: what identifies anybody is in `encrypted_payload`, sealed by the vault; in clear is what a
-- forecast needs. Every table is hers alone, also for the one who owns the tables.
-- depends: 0032.escorts-room 0063.bookings-lists

CREATE SCHEMA crm;

CREATE TYPE crm.client_screening_status AS ENUM ('pending', 'approved', 'rejected', 'pending_references');
CREATE TYPE crm.screening_type AS ENUM ('references', 'job_validation', 'reference_sites', 'other');
CREATE TYPE crm.screening_result AS ENUM ('pending', 'verified', 'failed', 'expired');
CREATE TYPE crm.reference_status AS ENUM ('pending', 'positive', 'negative', 'neutral');
CREATE TYPE crm.communication_preference AS ENUM ('contact_ok', 'no_contact', 'area_notifications_only');
CREATE TYPE crm.client_source AS ENUM ('manual', 'booking', 'import');
CREATE TYPE crm.visit_type AS ENUM ('incall', 'outcall', 'overnight', 'travel');
CREATE TYPE crm.visit_status AS ENUM ('planned', 'completed', 'no_show', 'cancelled');
CREATE TYPE crm.rate_type AS ENUM ('hourly', 'fixed', 'overnight', 'travel');
CREATE TYPE crm.payment_method AS ENUM ('cash', 'card', 'crypto', 'other');
CREATE TYPE crm.payment_status AS ENUM ('pending', 'partial', 'paid', 'cancelled');
CREATE TYPE crm.communication_type AS ENUM ('email', 'sms', 'call', 'text_app');
CREATE TYPE crm.direction AS ENUM ('inbound', 'outbound');
CREATE TYPE crm.notification_channel AS ENUM ('email', 'sms', 'both');

-- Whose data a transaction sees; nobody's, where it was not said.
CREATE FUNCTION crm.current_provider_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('app.provider_id', true), '')::uuid
$$;

-- A row per book. Whether it is open or under a passphrase is said by its keys alone, which are not here.
CREATE TABLE crm.workspaces (
    provider_id uuid PRIMARY KEY,
    settings jsonb NOT NULL DEFAULT '{}',
    audit_length bigint NOT NULL DEFAULT 0,
    audit_hash bytea NOT NULL DEFAULT '\x',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE crm.clients (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    encrypted_payload bytea NOT NULL,
    key_version integer NOT NULL CHECK (key_version > 0),
    screening_status crm.client_screening_status NOT NULL DEFAULT 'pending',
    communication_preference crm.communication_preference NOT NULL DEFAULT 'contact_ok',
    source crm.client_source NOT NULL DEFAULT 'manual',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz,
    UNIQUE (provider_id, id)
);
CREATE INDEX clients_recent ON crm.clients (provider_id, updated_at DESC, id DESC);
CREATE INDEX clients_created ON crm.clients (provider_id, created_at DESC, id DESC);
CREATE INDEX clients_screening ON crm.clients (provider_id, screening_status, updated_at DESC, id DESC);
CREATE INDEX clients_generation ON crm.clients (provider_id, key_version, id);

-- Blind indexes: keyed hashes that show equality only to the holder of the key. Rows instead of arrays: behind
-- row-level security PostgreSQL uses no index whose operator could leak, and equality does not leak.
CREATE TABLE crm.client_search_tokens (
    provider_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('phone', 'email', 'name', 'tag', 'account', 'import')),
    blind_index bytea NOT NULL CHECK (octet_length(blind_index) = 16),
    client_id uuid NOT NULL,
    PRIMARY KEY (provider_id, kind, blind_index, client_id),
    FOREIGN KEY (provider_id, client_id) REFERENCES crm.clients (provider_id, id) ON DELETE CASCADE
);
CREATE INDEX client_search_tokens_of_client ON crm.client_search_tokens (provider_id, client_id);
-- An account, or an import key, belongs to one client.
CREATE UNIQUE INDEX client_search_tokens_once ON crm.client_search_tokens (provider_id, kind, blind_index)
    WHERE kind IN ('account', 'import');

CREATE TABLE crm.screenings (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL,
    client_id uuid NOT NULL,
    type crm.screening_type NOT NULL,
    status crm.screening_result NOT NULL DEFAULT 'pending',
    verified_at timestamptz,
    expires_at timestamptz,
    encrypted_payload bytea NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    FOREIGN KEY (provider_id, client_id) REFERENCES crm.clients (provider_id, id) ON DELETE CASCADE,
    CHECK ((verified_at IS NOT NULL) = (status IN ('verified', 'expired'))),
    CHECK (expires_at > verified_at)
);
CREATE INDEX screenings_of_client ON crm.screenings (provider_id, client_id, created_at DESC, id DESC);
CREATE INDEX screenings_recent ON crm.screenings (provider_id, created_at DESC, id DESC);
CREATE INDEX screenings_expiring ON crm.screenings (expires_at) WHERE status = 'verified';

-- Whom a client named: people who were never asked, and therefore kept short.
CREATE TABLE crm.client_references (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL,
    client_id uuid NOT NULL,
    status crm.reference_status NOT NULL DEFAULT 'pending',
    contacted_at timestamptz,
    encrypted_payload bytea NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    FOREIGN KEY (provider_id, client_id) REFERENCES crm.clients (provider_id, id) ON DELETE CASCADE
);
CREATE INDEX references_of_client ON crm.client_references (provider_id, client_id, created_at DESC, id DESC);
CREATE INDEX references_recent ON crm.client_references (provider_id, created_at DESC, id DESC);

CREATE TABLE crm.visits (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL,
    client_id uuid NOT NULL,
    booking_id uuid,
    starts_at timestamptz NOT NULL,
    time_zone text NOT NULL,
    duration_minutes integer NOT NULL CHECK (duration_minutes BETWEEN 1 AND 20160),
    type crm.visit_type NOT NULL,
    status crm.visit_status NOT NULL,
    rate_minor bigint CHECK (rate_minor >= 0),
    rate_type crm.rate_type NOT NULL DEFAULT 'fixed',
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    payment_method crm.payment_method,
    payment_status crm.payment_status NOT NULL DEFAULT 'pending',
    received_minor bigint NOT NULL DEFAULT 0 CHECK (received_minor >= 0),
    expenses_minor bigint NOT NULL DEFAULT 0 CHECK (expenses_minor >= 0),
    -- Nothing said is not a yes.
    would_see_again boolean,
    client_rating smallint CHECK (client_rating BETWEEN 1 AND 5),
    encrypted_payload bytea NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (provider_id, booking_id),
    FOREIGN KEY (provider_id, client_id) REFERENCES crm.clients (provider_id, id) ON DELETE CASCADE,
    CHECK (payment_status <> 'paid' OR received_minor > 0 OR coalesce(rate_minor, 0) = 0)
);
CREATE INDEX visits_of_client ON crm.visits (provider_id, client_id, starts_at DESC, id DESC);
CREATE INDEX visits_by_time ON crm.visits (provider_id, starts_at DESC, id DESC)
    INCLUDE (client_id, status, currency, received_minor, expenses_minor);

CREATE TABLE crm.communications (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL,
    client_id uuid NOT NULL,
    type crm.communication_type NOT NULL,
    direction crm.direction NOT NULL,
    happened_at timestamptz NOT NULL,
    encrypted_payload bytea NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    FOREIGN KEY (provider_id, client_id) REFERENCES crm.clients (provider_id, id) ON DELETE CASCADE
);
CREATE INDEX communications_of_client ON crm.communications (provider_id, client_id, happened_at DESC, id DESC);
CREATE INDEX communications_recent ON crm.communications (provider_id, happened_at DESC, id DESC);

-- Who wants to hear of which area. The one place of that consent: when it was given, and when taken back.
CREATE TABLE crm.area_subscriptions (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL,
    client_id uuid NOT NULL,
    area_token bytea NOT NULL CHECK (octet_length(area_token) = 16),
    channel crm.notification_channel NOT NULL DEFAULT 'email',
    consented_at timestamptz NOT NULL,
    unsubscribed_at timestamptz CHECK (unsubscribed_at >= consented_at),
    unsubscribe_hash bytea UNIQUE,
    encrypted_payload bytea NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    FOREIGN KEY (provider_id, client_id) REFERENCES crm.clients (provider_id, id) ON DELETE CASCADE
);
CREATE INDEX area_subscriptions_of_client ON crm.area_subscriptions (provider_id, client_id, created_at DESC, id DESC);
CREATE INDEX area_subscriptions_recent ON crm.area_subscriptions (provider_id, created_at DESC, id DESC);
CREATE INDEX area_subscriptions_area ON crm.area_subscriptions (provider_id, area_token)
    WHERE unsubscribed_at IS NULL;

CREATE TABLE crm.tasks (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    client_id uuid,
    key_version integer NOT NULL CHECK (key_version > 0),
    due_at timestamptz,
    done_at timestamptz,
    encrypted_payload bytea NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    FOREIGN KEY (provider_id, client_id) REFERENCES crm.clients (provider_id, id) ON DELETE CASCADE
);
CREATE INDEX tasks_open ON crm.tasks (provider_id, due_at, id) WHERE done_at IS NULL;
CREATE INDEX tasks_of_client ON crm.tasks (provider_id, client_id, created_at DESC, id DESC);

-- Two clients that were one: what the one was that went, under the key of the one that stayed.
CREATE TABLE crm.client_merges (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL,
    client_id uuid NOT NULL,
    absorbed_id uuid NOT NULL,
    merged_at timestamptz NOT NULL,
    encrypted_payload bytea NOT NULL,
    UNIQUE (provider_id, absorbed_id),
    FOREIGN KEY (provider_id, client_id) REFERENCES crm.clients (provider_id, id) ON DELETE CASCADE
);
CREATE INDEX client_merges_of_client ON crm.client_merges (provider_id, client_id, merged_at DESC);

-- What happened while nobody could write it down, sealed to her; who delivers cannot read it again.
CREATE TABLE crm.inbox (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    kind text NOT NULL CHECK (kind ~ '^[a-z-]{1,40}$'),
    sealed bytea NOT NULL,
    received_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0
);
CREATE INDEX inbox_waiting ON crm.inbox (provider_id, received_at, id);

-- A chain: each row's hash covers the one before. No foreign key: it outlives what it tells of.
CREATE TABLE crm.audit_log (
    provider_id uuid NOT NULL,
    sequence bigint NOT NULL,
    action text NOT NULL CHECK (action ~ '^[a-z-]+(\.[a-z-]+)*$'),
    at timestamptz NOT NULL,
    session_id text NOT NULL DEFAULT '',
    network text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}',
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (provider_id, sequence)
);

-- What a client brought in, counted when it is asked: nothing stored that could drift.
CREATE VIEW crm.client_revenue WITH (security_invoker = true) AS
SELECT provider_id, client_id, currency,
    count(*) AS visits,
    sum(received_minor)::bigint AS received_minor,
    sum(expenses_minor)::bigint AS expenses_minor,
    sum(received_minor - expenses_minor)::bigint AS net_minor,
    min(starts_at) AS first_visit_at,
    max(starts_at) AS last_visit_at
FROM crm.visits WHERE status = 'completed'
GROUP BY provider_id, client_id, currency;

-- Months as they were where the visit took place.
CREATE VIEW crm.monthly_revenue WITH (security_invoker = true) AS
SELECT provider_id, to_char(starts_at AT TIME ZONE time_zone, 'YYYY-MM') AS month, currency,
    count(*) AS visits,
    count(DISTINCT client_id) AS clients,
    sum(received_minor)::bigint AS received_minor,
    sum(expenses_minor)::bigint AS expenses_minor,
    sum(received_minor - expenses_minor)::bigint AS net_minor
FROM crm.visits WHERE status = 'completed'
GROUP BY provider_id, month, currency;

SELECT app.ensure_role('crm_web');
SELECT app.ensure_role('crm_consumer');
SELECT app.ensure_role('crm_scheduled');
SELECT app.ensure_role('crm_mailer');
GRANT USAGE ON SCHEMA crm TO crm_web, crm_consumer, crm_scheduled, crm_mailer;
GRANT USAGE ON SCHEMA escorts TO crm_web;
GRANT SELECT ON escorts.profile_slugs_v1 TO crm_web;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['workspaces', 'clients', 'client_search_tokens', 'screenings',
        'client_references', 'visits', 'communications', 'area_subscriptions', 'tasks', 'client_merges', 'inbox', 'audit_log'] LOOP
        EXECUTE format('ALTER TABLE crm.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE crm.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON crm.%I USING (provider_id = (SELECT crm.current_provider_id()))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON crm.workspaces TO crm_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.clients, crm.client_search_tokens, crm.screenings, crm.client_references,
    crm.visits, crm.communications, crm.area_subscriptions, crm.tasks TO crm_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.client_merges TO crm_web;
GRANT SELECT, DELETE, UPDATE (attempts) ON crm.inbox TO crm_web;
-- Written and read, never changed.
GRANT SELECT, INSERT ON crm.audit_log TO crm_web;
GRANT SELECT ON crm.client_revenue, crm.monthly_revenue TO crm_web;

-- Delivers, and cannot read.
GRANT SELECT (provider_id) ON crm.workspaces TO crm_consumer;
GRANT INSERT ON crm.inbox TO crm_consumer;
GRANT SELECT (id, provider_id) ON crm.inbox TO crm_consumer;

SELECT outbox.grant_publisher('crm_web');
SELECT outbox.grant_publisher('crm_scheduled');
SELECT outbox.grant_consumer('crm_consumer');
SELECT outbox.grant_consumer('crm_mailer');
