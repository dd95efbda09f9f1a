-- What is known beside the keys: when they were changed, and how far a re-key has come.
-- depends: 0071.crm-people

ALTER TABLE crm.workspaces
    -- The latest generation that any request has seen; the keys themselves say it only once they are open.
    ADD COLUMN key_version integer NOT NULL DEFAULT 0,
    ADD COLUMN generation_seen_at timestamptz,
    ADD COLUMN passphrase_changed_at timestamptz,
    ADD COLUMN recovery_code_at timestamptz,
    ADD COLUMN disable_requested_at timestamptz;

ALTER TABLE crm.clients
    -- Re-keyed, and the key of before may still lie beside the new one.
    ADD COLUMN has_old_keys boolean NOT NULL DEFAULT false,
    -- Something of theirs did not open: tried again when she asks for it, not with every request.
    ADD COLUMN rekey_failed_at timestamptz;
CREATE INDEX clients_old_keys ON crm.clients (provider_id, id) WHERE has_old_keys;

CREATE INDEX audit_log_by_action ON crm.audit_log (provider_id, action, sequence DESC);
CREATE INDEX audit_log_by_session ON crm.audit_log (provider_id, session_id, sequence DESC);

-- Reasons are sealed anew with everything else, and go with the whole book; under a hold in force nothing goes.
GRANT UPDATE (encrypted_payload), DELETE ON crm.legal_holds TO crm_web;
