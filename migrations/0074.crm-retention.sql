-- Retention rules, erasure receipts, and the grants of the nightly retention job.
-- depends: 0070.crm 0071.crm-people 0072.crm-money

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

-- The audit log may lose its oldest entries: its first sequence, and the hash that the first entry covers.
ALTER TABLE crm.workspaces
    ADD COLUMN audit_first bigint NOT NULL DEFAULT 1 CHECK (audit_first BETWEEN 1 AND audit_length + 1),
    ADD COLUMN audit_before bytea NOT NULL DEFAULT '\x';
CREATE INDEX audit_log_by_time ON crm.audit_log (provider_id, at);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['retention_rules', 'erasure_receipts'] LOOP
        EXECUTE format('ALTER TABLE crm.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE crm.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_isolation ON crm.%I USING (provider_id = (SELECT crm.current_provider_id()))', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.retention_rules TO crm_web;
GRANT SELECT, INSERT ON crm.erasure_receipts TO crm_web, crm_scheduled;
GRANT SELECT ON crm.retention_rules TO crm_scheduled;

-- The nightly job deletes by plaintext columns, and reads no payload.
GRANT SELECT (provider_id, id, client_id, created_at, contacted_at, answered_at), DELETE
    ON crm.client_references TO crm_scheduled;
GRANT SELECT (provider_id, id, client_id, updated_at, verified_at, expires_at), DELETE
    ON crm.screenings TO crm_scheduled;
GRANT SELECT (provider_id, id, client_id, happened_at), DELETE ON crm.communications TO crm_scheduled;
-- Dates and amounts stay, for the provider's taxes; the texts of a visit are deleted.
GRANT SELECT (provider_id, id, client_id, starts_at, encrypted_payload, version), UPDATE (encrypted_payload, version)
    ON crm.visits TO crm_scheduled;
GRANT SELECT (provider_id, id, updated_at, archived_at), DELETE ON crm.clients TO crm_scheduled;
GRANT SELECT (provider_id, client_id, done_at) ON crm.tasks TO crm_scheduled;
GRANT INSERT ON crm.pending_key_deletions TO crm_scheduled;
GRANT DELETE ON crm.audit_log TO crm_scheduled;
GRANT SELECT (audit_first, audit_before), UPDATE (audit_first, audit_before) ON crm.workspaces TO crm_scheduled;
