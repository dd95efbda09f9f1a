-- Campaigns, and their e-mails: encrypted until they are sent, and deleted then.
-- depends: 0070.crm

-- Sent campaigns; `id` is chosen by the caller, so that a repeated request sends nothing.
CREATE TABLE crm.campaigns (
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    id uuid NOT NULL,
    area_token bytea NOT NULL,
    email_count integer NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (provider_id, id)
);
CREATE INDEX campaigns_recent ON crm.campaigns (provider_id, sent_at);

CREATE TABLE crm.campaign_emails (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX campaign_emails_age ON crm.campaign_emails (provider_id, created_at);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['campaigns', 'campaign_emails'] LOOP
        EXECUTE format('ALTER TABLE crm.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE crm.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_isolation ON crm.%I USING (provider_id = (SELECT crm.current_provider_id()))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, DELETE ON crm.campaigns TO crm_web;
GRANT SELECT (id, provider_id), INSERT, DELETE ON crm.campaign_emails TO crm_web;
-- A cleared workspace, or one of a closed account, sends nothing any more.
GRANT SELECT (id, provider_id), DELETE ON crm.campaigns, crm.campaign_emails TO crm_consumer;
GRANT SELECT, DELETE ON crm.campaign_emails TO crm_mailer;
GRANT SELECT (provider_id, created_at), DELETE ON crm.campaign_emails TO crm_scheduled;
GRANT SELECT (provider_id, sent_at), DELETE ON crm.campaigns TO crm_scheduled;
