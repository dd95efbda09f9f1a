REVOKE UPDATE (doc), DELETE ON crm.holds FROM crm_web;
DROP INDEX crm.audit_log_by_session;
DROP INDEX crm.audit_log_by_action;
DROP INDEX crm.clients_old_keys;
ALTER TABLE crm.clients DROP COLUMN old_keys, DROP COLUMN rekey_failed_at;
ALTER TABLE crm.providers DROP COLUMN key_generation, DROP COLUMN generation_seen_at, DROP COLUMN passphrase_changed_at,
    DROP COLUMN recovery_code_at, DROP COLUMN disable_asked_at;
