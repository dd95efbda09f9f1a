DROP TABLE crm.addressees;
