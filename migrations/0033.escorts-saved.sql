-- Favourites and saved searches of clients, with daily notifications. Providers cannot see either:
-- no query for providers reads these tables, and no event contains them.
-- depends: 0030.escorts-search-upkeep

CREATE TABLE escorts.favourites (
    user_id uuid NOT NULL,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, profile_id)
);
CREATE INDEX favourites_newest ON escorts.favourites (user_id, added_at DESC, profile_id DESC);
CREATE INDEX favourites_of_profile ON escorts.favourites (profile_id);

CREATE TABLE escorts.saved_searches (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    -- Query parameters in the spelling of the API; the schema of the search parses them each time.
    query jsonb NOT NULL CHECK (jsonb_typeof(query) = 'object'),
    -- Time zone of the city, or UTC; applies if the client has chosen no time zone.
    time_zone text NOT NULL,
    -- When the client agreed to mails about this search; NULL without consent or after withdrawal.
    mail_consent_at timestamptz,
    -- Secret of the unsubscribe link in each mail; it stops the mails without signing in.
    unsubscribe_token text NOT NULL UNIQUE CHECK (unsubscribe_token ~ '^[A-Za-z0-9_-]{43}$'),
    -- Profiles listed before this time are not new.
    since timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX saved_searches_of_user ON escorts.saved_searches (user_id, created_at, id);
CREATE INDEX saved_searches_due ON escorts.saved_searches (due_at, id)
    WHERE mail_consent_at IS NOT NULL;

-- Profiles of which a search has notified its owner, each once. `event_id` is the notification event.
CREATE TABLE escorts.saved_search_matches (
    saved_search_id uuid NOT NULL REFERENCES escorts.saved_searches ON DELETE CASCADE,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    event_id uuid NOT NULL,
    matched_at timestamptz NOT NULL,
    PRIMARY KEY (saved_search_id, profile_id)
);
CREATE INDEX saved_search_matches_by_event ON escorts.saved_search_matches (event_id);

-- First listing of a profile in a city. Being listed again, or a rebuild of the index, does not count.
CREATE TABLE escorts.new_listings (
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    city text NOT NULL REFERENCES escorts.cities,
    listed_at timestamptz NOT NULL,
    PRIMARY KEY (profile_id, city)
);
CREATE INDEX new_listings_newest ON escorts.new_listings (listed_at);
CREATE INDEX new_listings_by_city ON escorts.new_listings (city, listed_at);
INSERT INTO escorts.new_listings SELECT profile_id, city, app.now() FROM escorts.profile_search;

CREATE FUNCTION escorts.on_listed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO escorts.new_listings SELECT l.profile_id, l.city, app.now() FROM listed l
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER on_listed AFTER INSERT ON escorts.profile_search
    REFERENCING NEW TABLE AS listed FOR EACH STATEMENT EXECUTE FUNCTION escorts.on_listed();

CREATE FUNCTION escorts.on_city_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO escorts.new_listings VALUES (NEW.profile_id, NEW.city, app.now())
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER on_city_changed AFTER UPDATE OF city ON escorts.profile_search
    FOR EACH ROW WHEN (OLD.city <> NEW.city) EXECUTE FUNCTION escorts.on_city_changed();
REVOKE ALL ON FUNCTION escorts.on_listed, escorts.on_city_changed FROM PUBLIC;

-- Read by the mailer just before sending: the number of matches of an event that are still public.
-- Without mail consent there is no row.
CREATE VIEW escorts.saved_search_notices_v1 AS
SELECT m.event_id, s.id AS saved_search_id, s.user_id, s.unsubscribe_token, count(*) AS profiles
FROM escorts.saved_search_matches m
JOIN escorts.saved_searches s ON s.id = m.saved_search_id AND s.mail_consent_at IS NOT NULL
JOIN auth.accounts_v1 a ON a.user_id = s.user_id AND a.status = 'active'
JOIN escorts.public_profiles_v1 g ON g.id = m.profile_id
GROUP BY m.event_id, s.id;

GRANT SELECT, INSERT, DELETE ON escorts.favourites TO escorts_web;
GRANT SELECT, INSERT, DELETE,
    UPDATE (name, query, time_zone, mail_consent_at, since, due_at, updated_at)
    ON escorts.saved_searches TO escorts_web;
GRANT SELECT, DELETE ON escorts.saved_search_matches TO escorts_web;

GRANT SELECT, DELETE ON escorts.favourites, escorts.saved_searches TO escorts_consumer;

-- The job searches in the role of the public.
GRANT escorts_public TO escorts_scheduled WITH INHERIT FALSE, SET TRUE;
GRANT SELECT ON escorts.new_listings TO escorts_scheduled;
GRANT SELECT (id, user_id, query, time_zone, mail_consent_at, since, due_at), UPDATE (since, due_at)
    ON escorts.saved_searches TO escorts_scheduled;
GRANT SELECT, INSERT, DELETE ON escorts.saved_search_matches TO escorts_scheduled;

GRANT USAGE ON SCHEMA escorts TO auth_mailer;
GRANT SELECT ON escorts.saved_search_notices_v1 TO auth_mailer;
