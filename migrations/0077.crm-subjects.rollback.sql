DROP VIEW auth.client_emails_v1;
DROP POLICY subjects_alone ON crm.inbox;
DROP POLICY asked ON crm.workspaces;
DROP TABLE crm.data_request_cases, crm.data_request_answers, crm.data_requests;
DROP FUNCTION crm.current_subject_id();
DELETE FROM crm.inbox WHERE kind = 'subject';
REVOKE ALL ON crm.inbox, crm.workspaces FROM crm_data_requests;
REVOKE USAGE ON SCHEMA crm, auth FROM crm_data_requests;
