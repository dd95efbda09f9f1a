-- Foundation of all features: extensions, time, roles of functions, and the outbox of events.

-- Extensions
-- Trusted ones, which a database owner may create without being a superuser.

CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public;

-- Time

CREATE SCHEMA app;

-- Domain time. The local cloud shifts it per database with the setting app.clock_offset; nothing else ever sets it.
CREATE FUNCTION app.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT now() + coalesce(nullif(current_setting('app.clock_offset', true), ''), '0')::interval
$$;

-- Roles

-- Login role of a function, without a password: IAM signs it in on Aurora, loopback trust on a developer's machine.
-- PostgreSQL makes the creator of a role a member of it, and Aurora refuses the password of every direct or indirect
-- member of rds_iam. A temporary role therefore creates the login role, and its membership ends when it is dropped:
-- otherwise the owner could not sign in for the next deployment. Afterwards the owner can neither alter nor drop the
-- login role; it ends a sign-in by revoking rds_iam.
CREATE FUNCTION app.ensure_role(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    owner text := current_user;
    creator text := 'role_creator_' || pg_backend_pid();
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN CREATEROLE', creator);
            EXECUTE format('GRANT %I TO %I WITH INHERIT FALSE, SET TRUE', creator, owner);
            EXECUTE format('SET LOCAL ROLE %I', creator);
            EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', name);
            EXECUTE format('SET LOCAL ROLE %I', owner);
            EXECUTE format('DROP ROLE %I', creator);
        -- Roles belong to the whole server: two databases of one server may be migrated at the same moment.
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') AND NOT pg_has_role(name::name, 'rds_iam', 'MEMBER') THEN
        EXECUTE format('GRANT rds_iam TO %I', name);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA app TO %I', name);
END $$;

-- Outbox

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

-- Events that a consumer has processed: an event that arrives twice has one effect.
CREATE TABLE outbox.processed (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    processed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX processed_at ON outbox.processed (processed_at);

-- A publisher adds events and marks its own as sent; it cannot read the events of others.
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

-- Roles of operations

SELECT app.ensure_role('operations_web');

SELECT app.ensure_role('operations_relay');
GRANT USAGE ON SCHEMA outbox TO operations_relay;
GRANT SELECT, UPDATE, DELETE ON outbox.messages TO operations_relay;
GRANT SELECT, DELETE ON outbox.processed TO operations_relay;
