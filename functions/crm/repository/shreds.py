"""The table `crm.shreds`: clients whose rows are gone and whose keys have to go too."""

from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork

AT_ONCE = 500


class Shreds:
    """What is still to be destroyed."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def add(self, provider_id: UUID, client_id: UUID, moment: datetime) -> None:
        """Have a client's keys destroyed."""
        self._work.execute(
            "INSERT INTO crm.shreds (provider_id, client_id, asked_at) VALUES (%s, %s, %s)"
            " ON CONFLICT (provider_id, client_id) DO NOTHING",
            (provider_id, client_id, moment),
        )

    def waiting(self, provider_id: UUID) -> list[UUID]:
        """Return some of them, and keep others from working on the same."""
        rows = self._work.execute(
            "SELECT client_id FROM crm.shreds WHERE provider_id = %s ORDER BY client_id LIMIT %s"
            " FOR UPDATE SKIP LOCKED",
            (provider_id, AT_ONCE),
        ).fetchall()
        return [row["client_id"] for row in rows]

    def done(self, provider_id: UUID, client_ids: list[UUID]) -> None:
        """Take out those whose keys are gone."""
        self._work.execute(
            "DELETE FROM crm.shreds WHERE provider_id = %s AND client_id = ANY(%s)",
            (provider_id, client_ids),
        )

    def books(self) -> list[UUID]:
        """Return whose books have some, as far as they may be seen."""
        rows = self._work.execute(
            "SELECT DISTINCT provider_id FROM crm.shreds ORDER BY provider_id"
        ).fetchall()
        return [row["provider_id"] for row in rows]
