-- E-mail addresses and languages of active clients with a confirmed address, and of no other account.
DROP VIEW IF EXISTS auth.client_emails_v1 CASCADE;
CREATE VIEW auth.client_emails_v1 AS
SELECT u.id AS user_id, u.email, coalesce(p.language, 'en') AS language
FROM auth.users AS u LEFT JOIN auth.preferences AS p ON p.user_id = u.id
WHERE u.role = 'client' AND u.status = 'active' AND u.email_verified_at IS NOT NULL;

GRANT USAGE ON SCHEMA auth TO crm_data_requests;
GRANT SELECT ON auth.client_emails_v1 TO crm_data_requests;
