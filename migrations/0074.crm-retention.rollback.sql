REVOKE SELECT (audit_first, audit_before), UPDATE (audit_first, audit_before) ON crm.workspaces FROM crm_scheduled;
REVOKE DELETE ON crm.audit_log FROM crm_scheduled;
REVOKE INSERT ON crm.pending_key_deletions FROM crm_scheduled;
REVOKE SELECT (provider_id, client_id, done_at) ON crm.tasks FROM crm_scheduled;
REVOKE SELECT (provider_id, id, updated_at, archived_at), DELETE ON crm.clients FROM crm_scheduled;
REVOKE SELECT (provider_id, id, client_id, starts_at, encrypted_payload, version), UPDATE (encrypted_payload, version)
    ON crm.visits FROM crm_scheduled;
REVOKE SELECT (provider_id, id, client_id, happened_at), DELETE ON crm.communications FROM crm_scheduled;
-- What an earlier migration gave stays.
REVOKE SELECT (id, client_id, updated_at, verified_at), DELETE ON crm.screenings FROM crm_scheduled;
REVOKE SELECT (id, client_id, created_at, contacted_at, answered_at) ON crm.client_references FROM crm_scheduled;
DROP INDEX crm.audit_log_by_time;
ALTER TABLE crm.workspaces DROP COLUMN audit_first, DROP COLUMN audit_before;
DROP TABLE crm.erasure_receipts;
DROP TABLE crm.retention_rules;
