ALTER TABLE crm.visits DROP CONSTRAINT zone_is_known;
