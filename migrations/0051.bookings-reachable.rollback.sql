-- Values of an enumeration stay: mails may have them.
DROP VIEW escorts.ungated_countries_v1;
