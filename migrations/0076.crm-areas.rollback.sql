DROP TABLE crm.campaign_emails, crm.campaigns;
