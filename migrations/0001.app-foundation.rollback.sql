-- Roles stay: they belong to the server, and its other databases may use them.
DROP SCHEMA outbox CASCADE;
DROP SCHEMA app CASCADE;
DROP EXTENSION unaccent;
DROP EXTENSION pg_trgm;
DROP EXTENSION btree_gist;
