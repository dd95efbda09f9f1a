-- A closed account deletes its whole workspace, and the nightly jobs spare rows under a legal hold.
-- depends: 0071.crm-people 0072.crm-money

GRANT SELECT (provider_id), DELETE ON crm.tags, crm.pending_key_deletions TO crm_consumer;
GRANT DELETE ON crm.legal_holds TO crm_consumer;
GRANT SELECT (client_id) ON crm.client_references TO crm_scheduled;
