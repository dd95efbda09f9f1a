REVOKE SELECT (client_id) ON crm.client_references FROM crm_scheduled;
REVOKE DELETE ON crm.legal_holds FROM crm_consumer;
REVOKE SELECT (provider_id), DELETE ON crm.tags, crm.pending_key_deletions FROM crm_consumer;
