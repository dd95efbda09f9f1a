REVOKE SELECT (provider_id, audit_length, audit_hash), UPDATE (audit_length, audit_hash) ON crm.workspaces FROM crm_scheduled;
REVOKE SELECT, INSERT ON crm.audit_log FROM crm_scheduled;
DROP INDEX crm.tasks_done;
DROP TABLE crm.tags;
DROP TABLE crm.pending_key_deletions;
DROP TABLE crm.legal_holds;
