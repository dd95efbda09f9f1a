REVOKE ALL ON crm.workspaces, crm.screenings, crm.client_references FROM crm_scheduled;
DROP POLICY whose ON crm.workspaces;
REVOKE DELETE ON crm.inbox, crm.clients, crm.tasks FROM crm_consumer;
REVOKE SELECT (provider_id) ON crm.clients, crm.tasks FROM crm_consumer;
REVOKE INSERT ON crm.audit_log FROM crm_consumer;
REVOKE SELECT (audit_length, audit_hash), UPDATE (settings, audit_length, audit_hash) ON crm.workspaces FROM crm_consumer;
DROP VIEW bookings.booking_facts_v1;
REVOKE USAGE ON SCHEMA bookings FROM crm_web;
DROP INDEX crm.screenings_expiring;
CREATE INDEX screenings_expiring ON crm.screenings (expires_at) WHERE status = 'verified';
ALTER TABLE crm.client_references
    DROP answered_at, DROP forget_after_days, DROP forgotten_on;
