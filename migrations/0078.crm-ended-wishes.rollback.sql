DROP TRIGGER remember_end ON crm.area_notifications;
DROP FUNCTION crm.remember_end();
DROP TABLE crm.ended_wishes;
