ALTER TABLE crm.visits DROP CONSTRAINT time_zone_is_known;
