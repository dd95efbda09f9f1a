"""Revenue of visits, computed from plaintext columns, by the calendar month at the place of each visit.

Currencies are never added together: every row names its currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composable, Composed, Identifier, Placeholder

from crm.domain.enums import VisitType
from crm.domain.finance import Month
from crm.repository.encrypted_records import RecordFilter
from kit.db import UnitOfWork

_SUMS = SQL(
    "coalesce(sum(received_minor) FILTER (WHERE status = 'completed'), 0)::bigint AS received_minor,"
    " coalesce(sum(expenses_minor) FILTER (WHERE status = 'completed'), 0)::bigint AS expenses_minor"
)
DUE = SQL(
    "CASE WHEN rate_type = 'hourly' THEN (rate_minor * duration_minutes + 30) / 60 ELSE rate_minor END"
)
"""Price of a visit, as `Visit.due_minor` computes it."""
# One extra day on both sides lets the index narrow the rows; the month itself is that of the visit's time zone.
_RANGE = SQL(
    "provider_id = %(provider_id)s"
    " AND starts_at >= to_date(%(first)s, 'YYYY-MM') - interval '1 day'"
    " AND starts_at < to_date(%(last)s, 'YYYY-MM') + interval '1 month 1 day'"
    " AND to_char(starts_at AT TIME ZONE time_zone, 'YYYY-MM') BETWEEN %(first)s AND %(last)s"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueTotal:
    """Revenue of visits in one currency."""

    currency: str
    visits: int
    received_minor: int
    expenses_minor: int

    @property
    def net_minor(self) -> int:
        """Return the received amount minus expenses."""
        return self.received_minor - self.expenses_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueInCurrency(RevenueTotal):
    """Revenue of a range of months in one currency."""

    clients: int
    average_rate_minor: int | None
    outstanding_minor: int
    unkept_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyRevenue(RevenueTotal):
    """Revenue of one month."""

    month: Month
    clients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueByType(RevenueTotal):
    """Revenue of one type of visits."""

    type: VisitType


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueByClient(RevenueTotal):
    """Revenue of one client."""

    client_id: UUID
    first_visit_at: datetime
    last_visit_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRevenue:
    """Planned revenue of a month."""

    month: Month
    currency: str
    visits: int
    due_minor: int


class RevenueRepository:
    """Revenue of one workspace."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def totals(self, first: Month, last: Month) -> list[RevenueInCurrency]:
        """Return the totals per currency, the currency with most visits first."""
        query = SQL(
            """
            SELECT currency, count(*) FILTER (WHERE done) AS visits, {sums},
                count(DISTINCT client_id) FILTER (WHERE done) AS clients,
                round(avg(due) FILTER (WHERE done))::bigint AS average_rate_minor,
                coalesce(sum(greatest(due - received_minor, 0)) FILTER (
                    WHERE done AND payment_status IN ('pending', 'partial')), 0)::bigint AS outstanding_minor,
                coalesce(sum(received_minor) FILTER (WHERE status IN ('no_show', 'cancelled')), 0)::bigint
                    AS unkept_minor
            FROM (SELECT *, status = 'completed' AS done, {due} AS due FROM crm.visits WHERE {range}) v
            GROUP BY currency ORDER BY visits DESC, currency
            """
        ).format(due=DUE, range=_RANGE, sums=_SUMS)
        return [RevenueInCurrency(**row) for row in self._rows(query, first, last)]

    def months(self, first: Month, last: Month) -> list[MonthlyRevenue]:
        """Return the revenue of the months that have completed visits."""
        rows = self._rows(
            SQL(
                """
                SELECT month, currency, visits, clients, received_minor, expenses_minor
                FROM crm.monthly_revenue
                WHERE provider_id = %(provider_id)s AND month BETWEEN %(first)s AND %(last)s
                ORDER BY month, currency
                """
            ).format(),
            first,
            last,
        )
        return [MonthlyRevenue(**dict(row) | {"month": Month.parse(row["month"])}) for row in rows]

    def types(self, first: Month, last: Month) -> list[RevenueByType]:
        """Return the revenue per type of visits."""
        query = SQL(
            """
            SELECT currency, type, count(*) AS visits, sum(received_minor)::bigint AS received_minor,
                sum(expenses_minor)::bigint AS expenses_minor
            FROM crm.visits WHERE {} AND status = 'completed'
            GROUP BY currency, type ORDER BY received_minor DESC, type
            """
        ).format(_RANGE)
        rows = self._rows(query, first, last)
        return [RevenueByType(**dict(row) | {"type": VisitType(row["type"])}) for row in rows]

    def top_clients(self, first: Month, last: Month, each: int) -> list[RevenueByClient]:
        """Return the clients with the highest revenue, at most `each` per currency."""
        query = SQL(
            """
            SELECT * FROM (
                SELECT currency, client_id, count(*) AS visits, sum(received_minor)::bigint AS received_minor,
                    sum(expenses_minor)::bigint AS expenses_minor, min(starts_at) AS first_visit_at,
                    max(starts_at) AS last_visit_at, row_number() OVER (PARTITION BY currency
                        ORDER BY sum(received_minor) DESC, count(*) DESC, client_id) AS place
                FROM crm.visits WHERE {} AND status = 'completed' GROUP BY currency, client_id
            ) ranked WHERE place <= {} ORDER BY currency, place
            """
        ).format(_RANGE, each)
        rows = self._rows(query, first, last)
        return [_of_client(row) for row in rows]

    def totals_of_client(self, client_id: UUID) -> list[RevenueByClient]:
        """Return the revenue of a client over all time."""
        rows = self._work.execute(
            """
            SELECT currency, client_id, visits, received_minor, expenses_minor, first_visit_at, last_visit_at
            FROM crm.client_revenue WHERE provider_id = %s AND client_id = %s
            ORDER BY visits DESC, currency
            """,
            (self._provider_id, client_id),
        ).fetchall()
        return [_of_client(row) for row in rows]

    def totals_of_visits(self, record_filter: RecordFilter) -> list[RevenueTotal]:
        """Return the totals of filtered visits of every status by currency; amounts count once a visit is completed."""
        conditions, values = _conditions(record_filter)
        rows = self._work.execute(
            SQL(
                "SELECT currency, count(*) AS visits, {} FROM crm.visits WHERE {}"
                " GROUP BY currency ORDER BY currency"
            ).format(_SUMS, SQL(" AND ").join(conditions)),
            values | {"provider_id": self._provider_id},
        ).fetchall()
        return [RevenueTotal(**row) for row in rows]

    def planned(self, first: Month, last: Month) -> list[PlannedRevenue]:
        """Return the planned revenue per month."""
        query = SQL(
            """
            SELECT to_char(starts_at AT TIME ZONE time_zone, 'YYYY-MM') AS month, currency, count(*) AS visits,
                coalesce(sum({}), 0)::bigint AS due_minor
            FROM crm.visits WHERE {} AND status = 'planned' GROUP BY month, currency
            """
        ).format(DUE, _RANGE)
        rows = self._rows(query, first, last)
        return [PlannedRevenue(**dict(row) | {"month": Month.parse(row["month"])}) for row in rows]

    def _rows(self, query: Composed, first: Month, last: Month) -> list[dict[str, Any]]:
        values = {"provider_id": self._provider_id, "first": str(first), "last": str(last)}
        return self._work.execute(query, values).fetchall()


def _of_client(row: Mapping[str, Any]) -> RevenueByClient:
    return RevenueByClient(**{name: value for name, value in row.items() if name != "place"})


def _conditions(record_filter: RecordFilter) -> tuple[list[Composable], dict[str, Any]]:
    found: list[Composable] = [SQL("provider_id = %(provider_id)s")]
    values: dict[str, Any] = dict(record_filter.equal or {})
    found += [SQL("{} = {}").format(Identifier(name), Placeholder(name)) for name in values]
    for name, value, condition in (
        ("client_id", record_filter.client_id, "client_id = %(client_id)s"),
        ("since", record_filter.since, "starts_at >= %(since)s"),
        ("until", record_filter.until, "starts_at < %(until)s"),
    ):
        if value is not None:
            found.append(SQL(condition))
            values[name] = value
    return found, values
