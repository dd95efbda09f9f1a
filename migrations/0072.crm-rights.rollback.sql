REVOKE SELECT (client_id) ON crm.client_references FROM crm_scheduled;
REVOKE DELETE ON crm.holds FROM crm_consumer;
REVOKE SELECT (provider_id), DELETE ON crm.tags, crm.shreds FROM crm_consumer;
