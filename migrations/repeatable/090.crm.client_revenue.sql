-- Revenue by client, computed on read: a stored sum could drift.
DROP VIEW IF EXISTS crm.client_revenue CASCADE;
CREATE VIEW crm.client_revenue WITH (security_invoker = true) AS
SELECT provider_id, client_id, currency,
    count(*) AS visits,
    sum(received_minor)::bigint AS received_minor,
    sum(expenses_minor)::bigint AS expenses_minor,
    sum(received_minor - expenses_minor)::bigint AS net_minor,
    min(starts_at) AS first_visit_at,
    max(starts_at) AS last_visit_at
FROM crm.visits WHERE status = 'completed'
GROUP BY provider_id, client_id, currency;

GRANT SELECT ON crm.client_revenue TO crm_web;
