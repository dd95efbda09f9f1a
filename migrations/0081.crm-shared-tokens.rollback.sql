-- The first client keeps a token that must be unique. Forced row-level security hides every row from the owner too.
ALTER TABLE crm.client_search_tokens NO FORCE ROW LEVEL SECURITY;
DELETE FROM crm.client_search_tokens later USING crm.client_search_tokens first
    WHERE later.kind IN ('account', 'import') AND first.provider_id = later.provider_id AND first.kind = later.kind
        AND first.token = later.token AND first.client_id < later.client_id;
ALTER TABLE crm.client_search_tokens FORCE ROW LEVEL SECURITY;
CREATE UNIQUE INDEX client_search_tokens_once ON crm.client_search_tokens (provider_id, kind, token)
    WHERE kind IN ('account', 'import');
