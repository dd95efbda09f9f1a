-- Revenue by month, in the time zone of the visit.
DROP VIEW IF EXISTS crm.monthly_revenue CASCADE;
CREATE VIEW crm.monthly_revenue WITH (security_invoker = true) AS
SELECT provider_id, to_char(starts_at AT TIME ZONE time_zone, 'YYYY-MM') AS month, currency,
    count(*) AS visits,
    count(DISTINCT client_id) AS clients,
    sum(received_minor)::bigint AS received_minor,
    sum(expenses_minor)::bigint AS expenses_minor,
    sum(received_minor - expenses_minor)::bigint AS net_minor
FROM crm.visits WHERE status = 'completed'
GROUP BY provider_id, month, currency;

GRANT SELECT ON crm.monthly_revenue TO crm_web;
