-- Data subject requests to all workspaces. Requests and answers store no provider id; crm.data_request_cases stores one
-- row per request and provider.
-- depends: 0076.crm-areas

-- Current data subject of the transaction; NULL, and therefore no row, if none was set.
CREATE FUNCTION crm.current_subject_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('app.subject_id', true), '')::uuid
$$;

-- The requester is an account; the e-mail address stays in auth.users.
CREATE TABLE crm.data_requests (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('access', 'erasure')),
    asked_at timestamptz NOT NULL,
    -- The last workspace that the request was dispatched to.
    dispatched_up_to uuid,
    dispatched_at timestamptz
);
CREATE INDEX data_requests_of_user ON crm.data_requests (user_id, asked_at DESC);
CREATE INDEX data_requests_undispatched ON crm.data_requests (asked_at, id) WHERE dispatched_at IS NULL;

-- Answers, encrypted for the requester, without the provider. All answers of a day are released together at night.
CREATE TABLE crm.data_request_answers (
    id uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES crm.data_requests ON DELETE CASCADE,
    sealed bytea NOT NULL,
    released_at timestamptz
);
CREATE INDEX data_request_answers_of_request ON crm.data_request_answers (request_id, id);
CREATE INDEX data_request_answers_unreleased ON crm.data_request_answers (request_id) WHERE released_at IS NULL;

-- One row per request and workspace, whether a client matched or not: the match is encrypted.
CREATE TABLE crm.data_request_cases (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    encrypted_payload bytea NOT NULL,
    delete_at timestamptz NOT NULL
);
CREATE INDEX data_request_cases_of_workspace ON crm.data_request_cases (provider_id, delete_at);

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

CREATE POLICY tenant_isolation ON crm.data_request_cases USING (provider_id = (SELECT crm.current_provider_id()));
CREATE POLICY subject_isolation ON crm.data_requests USING (user_id = (SELECT crm.current_subject_id()));
CREATE POLICY subject_isolation ON crm.data_request_answers FOR SELECT
    USING (released_at IS NOT NULL AND request_id IN (SELECT id FROM crm.data_requests));
-- A provider inserts an answer, and sees neither the request nor any answer.
CREATE POLICY insert_answers ON crm.data_request_answers FOR INSERT TO crm_web WITH CHECK (released_at IS NULL);
CREATE POLICY data_request_all ON crm.data_requests TO crm_data_requests USING (true);
CREATE POLICY data_request_all ON crm.data_request_answers TO crm_data_requests USING (true);
CREATE POLICY data_request_provider_ids ON crm.workspaces FOR SELECT TO crm_data_requests USING (true);
-- The dispatcher reaches only its own messages in an inbox.
CREATE POLICY data_request_inbox_only ON crm.inbox AS RESTRICTIVE TO crm_data_requests USING (kind = 'data-request');

GRANT SELECT, INSERT ON crm.data_requests, crm.data_request_answers TO crm_web;
GRANT SELECT, INSERT, UPDATE (encrypted_payload), DELETE ON crm.data_request_cases TO crm_web;
-- Closed accounts of providers, and of requesters.
GRANT SELECT (id, provider_id), DELETE ON crm.data_request_cases TO crm_consumer;
GRANT SELECT (user_id), DELETE ON crm.data_requests TO crm_consumer;

GRANT SELECT, UPDATE (dispatched_up_to, dispatched_at), DELETE ON crm.data_requests TO crm_data_requests;
GRANT SELECT (id, request_id, released_at), UPDATE (released_at), DELETE ON crm.data_request_answers TO crm_data_requests;
GRANT SELECT (provider_id, delete_at), DELETE ON crm.data_request_cases TO crm_data_requests;
GRANT SELECT (provider_id) ON crm.workspaces TO crm_data_requests;
GRANT SELECT (id, provider_id, kind, received_at), INSERT, DELETE ON crm.inbox TO crm_data_requests;

-- E-mail addresses of active clients with a confirmed address, and of no other account.
CREATE VIEW auth.client_emails_v1 AS
SELECT id AS user_id, email FROM auth.users
WHERE role = 'client' AND status = 'active' AND email_verified_at IS NOT NULL;
GRANT SELECT ON auth.client_emails_v1 TO crm_data_requests;
