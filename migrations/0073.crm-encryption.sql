-- Key metadata: the times of changes, and the progress of a re-key.
-- depends: 0071.crm-people

ALTER TABLE crm.workspaces
    -- The latest generation seen by any request; the keys themselves reveal it only once unlocked.
    ADD COLUMN key_version integer NOT NULL DEFAULT 0,
    ADD COLUMN generation_seen_at timestamptz,
    ADD COLUMN passphrase_changed_at timestamptz,
    ADD COLUMN recovery_code_at timestamptz,
    ADD COLUMN disable_requested_at timestamptz;

ALTER TABLE crm.clients
    -- Re-keyed, and the previous key may still exist beside the new one.
    ADD COLUMN has_old_keys boolean NOT NULL DEFAULT false,
    -- A record failed to decrypt: retried on the provider's request, not with every request.
    ADD COLUMN rekey_failed_at timestamptz;
CREATE INDEX clients_old_keys ON crm.clients (provider_id, id) WHERE has_old_keys;

CREATE INDEX audit_log_by_action ON crm.audit_log (provider_id, action, sequence DESC);
CREATE INDEX audit_log_by_session ON crm.audit_log (provider_id, session_id, sequence DESC);

-- Reasons are re-encrypted with all other data, and deleted with the workspace, which a hold in force prevents.
GRANT UPDATE (encrypted_payload), DELETE ON crm.legal_holds TO crm_web;
