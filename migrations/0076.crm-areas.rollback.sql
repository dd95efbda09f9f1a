DROP TABLE crm.letters, crm.announcements;
