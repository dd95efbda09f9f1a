-- What people ask of all books at once: what is kept about them, or that it goes. Nothing here names a provider.
-- depends: 0076.crm-areas

-- Whose own requests a transaction sees; nobody's, where it was not said.
CREATE FUNCTION crm.current_subject_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('app.subject_id', true), '')::uuid
$$;

-- Who asks is an account; the address stays where it is kept anyway.
CREATE TABLE crm.data_requests (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('access', 'erasure')),
    asked_at timestamptz NOT NULL,
    -- The last book that was asked, until all of them were.
    dispatched_up_to uuid,
    notified_at timestamptz
);
CREATE INDEX data_requests_of_person ON crm.data_requests (user_id, asked_at DESC);
CREATE INDEX data_requests_waiting ON crm.data_requests (asked_at, id) WHERE notified_at IS NULL;

-- Sealed for the person; whose book an answer comes from stands nowhere. Handed over by night, all of a day together.
CREATE TABLE crm.data_request_answers (
    id uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES crm.data_requests ON DELETE CASCADE,
    sealed bytea NOT NULL,
    released_at timestamptz
);
CREATE INDEX data_request_answers_of_request ON crm.data_request_answers (request_id, id);
CREATE INDEX data_request_answers_waiting ON crm.data_request_answers (request_id) WHERE released_at IS NULL;

-- One row for each request in each book, whether somebody was found there or not: which of both is sealed.
CREATE TABLE crm.data_request_cases (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    encrypted_payload bytea NOT NULL,
    delete_at timestamptz NOT NULL
);
CREATE INDEX data_request_cases_of_book ON crm.data_request_cases (provider_id, delete_at);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['data_requests', 'data_request_answers', 'data_request_cases'] LOOP
        EXECUTE format('ALTER TABLE crm.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE crm.%I FORCE ROW LEVEL SECURITY', name);
    END LOOP;
END $$;

SELECT app.ensure_role('crm_data_requests');
GRANT USAGE ON SCHEMA crm, auth TO crm_data_requests;

CREATE POLICY own ON crm.data_request_cases USING (provider_id = (SELECT crm.current_provider_id()));
CREATE POLICY own ON crm.data_requests USING (user_id = (SELECT crm.current_subject_id()));
CREATE POLICY own ON crm.data_request_answers FOR SELECT
    USING (released_at IS NOT NULL AND request_id IN (SELECT id FROM crm.data_requests));
-- A provider gives an answer to whoever asked, and sees neither the request nor any answer.
CREATE POLICY given ON crm.data_request_answers FOR INSERT TO crm_web WITH CHECK (released_at IS NULL);
CREATE POLICY every ON crm.data_requests TO crm_data_requests USING (true);
CREATE POLICY every ON crm.data_request_answers TO crm_data_requests USING (true);
CREATE POLICY asked ON crm.workspaces FOR SELECT TO crm_data_requests USING (true);
-- In an inbox it touches what it put there alone.
CREATE POLICY subjects_alone ON crm.inbox AS RESTRICTIVE TO crm_data_requests USING (kind = 'subject');

GRANT SELECT, INSERT ON crm.data_requests, crm.data_request_answers TO crm_web;
GRANT SELECT, INSERT, UPDATE (encrypted_payload), DELETE ON crm.data_request_cases TO crm_web;
-- A provider who closes her account, and a person who does.
GRANT SELECT (id, provider_id), DELETE ON crm.data_request_cases TO crm_consumer;
GRANT SELECT (user_id), DELETE ON crm.data_requests TO crm_consumer;

GRANT SELECT, UPDATE (dispatched_up_to, notified_at), DELETE ON crm.data_requests TO crm_data_requests;
GRANT SELECT (id, request_id, released_at), UPDATE (released_at), DELETE ON crm.data_request_answers TO crm_data_requests;
GRANT SELECT (provider_id, delete_at), DELETE ON crm.data_request_cases TO crm_data_requests;
GRANT SELECT (provider_id) ON crm.workspaces TO crm_data_requests;
GRANT SELECT (id, provider_id, kind, received_at), INSERT, DELETE ON crm.inbox TO crm_data_requests;

-- Where clients who confirmed their address are reached; nothing of anybody else.
CREATE VIEW auth.client_emails_v1 AS
SELECT id AS user_id, email FROM auth.users
WHERE role = 'client' AND status = 'active' AND email_verified_at IS NOT NULL;
GRANT SELECT ON auth.client_emails_v1 TO crm_data_requests;
