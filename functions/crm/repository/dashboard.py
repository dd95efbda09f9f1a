"""Totals of a workspace, computed from plaintext columns."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composable, Identifier, Placeholder

from crm.repository.encrypted_records import RecordFilter
from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
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
class Month(Total):
    """Revenue of a month."""

    month: str
    """For example 2026-11."""


class DashboardRepository:
    """Counts and sums of one workspace."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def last_used_defaults(self) -> tuple[str, str] | None:
        """Return time zone and currency of the latest visit."""
        row = self._work.execute(
            """
            SELECT time_zone, currency FROM crm.visits WHERE provider_id = %s
            ORDER BY starts_at DESC, id DESC LIMIT 1
            """,
            (self._provider_id,),
        ).fetchone()
        return (str(row["time_zone"]), str(row["currency"])) if row else None

    def totals(self, record_filter: RecordFilter) -> list[Total]:
        """Return the totals of filtered visits by currency; amounts count once a visit is completed."""
        conditions, values = _conditions(record_filter)
        rows = self._work.execute(
            SQL(
                """
                SELECT currency, count(*) AS visits,
                    coalesce(sum(received_minor) FILTER (WHERE status = 'completed'), 0)::bigint
                        AS received_minor,
                    coalesce(sum(expenses_minor) FILTER (WHERE status = 'completed'), 0)::bigint
                        AS expenses_minor
                FROM crm.visits WHERE {} GROUP BY currency ORDER BY currency
                """
            ).format(SQL(" AND ").join(conditions)),
            values | {"provider_id": self._provider_id},
        ).fetchall()
        return [Total(**row) for row in rows]

    def months(self, first: str) -> list[Month]:
        """Return the revenue of each month from `first` on, the earliest first."""
        rows = self._work.execute(
            """
            SELECT month, currency, visits, received_minor, expenses_minor FROM crm.monthly_revenue
            WHERE provider_id = %s AND month >= %s ORDER BY month, currency
            """,
            (self._provider_id, first),
        ).fetchall()
        return [Month(**row) for row in rows]

    def clients(self) -> int:
        """Return the number of clients, archived ones included."""
        return self._count("SELECT count(*) FROM crm.clients WHERE provider_id = %s")

    def new_clients(self, since: datetime) -> int:
        """Return the number of clients created since a moment."""
        return self._count(
            "SELECT count(*) FROM crm.clients WHERE provider_id = %s AND created_at >= %s", since
        )

    def expiring_screenings(self, until: datetime) -> list[tuple[UUID, datetime]]:
        """Return clients whose screening expires, and the time, the earliest first."""
        rows = self._work.execute(
            """
            SELECT client_id, expires_at FROM crm.screenings
            WHERE provider_id = %s AND status = 'verified' AND expires_at < %s
            ORDER BY expires_at, id LIMIT 20
            """,
            (self._provider_id, until),
        ).fetchall()
        return [(row["client_id"], row["expires_at"]) for row in rows]

    def _count(self, query: str, *values: object) -> int:
        row = self._work.execute(query, (self._provider_id, *values)).fetchone()
        return int(row["count"]) if row else 0


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
