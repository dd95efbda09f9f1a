DELETE FROM escorts.consents WHERE version = 1;
DELETE FROM escorts.jurisdictions;
DELETE FROM escorts.cities;
