DROP VIEW auth.client_emails_v1;
DROP POLICY subjects_alone ON crm.inbox;
DROP POLICY asked ON crm.providers;
DROP TABLE crm.subject_cases, crm.subject_answers, crm.subject_requests;
DROP FUNCTION crm.subject();
DELETE FROM crm.inbox WHERE kind = 'subject';
REVOKE ALL ON crm.inbox, crm.providers FROM crm_data_requests;
REVOKE USAGE ON SCHEMA crm, auth FROM crm_data_requests;
