DROP TABLE crm.campaign_recipients;
