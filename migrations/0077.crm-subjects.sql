-- What people ask of all books at once: what is kept about them, or that it goes. Nothing here names a provider.
-- depends: 0076.crm-areas

-- Whose own requests a transaction sees; nobody's, where it was not said.
CREATE FUNCTION crm.subject() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('app.subject_id', true), '')::uuid
$$;

-- Who asks is an account; the address stays where it is kept anyway.
CREATE TABLE crm.subject_requests (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('access', 'erasure')),
    asked_at timestamptz NOT NULL,
    -- The last book that was asked, until all of them were.
    asked_up_to uuid,
    told_at timestamptz
);
CREATE INDEX subject_requests_of_person ON crm.subject_requests (user_id, asked_at DESC);
CREATE INDEX subject_requests_waiting ON crm.subject_requests (asked_at, id) WHERE told_at IS NULL;

-- Sealed for the person; whose book an answer comes from stands nowhere. Handed over by night, all of a day together.
CREATE TABLE crm.subject_answers (
    id uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES crm.subject_requests ON DELETE CASCADE,
    sealed bytea NOT NULL,
    released_at timestamptz
);
CREATE INDEX subject_answers_of_request ON crm.subject_answers (request_id, id);
CREATE INDEX subject_answers_waiting ON crm.subject_answers (request_id) WHERE released_at IS NULL;

-- One row for each request in each book, whether somebody was found there or not: which of both is sealed.
CREATE TABLE crm.subject_cases (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.providers,
    doc bytea NOT NULL,
    forget_at timestamptz NOT NULL
);
CREATE INDEX subject_cases_of_book ON crm.subject_cases (provider_id, forget_at);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['subject_requests', 'subject_answers', 'subject_cases'] LOOP
        EXECUTE format('ALTER TABLE crm.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE crm.%I FORCE ROW LEVEL SECURITY', name);
    END LOOP;
END $$;

SELECT app.ensure_role('crm_data_requests');
GRANT USAGE ON SCHEMA crm, auth TO crm_data_requests;

CREATE POLICY own ON crm.subject_cases USING (provider_id = (SELECT crm.provider()));
CREATE POLICY own ON crm.subject_requests USING (user_id = (SELECT crm.subject()));
CREATE POLICY own ON crm.subject_answers FOR SELECT
    USING (released_at IS NOT NULL AND request_id IN (SELECT id FROM crm.subject_requests));
-- A provider gives an answer to whoever asked, and sees neither the request nor any answer.
CREATE POLICY given ON crm.subject_answers FOR INSERT TO crm_web WITH CHECK (released_at IS NULL);
CREATE POLICY every ON crm.subject_requests TO crm_data_requests USING (true);
CREATE POLICY every ON crm.subject_answers TO crm_data_requests USING (true);
CREATE POLICY asked ON crm.providers FOR SELECT TO crm_data_requests USING (true);
-- In an inbox it touches what it put there alone.
CREATE POLICY subjects_alone ON crm.inbox AS RESTRICTIVE TO crm_data_requests USING (kind = 'subject');

GRANT SELECT, INSERT ON crm.subject_requests, crm.subject_answers TO crm_web;
GRANT SELECT, INSERT, UPDATE (doc), DELETE ON crm.subject_cases TO crm_web;
-- A provider who closes her account, and a person who does.
GRANT SELECT (id, provider_id), DELETE ON crm.subject_cases TO crm_consumer;
GRANT SELECT (user_id), DELETE ON crm.subject_requests TO crm_consumer;

GRANT SELECT, UPDATE (asked_up_to, told_at), DELETE ON crm.subject_requests TO crm_data_requests;
GRANT SELECT (id, request_id, released_at), UPDATE (released_at), DELETE ON crm.subject_answers TO crm_data_requests;
GRANT SELECT (provider_id, forget_at), DELETE ON crm.subject_cases TO crm_data_requests;
GRANT SELECT (provider_id) ON crm.providers TO crm_data_requests;
GRANT SELECT (id, provider_id, kind, received_at), INSERT, DELETE ON crm.inbox TO crm_data_requests;

-- Where clients who confirmed their address are reached; nothing of anybody else.
CREATE VIEW auth.client_emails_v1 AS
SELECT id AS user_id, email FROM auth.users
WHERE role = 'client' AND status = 'active' AND email_verified_at IS NOT NULL;
GRANT SELECT ON auth.client_emails_v1 TO crm_data_requests;
