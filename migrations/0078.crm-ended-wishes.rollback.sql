DROP TRIGGER record_consent_withdrawal ON crm.area_subscriptions;
DROP FUNCTION crm.record_consent_withdrawal();
DROP TABLE crm.withdrawn_consents;
