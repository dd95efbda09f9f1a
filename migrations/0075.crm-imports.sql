-- Imports: a file, divided into encrypted chunks, and the report of each row.
-- depends: 0070.crm

CREATE TABLE crm.imports (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES crm.workspaces,
    kind text NOT NULL CHECK (kind IN ('archive', 'clients')),
    rows integer NOT NULL CHECK (rows >= 0),
    -- File name and ignored columns.
    encrypted_payload bytea NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    UNIQUE (provider_id, id)
);
CREATE INDEX imports_recent ON crm.imports (provider_id, created_at DESC, id DESC);

CREATE TABLE crm.import_chunks (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL,
    import_id uuid NOT NULL,
    number integer NOT NULL,
    what text NOT NULL,
    rows integer NOT NULL,
    -- NULL once the chunk is processed.
    encrypted_payload bytea,
    -- Line numbers, outcomes and messages, without contents of the file.
    report jsonb,
    UNIQUE (import_id, number),
    CHECK ((encrypted_payload IS NULL) = (report IS NOT NULL)),
    FOREIGN KEY (provider_id, import_id) REFERENCES crm.imports (provider_id, id) ON DELETE CASCADE
);

-- An export reads tasks in the order of their ids.
CREATE INDEX tasks_by_id ON crm.tasks (provider_id, id);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['imports', 'import_chunks'] LOOP
        EXECUTE format('ALTER TABLE crm.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE crm.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_isolation ON crm.%I USING (provider_id = (SELECT crm.current_provider_id()))', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.imports, crm.import_chunks TO crm_web;
-- A closed account deletes them; the nightly job deletes old ones.
GRANT SELECT (provider_id), DELETE ON crm.imports TO crm_consumer;
GRANT SELECT (provider_id, created_at), DELETE ON crm.imports TO crm_scheduled;
