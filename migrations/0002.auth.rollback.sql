DROP SCHEMA auth CASCADE;
REVOKE ALL ON outbox.messages, outbox.processed FROM auth_web, auth_mailer, auth_scheduled, auth_admin_command;
REVOKE USAGE ON SCHEMA outbox FROM auth_web, auth_mailer, auth_scheduled, auth_admin_command;
