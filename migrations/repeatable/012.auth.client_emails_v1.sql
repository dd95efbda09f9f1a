-- E-mail addresses of active clients with a confirmed address, and of no other account.
DROP VIEW IF EXISTS auth.client_emails_v1 CASCADE;
CREATE VIEW auth.client_emails_v1 AS
SELECT id AS user_id, email FROM auth.users
WHERE role = 'client' AND status = 'active' AND email_verified_at IS NOT NULL;

GRANT USAGE ON SCHEMA auth TO crm_data_requests;
GRANT SELECT ON auth.client_emails_v1 TO crm_data_requests;
