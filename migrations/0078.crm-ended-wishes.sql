-- Which wishes to hear of an area were taken back. It outlives them, so that no import brings a consent back.
-- depends: 0077.crm-subjects

-- The hash of a random link, and when: nothing about anybody.
CREATE TABLE crm.ended_wishes (
    provider_id uuid NOT NULL REFERENCES crm.providers,
    unsubscribe_hash bytea NOT NULL,
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (provider_id, unsubscribe_hash)
);
ALTER TABLE crm.ended_wishes ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm.ended_wishes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON crm.ended_wishes USING (provider_id = (SELECT crm.provider()));
GRANT SELECT, INSERT ON crm.ended_wishes TO crm_web;

-- However a wish ends (by its link, by the provider, by a merge), it is remembered with the same statement.
CREATE FUNCTION crm.remember_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO crm.ended_wishes (provider_id, unsubscribe_hash, ended_at)
    VALUES (NEW.provider_id, NEW.unsubscribe_hash, NEW.unsubscribed_at)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER remember_end AFTER INSERT OR UPDATE OF unsubscribed_at ON crm.area_notifications
    FOR EACH ROW WHEN (NEW.unsubscribed_at IS NOT NULL AND NEW.unsubscribe_hash IS NOT NULL)
    EXECUTE FUNCTION crm.remember_end();

ALTER TABLE crm.area_notifications NO FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.ended_wishes NO FORCE ROW LEVEL SECURITY;
INSERT INTO crm.ended_wishes (provider_id, unsubscribe_hash, ended_at)
    SELECT provider_id, unsubscribe_hash, unsubscribed_at FROM crm.area_notifications
    WHERE unsubscribed_at IS NOT NULL AND unsubscribe_hash IS NOT NULL;
ALTER TABLE crm.area_notifications FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.ended_wishes FORCE ROW LEVEL SECURITY;
