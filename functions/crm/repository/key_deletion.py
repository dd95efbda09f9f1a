"""The table `crm.pending_key_deletions`: clients whose rows are gone and whose keys have to go too."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork

AT_ONCE = 100
"""So many as one write to the key table destroys: nobody holds rows for longer than it takes."""


class PendingKeyDeletions:
    """What is still to be destroyed."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def add(self, provider_id: UUID, client_id: UUID, moment: datetime) -> None:
        """Have a client's keys destroyed.

        Where that is asked already, whoever works on it is waited for: they may find the client in the book still, and
        take the row out.
        """
        self._work.execute(
            "INSERT INTO crm.pending_key_deletions (provider_id, client_id, asked_at) VALUES (%s, %s, %s)"
            " ON CONFLICT (provider_id, client_id) DO UPDATE SET asked_at = excluded.asked_at",
            (provider_id, client_id, moment),
        )

    def lock(self, provider_id: UUID) -> None:
        """Bring clients back under ids of before alone, until the end of the transaction."""
        self._work.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('crm.returning ' || %s, 0))",
            (str(provider_id),),
        )

    def claim(self, provider_id: UUID, client_ids: Collection[UUID]) -> list[UUID]:
        """Return those of them that wait, and keep them; who is at work on one is waited for."""
        rows = self._work.execute(
            "SELECT client_id FROM crm.pending_key_deletions WHERE provider_id = %s AND client_id = ANY(%s)"
            " ORDER BY client_id FOR UPDATE",
            (provider_id, list(client_ids)),
        ).fetchall()
        return [row["client_id"] for row in rows]

    def waiting(self, provider_id: UUID) -> list[UUID]:
        """Return some of them, and keep others from working on the same."""
        rows = self._work.execute(
            "SELECT client_id FROM crm.pending_key_deletions WHERE provider_id = %s ORDER BY client_id LIMIT %s"
            " FOR UPDATE SKIP LOCKED",
            (provider_id, AT_ONCE),
        ).fetchall()
        return [row["client_id"] for row in rows]

    def reinstated(self, provider_id: UUID, client_ids: Collection[UUID]) -> set[UUID]:
        """Return those who are in the book again. To be asked with their rows in hand: none can go meanwhile unseen."""
        rows = self._work.execute(
            "SELECT id FROM crm.clients WHERE provider_id = %s AND id = ANY(%s)",
            (provider_id, list(client_ids)),
        ).fetchall()
        return {row["id"] for row in rows}

    def delete(self, provider_id: UUID, client_ids: list[UUID]) -> None:
        """Take out those whose keys are gone."""
        self._work.execute(
            "DELETE FROM crm.pending_key_deletions WHERE provider_id = %s AND client_id = ANY(%s)",
            (provider_id, client_ids),
        )

    def workspaces(self) -> list[UUID]:
        """Return whose books have some, as far as they may be seen."""
        rows = self._work.execute(
            "SELECT DISTINCT provider_id FROM crm.pending_key_deletions ORDER BY provider_id"
        ).fetchall()
        return [row["provider_id"] for row in rows]
