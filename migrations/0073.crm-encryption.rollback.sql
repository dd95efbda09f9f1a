REVOKE UPDATE (encrypted_payload), DELETE ON crm.legal_holds FROM crm_web;
DROP INDEX crm.audit_log_by_session;
DROP INDEX crm.audit_log_by_action;
DROP INDEX crm.clients_old_keys;
ALTER TABLE crm.clients DROP COLUMN has_old_keys, DROP COLUMN rekey_failed_at;
ALTER TABLE crm.workspaces DROP COLUMN key_version, DROP COLUMN generation_seen_at, DROP COLUMN passphrase_changed_at,
    DROP COLUMN recovery_code_at, DROP COLUMN disable_requested_at;
