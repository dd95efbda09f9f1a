-- Deletion of references, booking sync, expiry of screenings: columns, policies and grants.
-- depends: 0070.crm

-- Answer and deletion date of references, because referees never consented to storage.
ALTER TABLE crm.client_references
    ADD answered_at timestamptz,
    ADD forget_after_days smallint NOT NULL DEFAULT 90 CHECK (forget_after_days BETWEEN 1 AND 365),
    ADD forgotten_on timestamptz;
UPDATE crm.client_references SET forgotten_on = coalesce(contacted_at, created_at) + interval '90 days';
ALTER TABLE crm.client_references ALTER forgotten_on SET NOT NULL,
    ADD CHECK (answered_at IS NULL OR status <> 'pending');
CREATE INDEX references_to_forget ON crm.client_references (provider_id, forgotten_on);
DROP INDEX crm.screenings_expiring;
CREATE INDEX screenings_expiring ON crm.screenings (provider_id, expires_at) WHERE status = 'verified';

-- Time zone and venue of the provider's bookings, and whether they were confirmed: not part of events.
CREATE VIEW bookings.booking_facts_v1 AS
SELECT id, provider_id, time_zone, venue, confirmed_at IS NOT NULL AS was_confirmed
FROM bookings.bookings
WHERE provider_id = nullif(current_setting('app.provider_id', true), '')::uuid;
GRANT USAGE ON SCHEMA bookings TO crm_web;
GRANT SELECT ON bookings.booking_facts_v1 TO crm_web;

-- A closed account: rows are deleted, the audit log stays and records it. Other tables follow their clients.
GRANT SELECT (audit_length, audit_hash), UPDATE (settings, audit_length, audit_hash) ON crm.workspaces TO crm_consumer;
GRANT INSERT ON crm.audit_log TO crm_consumer;
GRANT SELECT (provider_id), DELETE ON crm.clients, crm.tasks TO crm_consumer;
GRANT DELETE ON crm.inbox TO crm_consumer;

-- The nightly jobs list the workspaces, and delete expired rows in each of them, as its tenant.
CREATE POLICY scheduled_select ON crm.workspaces FOR SELECT TO crm_scheduled USING (true);
GRANT SELECT (provider_id) ON crm.workspaces TO crm_scheduled;
GRANT SELECT (provider_id, status, expires_at), UPDATE (status) ON crm.screenings TO crm_scheduled;
GRANT SELECT (provider_id, forgotten_on), DELETE ON crm.client_references TO crm_scheduled;
