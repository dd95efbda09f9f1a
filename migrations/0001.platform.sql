-- The ground that every feature stands on: roles, the shiftable clock, the outbox.

CREATE SCHEMA app;

-- A login role without a password: IAM signs it in on Aurora, loopback trust on a developer's machine.
CREATE FUNCTION app.ensure_role(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Roles belong to the whole server: two databases of one server may be migrated at the same moment.
    PERFORM pg_advisory_xact_lock(hashtext('app.ensure_role'));
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
        BEGIN
            EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
        EXECUTE format('GRANT rds_iam TO %I', name);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA app TO %I', name);
END $$;

-- Domain time. The local cloud shifts it per database with the setting app.clock_offset; nothing else ever sets it.
CREATE FUNCTION app.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT now() + coalesce(nullif(current_setting('app.clock_offset', true), ''), '0')::interval
$$;

CREATE SCHEMA outbox;

CREATE TABLE outbox.messages (
    id uuid PRIMARY KEY,
    source text NOT NULL,
    type text NOT NULL,
    envelope jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX messages_due ON outbox.messages (attempts, created_at, id) WHERE sent_at IS NULL;
CREATE INDEX messages_sent ON outbox.messages (sent_at) WHERE sent_at IS NOT NULL;

CREATE TABLE outbox.processed (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    processed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX processed_at ON outbox.processed (processed_at);

-- May add events and mark its own as sent; cannot read what others said.
CREATE FUNCTION outbox.grant_publisher(role text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA outbox TO %I', role);
    EXECUTE format('GRANT INSERT (id, source, type, envelope), SELECT (id, sent_at), UPDATE (sent_at)
                    ON outbox.messages TO %I', role);
END $$;

CREATE FUNCTION outbox.grant_consumer(role text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA outbox TO %I', role);
    EXECUTE format('GRANT INSERT (consumer, event_id), SELECT (consumer, event_id) ON outbox.processed TO %I', role);
END $$;

REVOKE ALL ON FUNCTION app.ensure_role(text), outbox.grant_publisher(text), outbox.grant_consumer(text) FROM PUBLIC;

SELECT app.ensure_role('operations_web');
SELECT app.ensure_role('operations_relay');
GRANT USAGE ON SCHEMA outbox TO operations_relay;
GRANT SELECT, UPDATE, DELETE ON outbox.messages TO operations_relay;
GRANT SELECT, DELETE ON outbox.processed TO operations_relay;
