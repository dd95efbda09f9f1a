-- Values of the enumeration stay, since mails may use them.
REVOKE INSERT (id, user_id, purpose, detail, created_at) ON auth.mails FROM auth_mailer;
DROP VIEW auth.time_zones_v1;
