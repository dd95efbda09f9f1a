-- The first client keeps an account or import key, which only one may have. FORCE is lifted, or the owner sees no row.
ALTER TABLE crm.client_search_tokens NO FORCE ROW LEVEL SECURITY;
DELETE FROM crm.client_search_tokens later USING crm.client_search_tokens first
    WHERE later.kind IN ('account', 'import') AND first.provider_id = later.provider_id AND first.kind = later.kind
        AND first.blind_index = later.blind_index AND first.client_id < later.client_id;
ALTER TABLE crm.client_search_tokens FORCE ROW LEVEL SECURITY;
CREATE UNIQUE INDEX client_search_tokens_once ON crm.client_search_tokens (provider_id, kind, blind_index)
    WHERE kind IN ('account', 'import');
