-- Campaign recipients: the last e-mail, and who unsubscribed. The table outlives clients and subscriptions, so that no
-- unsubscribed recipient gets an e-mail after a new client, a new subscription or an import.
-- depends: 0076.crm-areas

CREATE TABLE crm.campaign_recipients (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    address_token bytea NOT NULL CHECK (octet_length(address_token) = 16),
    unsubscribe_hash bytea NOT NULL,
    encrypted_payload bytea NOT NULL,
    client_id uuid NOT NULL,
    last_emailed_at timestamptz NOT NULL,
    unsubscribed_at timestamptz,
    UNIQUE (provider_id, unsubscribe_hash)
);
-- Not unique: during a key change one address has two tokens, and an unsubscribed row takes precedence.
CREATE INDEX campaign_recipients_by_address ON crm.campaign_recipients (provider_id, address_token);
ALTER TABLE crm.campaign_recipients ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.campaign_recipients FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON crm.campaign_recipients USING (provider_id = (SELECT crm.current_provider_id()));

GRANT SELECT, INSERT, UPDATE, DELETE ON crm.campaign_recipients TO crm_web;
GRANT SELECT (id, provider_id), DELETE ON crm.campaign_recipients TO crm_consumer;
