-- Legal holds, pending key deletions, and the cache of tag names.
-- depends: 0070.crm

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

-- Cache of tag names, since a blind index cannot be read back: a missing name is read from a client again.
CREATE TABLE crm.tags (
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    token bytea NOT NULL CHECK (octet_length(token) = 16),
    id uuid NOT NULL,
    encrypted_payload bytea NOT NULL,
    PRIMARY KEY (provider_id, token)
);

CREATE INDEX tasks_done ON crm.tasks (provider_id, done_at DESC, id DESC) WHERE done_at IS NOT NULL;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['legal_holds', 'pending_key_deletions', 'tags'] LOOP
        EXECUTE format('ALTER TABLE crm.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE crm.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_isolation ON crm.%I USING (provider_id = (SELECT crm.current_provider_id()))', name);
    END LOOP;
END $$;
-- Ids alone: the nightly job has to find the workspaces with pending deletions.
CREATE POLICY scheduled_select ON crm.pending_key_deletions FOR SELECT TO crm_scheduled USING (true);

GRANT SELECT, INSERT, UPDATE (client_id, encrypted_payload, released_at) ON crm.legal_holds TO crm_web;
-- Deleting roles must see that a hold exists, and not its reason.
GRANT SELECT (provider_id, client_id, released_at) ON crm.legal_holds TO crm_scheduled, crm_consumer;
GRANT SELECT, INSERT, UPDATE (asked_at), DELETE ON crm.pending_key_deletions TO crm_web;
GRANT SELECT, INSERT, DELETE ON crm.tags TO crm_web;
GRANT SELECT, UPDATE (asked_at), DELETE ON crm.pending_key_deletions TO crm_scheduled;
-- The nightly job records deleted keys.
GRANT SELECT, INSERT ON crm.audit_log TO crm_scheduled;
GRANT SELECT (provider_id, audit_length, audit_hash), UPDATE (audit_length, audit_hash) ON crm.workspaces TO crm_scheduled;
