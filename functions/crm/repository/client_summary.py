"""Summary of a client, computed from plaintext columns."""

from datetime import datetime
from uuid import UUID

from crm.domain.client_summary import ClientSummary, Revenue
from kit.db import UnitOfWork


def client_summary(
    work: UnitOfWork, provider_id: UUID, client_id: UUID, now: datetime
) -> ClientSummary:
    """Return the summary of a client at this moment."""
    values = {"provider_id": provider_id, "client_id": client_id, "now": now}
    revenue = work.execute(
        """
        SELECT currency, visits, received_minor, expenses_minor, net_minor FROM crm.client_revenue
        WHERE provider_id = %(provider_id)s AND client_id = %(client_id)s ORDER BY currency
        """,
        values,
    ).fetchall()
    row = work.execute(_COUNTED, values).fetchone()
    assert row is not None  # noqa: S101 - a row without FROM is always there
    return ClientSummary(revenue=[Revenue(**one) for one in revenue], **row)


# A screening without an end is valid without limit, however many others expire.
_COUNTED = """
SELECT visits.last_visit_at, visits.next_visit_at, tasks.open_tasks, tasks.overdue_tasks,
    checks.screening_valid, checks.screening_valid_until
FROM (
    SELECT max(starts_at) FILTER (WHERE status = 'completed') AS last_visit_at,
        min(starts_at) FILTER (WHERE status = 'planned' AND starts_at > %(now)s) AS next_visit_at
    FROM crm.visits WHERE provider_id = %(provider_id)s AND client_id = %(client_id)s
) AS visits, (
    SELECT count(*) AS open_tasks, count(*) FILTER (WHERE due_at < %(now)s) AS overdue_tasks
    FROM crm.tasks
    WHERE provider_id = %(provider_id)s AND client_id = %(client_id)s AND done_at IS NULL
) AS tasks, (
    SELECT count(*) > 0 AS screening_valid,
        CASE WHEN bool_and(expires_at IS NOT NULL) THEN max(expires_at) END AS screening_valid_until
    FROM crm.screenings
    WHERE provider_id = %(provider_id)s AND client_id = %(client_id)s AND status = 'verified'
        AND (expires_at IS NULL OR expires_at > %(now)s)
) AS checks
"""
