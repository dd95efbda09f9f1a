DROP SCHEMA escorts CASCADE;
REVOKE ALL ON outbox.messages, outbox.processed FROM escorts_dashboard, escorts_consumer, escorts_scheduled;
REVOKE USAGE ON SCHEMA outbox FROM escorts_dashboard, escorts_consumer, escorts_scheduled;
