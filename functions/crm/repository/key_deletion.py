"""The table `crm.pending_key_deletions`: deleted clients whose keys must be destroyed too."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork

BATCH = 100
"""As many keys as one write to the key table deletes: rows are locked no longer than that takes."""


class PendingKeyDeletions:
    """Pending deletions of client keys."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def add(self, provider_id: UUID, client_id: UUID, now: datetime) -> None:
        """Request the deletion of a client's keys.

        If one is pending already, this waits for a running deletion: it may still see the client in the workspace, and
        would then drop the request.
        """
        self._work.execute(
            "INSERT INTO crm.pending_key_deletions (provider_id, client_id, asked_at) VALUES (%s, %s, %s)"
            " ON CONFLICT (provider_id, client_id) DO UPDATE SET asked_at = excluded.asked_at",
            (provider_id, client_id, now),
        )

    def lock_reimport(self, provider_id: UUID) -> None:
        """Allow only one transaction per workspace to re-import clients under earlier ids, until it ends."""
        self._work.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('crm.returning ' || %s, 0))",
            (str(provider_id),),
        )

    def claim(self, provider_id: UUID, client_ids: Collection[UUID]) -> list[UUID]:
        """Lock and return the pending deletions among these clients; waits for a running deletion."""
        rows = self._work.execute(
            "SELECT client_id FROM crm.pending_key_deletions WHERE provider_id = %s AND client_id = ANY(%s)"
            " ORDER BY client_id FOR UPDATE",
            (provider_id, list(client_ids)),
        ).fetchall()
        return [row["client_id"] for row in rows]

    def next_batch(self, provider_id: UUID) -> list[UUID]:
        """Lock and return some pending deletions; skips those another transaction works on."""
        rows = self._work.execute(
            "SELECT client_id FROM crm.pending_key_deletions WHERE provider_id = %s ORDER BY client_id LIMIT %s"
            " FOR UPDATE SKIP LOCKED",
            (provider_id, BATCH),
        ).fetchall()
        return [row["client_id"] for row in rows]

    def reinstated(self, provider_id: UUID, client_ids: Collection[UUID]) -> set[UUID]:
        """Return the clients that are in the workspace again. Call it with their deletions locked: none can be
        re-deleted unseen.
        """
        rows = self._work.execute(
            "SELECT id FROM crm.clients WHERE provider_id = %s AND id = ANY(%s)",
            (provider_id, list(client_ids)),
        ).fetchall()
        return {row["id"] for row in rows}

    def delete(self, provider_id: UUID, client_ids: list[UUID]) -> None:
        """Delete the requests whose keys are gone."""
        self._work.execute(
            "DELETE FROM crm.pending_key_deletions WHERE provider_id = %s AND client_id = ANY(%s)",
            (provider_id, client_ids),
        )

    def workspaces(self) -> list[UUID]:
        """Return the workspaces with pending deletions, as far as the role may see them."""
        rows = self._work.execute(
            "SELECT DISTINCT provider_id FROM crm.pending_key_deletions ORDER BY provider_id"
        ).fetchall()
        return [row["provider_id"] for row in rows]
