-- CRM workspaces: identifying data is in `encrypted_payload`, encrypted by the vault; plaintext columns hold only the
-- data of a forecast.
-- depends: 0004.bookings

CREATE SCHEMA crm;

-- Row-level security
-- The policies read these settings of the transaction, so both functions are not repeatable.

-- Current tenant of the transaction; NULL, and therefore no row, if none was set.
CREATE FUNCTION crm.current_provider_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('app.provider_id', true), '')::uuid
$$;

-- Current data subject of the transaction; NULL, and therefore no row, if none was set.
CREATE FUNCTION crm.current_subject_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('app.subject_id', true), '')::uuid
$$;

-- Workspaces

-- One row per workspace. Its lock state follows from its keys, which are not stored here.
CREATE TABLE crm.workspaces (
    provider_id uuid PRIMARY KEY,
    settings jsonb NOT NULL DEFAULT '{}',
    audit_length bigint NOT NULL DEFAULT 0,
    audit_hash bytea NOT NULL DEFAULT '\x',
    -- The audit log may lose its oldest entries: its first sequence, and the hash that the first entry covers.
    audit_first bigint NOT NULL DEFAULT 1 CHECK (audit_first BETWEEN 1 AND audit_length + 1),
    audit_before bytea NOT NULL DEFAULT '\x',
    -- The latest generation seen by any request; the keys themselves reveal it only once unlocked.
    key_version integer NOT NULL DEFAULT 0,
    generation_seen_at timestamptz,
    passphrase_changed_at timestamptz,
    recovery_code_at timestamptz,
    disable_requested_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Clients

CREATE TYPE crm.client_screening_status AS ENUM ('pending', 'approved', 'rejected', 'pending_references');
CREATE TYPE crm.communication_preference AS ENUM ('contact_ok', 'no_contact', 'area_notifications_only');
CREATE TYPE crm.client_source AS ENUM ('manual', 'booking', 'import');

CREATE TABLE crm.clients (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    encrypted_payload bytea NOT NULL,
    key_version integer NOT NULL CHECK (key_version > 0),
    -- Re-keyed, and the previous key may still exist beside the new one.
    has_old_keys boolean NOT NULL DEFAULT false,
    -- A record failed to decrypt: retried on the provider's request, not with every request.
    rekey_failed_at timestamptz,
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
CREATE INDEX clients_old_keys ON crm.clients (provider_id, id) WHERE has_old_keys;

-- Blind indexes: keyed hashes that show equality only to the holder of the key. Rows instead of arrays: behind
-- row-level security PostgreSQL uses no index whose operator could leak, and equality does not leak.
-- Two clients may have one account, or one import key: under keys of two generations no index can prevent it, and an
-- archive imports it. Such clients are shown as duplicates, and merged by the provider.
CREATE TABLE crm.client_search_tokens (
    provider_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('phone', 'email', 'name', 'tag', 'account', 'import')),
    blind_index bytea NOT NULL CHECK (octet_length(blind_index) = 16),
    client_id uuid NOT NULL,
    PRIMARY KEY (provider_id, kind, blind_index, client_id),
    FOREIGN KEY (provider_id, client_id) REFERENCES crm.clients (provider_id, id) ON DELETE CASCADE
);
CREATE INDEX client_search_tokens_of_client ON crm.client_search_tokens (provider_id, client_id);

-- Cache of tag names, since a blind index cannot be read back: a missing name is read from a client again.
CREATE TABLE crm.tags (
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    token bytea NOT NULL CHECK (octet_length(token) = 16),
    id uuid NOT NULL,
    encrypted_payload bytea NOT NULL,
    PRIMARY KEY (provider_id, token)
);

-- Merged clients: the absorbed client's data, encrypted under the key of the client that remains.
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

-- Screening

CREATE TYPE crm.screening_type AS ENUM ('references', 'job_validation', 'reference_sites', 'other');
CREATE TYPE crm.screening_result AS ENUM ('pending', 'verified', 'failed', 'expired');

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
CREATE INDEX screenings_expiring ON crm.screenings (provider_id, expires_at) WHERE status = 'verified';

CREATE TYPE crm.reference_status AS ENUM ('pending', 'positive', 'negative', 'neutral');

-- References named by a client: people who never consented, and therefore deleted early.
CREATE TABLE crm.client_references (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL,
    client_id uuid NOT NULL,
    status crm.reference_status NOT NULL DEFAULT 'pending',
    contacted_at timestamptz,
    answered_at timestamptz,
    forget_after_days smallint NOT NULL DEFAULT 90 CHECK (forget_after_days BETWEEN 1 AND 365),
    forgotten_on timestamptz NOT NULL,
    encrypted_payload bytea NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    FOREIGN KEY (provider_id, client_id) REFERENCES crm.clients (provider_id, id) ON DELETE CASCADE,
    CHECK (answered_at IS NULL OR status <> 'pending')
);
CREATE INDEX references_of_client ON crm.client_references (provider_id, client_id, created_at DESC, id DESC);
CREATE INDEX references_recent ON crm.client_references (provider_id, created_at DESC, id DESC);
CREATE INDEX references_to_forget ON crm.client_references (provider_id, forgotten_on);

-- Visits

CREATE TYPE crm.visit_type AS ENUM ('incall', 'outcall', 'overnight', 'travel');
CREATE TYPE crm.visit_status AS ENUM ('planned', 'completed', 'no_show', 'cancelled');
CREATE TYPE crm.rate_type AS ENUM ('hourly', 'fixed', 'overnight', 'travel');
CREATE TYPE crm.payment_method AS ENUM ('cash', 'card', 'crypto', 'other');
CREATE TYPE crm.payment_status AS ENUM ('pending', 'partial', 'paid', 'cancelled');

CREATE TABLE crm.visits (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL,
    client_id uuid NOT NULL,
    booking_id uuid,
    starts_at timestamptz NOT NULL,
    -- A time zone unknown to PostgreSQL would break every sum of the workspace.
    time_zone text NOT NULL CONSTRAINT time_zone_is_known
        CHECK (timestamptz '2000-01-01 00:00+00' AT TIME ZONE time_zone IS NOT NULL),
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
    -- A missing answer is not a yes.
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

-- Communications

CREATE TYPE crm.communication_type AS ENUM ('email', 'sms', 'call', 'text_app');
CREATE TYPE crm.direction AS ENUM ('inbound', 'outbound');

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

-- Tasks

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
CREATE INDEX tasks_done ON crm.tasks (provider_id, done_at DESC, id DESC) WHERE done_at IS NOT NULL;
CREATE INDEX tasks_of_client ON crm.tasks (provider_id, client_id, created_at DESC, id DESC);
-- An export reads tasks in the order of their ids.
CREATE INDEX tasks_by_id ON crm.tasks (provider_id, id);

-- Area subscriptions and campaigns

CREATE TYPE crm.notification_channel AS ENUM ('email', 'sms', 'both');

-- Area subscriptions, the only record of that consent: when it was given, and when it was withdrawn.
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

-- Withdrawn consents: hash of a random unsubscribe link, and the time, no personal data. The table outlives the
-- subscriptions, so that no import restores a consent.
CREATE TABLE crm.withdrawn_consents (
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    unsubscribe_hash bytea NOT NULL,
    withdrawn_at timestamptz NOT NULL,
    PRIMARY KEY (provider_id, unsubscribe_hash)
);

-- Sent campaigns; `id` is chosen by the caller, so that a repeated request sends nothing.
CREATE TABLE crm.campaigns (
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    id uuid NOT NULL,
    area_token bytea NOT NULL,
    email_count integer NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (provider_id, id)
);
CREATE INDEX campaigns_recent ON crm.campaigns (provider_id, sent_at);

-- E-mails of campaigns: encrypted until they are sent, and deleted then.
CREATE TABLE crm.campaign_emails (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX campaign_emails_age ON crm.campaign_emails (provider_id, created_at);

-- Campaign recipients: the last e-mail, and who unsubscribed. The table outlives clients and subscriptions, so that no
-- unsubscribed recipient gets an e-mail after a new client, a new subscription or an import.
CREATE TABLE crm.campaign_recipients (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    address_token bytea NOT NULL CHECK (octet_length(address_token) = 16),
    unsubscribe_hash bytea NOT NULL,
    encrypted_payload bytea NOT NULL,
    client_id uuid NOT NULL,
    last_emailed_at timestamptz NOT NULL,
    unsubscribed_at timestamptz,
    UNIQUE (provider_id, unsubscribe_hash)
);
-- Not unique: during a key change one address has two tokens, and an unsubscribed row takes precedence.
CREATE INDEX campaign_recipients_by_address ON crm.campaign_recipients (provider_id, address_token);

-- Inbox and imports

-- Messages to a locked workspace, encrypted to its provider; the sender cannot read them again.
CREATE TABLE crm.inbox (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    kind text NOT NULL CHECK (kind ~ '^[a-z-]{1,40}$'),
    sealed bytea NOT NULL,
    received_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0
);
CREATE INDEX inbox_waiting ON crm.inbox (provider_id, received_at, id);

-- Imports: a file, divided into encrypted chunks, and the report of each row.
CREATE TABLE crm.imports (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    kind text NOT NULL CHECK (kind IN ('archive', 'clients')),
    rows integer NOT NULL CHECK (rows >= 0),
    -- File name and ignored columns.
    encrypted_payload bytea NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    UNIQUE (provider_id, id)
);
CREATE INDEX imports_recent ON crm.imports (provider_id, created_at DESC, id DESC);

CREATE TABLE crm.import_chunks (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL,
    import_id uuid NOT NULL,
    number integer NOT NULL,
    what text NOT NULL,
    rows integer NOT NULL,
    -- NULL once the chunk is processed.
    encrypted_payload bytea,
    -- Line numbers, outcomes and messages, without contents of the file.
    report jsonb,
    UNIQUE (import_id, number),
    CHECK ((encrypted_payload IS NULL) = (report IS NOT NULL)),
    FOREIGN KEY (provider_id, import_id) REFERENCES crm.imports (provider_id, id) ON DELETE CASCADE
);

-- Audit log

-- Hash chain: each row's hash covers the previous one. No foreign key: the log outlives the rows that it names.
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
CREATE INDEX audit_log_by_action ON crm.audit_log (provider_id, action, sequence DESC);
CREATE INDEX audit_log_by_session ON crm.audit_log (provider_id, session_id, sequence DESC);
CREATE INDEX audit_log_by_time ON crm.audit_log (provider_id, at);

-- Legal holds, retention and deletion

-- Legal holds on a client, or, without a client, on the whole workspace. The reason is encrypted under the provider's
-- own key: the row is deleted with the client all the same.
CREATE TABLE crm.legal_holds (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    client_id uuid,
    encrypted_payload bytea NOT NULL,
    placed_at timestamptz NOT NULL,
    released_at timestamptz CHECK (released_at >= placed_at),
    FOREIGN KEY (provider_id, client_id) REFERENCES crm.clients (provider_id, id) ON DELETE CASCADE
);
CREATE INDEX legal_holds_recent ON crm.legal_holds (provider_id, placed_at DESC, id DESC);
CREATE INDEX legal_holds_of_client ON crm.legal_holds (provider_id, client_id);

-- Clients whose rows are deleted and whose key has to follow: inserted with the deletion, removed once the key is
-- destroyed, by the request or by the nightly job.
CREATE TABLE crm.pending_key_deletions (
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    client_id uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (provider_id, client_id)
);

-- Retention rules that a provider chose; others have the defaults of the code.
CREATE TABLE crm.retention_rules (
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    data_class text NOT NULL CHECK (data_class ~ '^[a-z_]{1,40}$'),
    days integer NOT NULL CHECK (days BETWEEN 30 AND 3660),
    chosen_at timestamptz NOT NULL,
    PRIMARY KEY (provider_id, data_class)
);

-- Erasure receipts: kind and number of erased rows, never the client. They outlive the workspace.
CREATE TABLE crm.erasure_receipts (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL,
    what text NOT NULL CHECK (what ~ '^[a-z_]{1,40}$'),
    counts jsonb NOT NULL,
    erased_at timestamptz NOT NULL
);
CREATE INDEX erasure_receipts_recent ON crm.erasure_receipts (provider_id, erased_at DESC, id DESC);

-- Data requests
-- Requests and answers of a data subject to all workspaces store no provider id; crm.data_request_cases stores one row
-- per request and provider.

-- The requester is an account; the e-mail address stays in auth.users.
CREATE TABLE crm.data_requests (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('access', 'erasure')),
    asked_at timestamptz NOT NULL,
    -- The last workspace that the request was dispatched to.
    dispatched_up_to uuid,
    dispatched_at timestamptz
);
CREATE INDEX data_requests_of_user ON crm.data_requests (user_id, asked_at DESC);
CREATE INDEX data_requests_undispatched ON crm.data_requests (asked_at, id) WHERE dispatched_at IS NULL;

-- Answers, encrypted for the requester, without the provider. All answers of a day are released together at night.
CREATE TABLE crm.data_request_answers (
    id uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES crm.data_requests ON DELETE CASCADE,
    sealed bytea NOT NULL,
    released_at timestamptz
);
CREATE INDEX data_request_answers_of_request ON crm.data_request_answers (request_id, id);
CREATE INDEX data_request_answers_unreleased ON crm.data_request_answers (request_id) WHERE released_at IS NULL;

-- One row per request and workspace, whether a client matched or not: the match is encrypted.
CREATE TABLE crm.data_request_cases (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    encrypted_payload bytea NOT NULL,
    delete_at timestamptz NOT NULL
);
CREATE INDEX data_request_cases_of_workspace ON crm.data_request_cases (provider_id, delete_at);

-- Roles

SELECT app.ensure_role('crm_web');
SELECT app.ensure_role('crm_consumer');
SELECT app.ensure_role('crm_scheduled');
SELECT app.ensure_role('crm_mailer');
SELECT app.ensure_role('crm_data_requests');
GRANT USAGE ON SCHEMA crm TO crm_web, crm_consumer, crm_scheduled, crm_mailer, crm_data_requests;

-- Policies
-- Row-level security is forced, so that it applies to the owner as well: a migration that changes rows lifts FORCE from
-- their table first.

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['workspaces', 'clients', 'client_search_tokens', 'tags', 'client_merges', 'screenings',
        'client_references', 'visits', 'communications', 'tasks', 'area_subscriptions', 'withdrawn_consents', 'campaigns',
        'campaign_emails', 'campaign_recipients', 'inbox', 'imports', 'import_chunks', 'audit_log', 'legal_holds',
        'pending_key_deletions', 'retention_rules', 'erasure_receipts', 'data_requests', 'data_request_answers',
        'data_request_cases'] LOOP
        EXECUTE format('ALTER TABLE crm.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE crm.%I FORCE ROW LEVEL SECURITY', name);
        -- Data requests and their answers have no provider id.
        IF name NOT IN ('data_requests', 'data_request_answers') THEN
            EXECUTE format('CREATE POLICY tenant_isolation ON crm.%I USING (provider_id = (SELECT crm.current_provider_id()))', name);
        END IF;
    END LOOP;
END $$;

-- The nightly jobs list the workspaces, and the pending key deletions by their ids, and work in each of them as its
-- tenant.
CREATE POLICY scheduled_select ON crm.workspaces FOR SELECT TO crm_scheduled USING (true);
CREATE POLICY scheduled_select ON crm.pending_key_deletions FOR SELECT TO crm_scheduled USING (true);

CREATE POLICY subject_isolation ON crm.data_requests USING (user_id = (SELECT crm.current_subject_id()));
CREATE POLICY subject_isolation ON crm.data_request_answers FOR SELECT
    USING (released_at IS NOT NULL AND request_id IN (SELECT id FROM crm.data_requests));
-- A provider inserts an answer, and sees neither the request nor any answer.
CREATE POLICY insert_answers ON crm.data_request_answers FOR INSERT TO crm_web WITH CHECK (released_at IS NULL);
CREATE POLICY data_request_all ON crm.data_requests TO crm_data_requests USING (true);
CREATE POLICY data_request_all ON crm.data_request_answers TO crm_data_requests USING (true);
CREATE POLICY data_request_provider_ids ON crm.workspaces FOR SELECT TO crm_data_requests USING (true);
-- The dispatcher reaches only its own messages in an inbox.
CREATE POLICY data_request_inbox_only ON crm.inbox AS RESTRICTIVE TO crm_data_requests USING (kind = 'data-request');

-- Grants of crm_web

GRANT SELECT, INSERT, UPDATE ON crm.workspaces TO crm_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.clients, crm.client_search_tokens, crm.client_merges, crm.screenings,
    crm.client_references, crm.visits, crm.communications, crm.tasks, crm.area_subscriptions, crm.campaign_recipients,
    crm.imports, crm.import_chunks, crm.retention_rules TO crm_web;
GRANT SELECT, INSERT, DELETE ON crm.tags, crm.campaigns TO crm_web;
GRANT SELECT, INSERT ON crm.withdrawn_consents, crm.erasure_receipts TO crm_web;
GRANT SELECT (id, provider_id), INSERT, DELETE ON crm.campaign_emails TO crm_web;
GRANT SELECT, DELETE, UPDATE (attempts) ON crm.inbox TO crm_web;
-- The web function appends and reads, and never changes the log.
GRANT SELECT, INSERT ON crm.audit_log TO crm_web;
-- Reasons are re-encrypted with all other data, and deleted with the workspace, which a hold in force prevents.
GRANT SELECT, INSERT, UPDATE (client_id, encrypted_payload, released_at), DELETE ON crm.legal_holds TO crm_web;
GRANT SELECT, INSERT, UPDATE (asked_at), DELETE ON crm.pending_key_deletions TO crm_web;
GRANT SELECT, INSERT ON crm.data_requests, crm.data_request_answers TO crm_web;
GRANT SELECT, INSERT, UPDATE (encrypted_payload), DELETE ON crm.data_request_cases TO crm_web;
SELECT outbox.grant_publisher('crm_web');

-- Grants of crm_consumer

-- The consumer adds messages, and cannot read them.
GRANT SELECT (provider_id) ON crm.workspaces TO crm_consumer;
GRANT INSERT ON crm.inbox TO crm_consumer;
GRANT SELECT (id, provider_id) ON crm.inbox TO crm_consumer;
-- A closed account: its workspace is deleted, the audit log stays and records it. Other tables follow their clients.
GRANT SELECT (audit_length, audit_hash), UPDATE (settings, audit_length, audit_hash) ON crm.workspaces TO crm_consumer;
GRANT INSERT ON crm.audit_log TO crm_consumer;
GRANT SELECT (provider_id), DELETE ON crm.clients, crm.tags, crm.tasks, crm.imports, crm.pending_key_deletions
    TO crm_consumer;
GRANT SELECT (id, provider_id), DELETE ON crm.campaigns, crm.campaign_emails, crm.campaign_recipients,
    crm.data_request_cases TO crm_consumer;
GRANT DELETE ON crm.inbox, crm.legal_holds TO crm_consumer;
GRANT SELECT (user_id), DELETE ON crm.data_requests TO crm_consumer;
-- Deleting roles must see that a hold exists, and not its reason.
GRANT SELECT (provider_id, client_id, released_at) ON crm.legal_holds TO crm_consumer, crm_scheduled;
SELECT outbox.grant_consumer('crm_consumer');

-- Grants of crm_scheduled
-- The nightly jobs delete by plaintext columns, and read no payload but that of a visit.

GRANT SELECT (provider_id, audit_length, audit_hash, audit_first, audit_before),
    UPDATE (audit_length, audit_hash, audit_first, audit_before) ON crm.workspaces TO crm_scheduled;
GRANT SELECT, INSERT, DELETE ON crm.audit_log TO crm_scheduled;
GRANT SELECT (provider_id, id, updated_at, archived_at), DELETE ON crm.clients TO crm_scheduled;
GRANT SELECT (provider_id, id, client_id, status, updated_at, verified_at, expires_at), UPDATE (status), DELETE
    ON crm.screenings TO crm_scheduled;
GRANT SELECT (provider_id, id, client_id, created_at, contacted_at, answered_at, forgotten_on), DELETE
    ON crm.client_references TO crm_scheduled;
-- Dates and amounts stay, for the provider's taxes; the texts of a visit are deleted.
GRANT SELECT (provider_id, id, client_id, starts_at, encrypted_payload, version), UPDATE (encrypted_payload, version)
    ON crm.visits TO crm_scheduled;
GRANT SELECT (provider_id, id, client_id, happened_at), DELETE ON crm.communications TO crm_scheduled;
GRANT SELECT (provider_id, client_id, done_at) ON crm.tasks TO crm_scheduled;
GRANT SELECT (provider_id, created_at), DELETE ON crm.imports, crm.campaign_emails TO crm_scheduled;
GRANT SELECT (provider_id, sent_at), DELETE ON crm.campaigns TO crm_scheduled;
GRANT SELECT, INSERT, UPDATE (asked_at), DELETE ON crm.pending_key_deletions TO crm_scheduled;
GRANT SELECT ON crm.retention_rules TO crm_scheduled;
GRANT SELECT, INSERT ON crm.erasure_receipts TO crm_scheduled;
SELECT outbox.grant_publisher('crm_scheduled');

-- Grants of crm_mailer

GRANT SELECT, DELETE ON crm.campaign_emails TO crm_mailer;
SELECT outbox.grant_consumer('crm_mailer');

-- Grants of crm_data_requests

GRANT SELECT, UPDATE (dispatched_up_to, dispatched_at), DELETE ON crm.data_requests TO crm_data_requests;
GRANT SELECT (id, request_id, released_at), UPDATE (released_at), DELETE ON crm.data_request_answers TO crm_data_requests;
GRANT SELECT (provider_id, delete_at), DELETE ON crm.data_request_cases TO crm_data_requests;
GRANT SELECT (provider_id) ON crm.workspaces TO crm_data_requests;
GRANT SELECT (id, provider_id, kind, received_at), INSERT, DELETE ON crm.inbox TO crm_data_requests;
