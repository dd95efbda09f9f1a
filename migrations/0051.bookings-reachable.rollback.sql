-- Values of an enumeration stay, since mails may use them.
DROP VIEW escorts.ungated_countries_v1;
