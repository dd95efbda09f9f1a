"""Counts of a workspace and its latest defaults, computed from plaintext columns."""

from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork


class DashboardRepository:
    """Counts and latest defaults of one workspace."""

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
