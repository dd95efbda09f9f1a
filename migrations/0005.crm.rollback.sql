DROP SCHEMA crm CASCADE;
REVOKE ALL ON outbox.messages, outbox.processed FROM crm_web, crm_consumer, crm_scheduled, crm_mailer;
REVOKE USAGE ON SCHEMA outbox FROM crm_web, crm_consumer, crm_scheduled, crm_mailer;
