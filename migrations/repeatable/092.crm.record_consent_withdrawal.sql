-- However a subscription ends (by its link, by the provider, by a merge), the same statement records it.
CREATE OR REPLACE FUNCTION crm.record_consent_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO crm.withdrawn_consents (provider_id, unsubscribe_hash, withdrawn_at)
    VALUES (NEW.provider_id, NEW.unsubscribe_hash, NEW.unsubscribed_at)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER record_consent_withdrawal AFTER INSERT OR UPDATE OF unsubscribed_at ON crm.area_subscriptions
    FOR EACH ROW WHEN (NEW.unsubscribed_at IS NOT NULL AND NEW.unsubscribe_hash IS NOT NULL)
    EXECUTE FUNCTION crm.record_consent_withdrawal();
