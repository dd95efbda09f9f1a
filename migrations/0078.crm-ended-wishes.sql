-- Withdrawn consents. The table outlives the subscriptions, so that no import restores a consent.
-- depends: 0077.crm-subjects

-- Hash of a random unsubscribe link, and the time: no personal data.
CREATE TABLE crm.withdrawn_consents (
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    unsubscribe_hash bytea NOT NULL,
    withdrawn_at timestamptz NOT NULL,
    PRIMARY KEY (provider_id, unsubscribe_hash)
);
ALTER TABLE crm.withdrawn_consents ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.withdrawn_consents FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON crm.withdrawn_consents USING (provider_id = (SELECT crm.current_provider_id()));
GRANT SELECT, INSERT ON crm.withdrawn_consents TO crm_web;

-- However a subscription ends (by its link, by the provider, by a merge), the same statement records it.
CREATE FUNCTION crm.record_consent_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO crm.withdrawn_consents (provider_id, unsubscribe_hash, withdrawn_at)
    VALUES (NEW.provider_id, NEW.unsubscribe_hash, NEW.unsubscribed_at)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER record_consent_withdrawal AFTER INSERT OR UPDATE OF unsubscribed_at ON crm.area_subscriptions
    FOR EACH ROW WHEN (NEW.unsubscribed_at IS NOT NULL AND NEW.unsubscribe_hash IS NOT NULL)
    EXECUTE FUNCTION crm.record_consent_withdrawal();

ALTER TABLE crm.area_subscriptions NO FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.withdrawn_consents NO FORCE ROW LEVEL SECURITY;
INSERT INTO crm.withdrawn_consents (provider_id, unsubscribe_hash, withdrawn_at)
    SELECT provider_id, unsubscribe_hash, unsubscribed_at FROM crm.area_subscriptions
    WHERE unsubscribed_at IS NOT NULL AND unsubscribe_hash IS NOT NULL;
ALTER TABLE crm.area_subscriptions FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.withdrawn_consents FORCE ROW LEVEL SECURITY;
