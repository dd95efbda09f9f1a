-- Letters to clients who asked to hear of an area: sealed until they are sent, and gone then.
-- depends: 0070.crm

-- One for each time that she told them of something; `id` is the asker's, so that asking again tells nobody twice.
CREATE TABLE crm.announcements (
    provider_id uuid NOT NULL REFERENCES crm.providers,
    id uuid NOT NULL,
    area_token bytea NOT NULL,
    letters integer NOT NULL,
    announced_at timestamptz NOT NULL,
    PRIMARY KEY (provider_id, id)
);
CREATE INDEX announcements_recent ON crm.announcements (provider_id, announced_at);

CREATE TABLE crm.letters (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.providers,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX letters_age ON crm.letters (provider_id, created_at);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['announcements', 'letters'] LOOP
        EXECUTE format('ALTER TABLE crm.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE crm.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own ON crm.%I USING (provider_id = (SELECT crm.provider()))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, DELETE ON crm.announcements TO crm_web;
GRANT SELECT (id, provider_id), INSERT, DELETE ON crm.letters TO crm_web;
-- A book that is emptied, or whose provider leaves, writes to nobody any more.
GRANT SELECT (id, provider_id), DELETE ON crm.announcements, crm.letters TO crm_consumer;
GRANT SELECT, DELETE ON crm.letters TO crm_mailer;
GRANT SELECT (provider_id, created_at), DELETE ON crm.letters TO crm_scheduled;
GRANT SELECT (provider_id, announced_at), DELETE ON crm.announcements TO crm_scheduled;
