"""The table `crm.holds`."""

from datetime import datetime
from uuid import UUID

from crm.domain.legal_holds import Hold
from crm.repository.decryption import DOES_NOT_OPEN, opened_in_list
from crm.vault import OpenVault, Place
from kit.db import UnitOfWork
from kit.errors import NotFound
from kit.ids import new_id

TABLE = "holds"
MOST = 200


class Holds:
    """One book's legal holds."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def settle(self) -> None:
        """Let nobody place or lift a hold until the end of the transaction."""
        self._work.execute(
            "SELECT FROM crm.providers WHERE provider_id = %s FOR NO KEY UPDATE",
            (self._vault.tenant,),
        )

    def binds(self, client_id: UUID | None) -> bool:
        """Tell whether a client may not be forgotten; without one: whether anybody may not."""
        row = self._work.execute(
            """
            SELECT FROM crm.holds WHERE provider_id = %s AND released_at IS NULL
                AND (%s::uuid IS NULL OR client_id IS NULL OR client_id = %s) LIMIT 1
            """,
            (self._vault.tenant, client_id, client_id),
        ).fetchone()
        return row is not None

    def add(self, client_id: UUID | None, reason: str, moment: datetime) -> Hold:
        """Keep a new one."""
        hold_id = new_id()
        sealed = self._vault.seal(_place(hold_id), {"reason": reason})
        self._work.execute(
            "INSERT INTO crm.holds (id, provider_id, client_id, doc, placed_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            (hold_id, self._vault.tenant, client_id, sealed, moment),
        )
        return Hold(
            id=hold_id, client_id=client_id, reason=reason, placed_at=moment, released_at=None
        )

    def release(self, hold_id: UUID, moment: datetime) -> bool:
        """Lift one; return whether it was still in force. Raises `NotFound`."""
        row = self._work.execute(
            "SELECT released_at FROM crm.holds WHERE provider_id = %s AND id = %s",
            (self._vault.tenant, hold_id),
        ).fetchone()
        if row is None:
            raise NotFound("no-such-hold", "There is no such hold in your book.")
        lifted = self._work.execute(
            "UPDATE crm.holds SET released_at = greatest(%s, placed_at)"
            " WHERE provider_id = %s AND id = %s AND released_at IS NULL",
            (moment, self._vault.tenant, hold_id),
        )
        return lifted.rowcount == 1

    def latest(self) -> list[Hold]:
        """Return them, those in force first."""
        rows = self._work.execute(
            """
            SELECT id, client_id, doc, placed_at, released_at FROM crm.holds
            WHERE provider_id = %s
            ORDER BY released_at IS NOT NULL, placed_at DESC, id DESC LIMIT %s
            """,
            (self._vault.tenant, MOST),
        ).fetchall()
        return [
            Hold(
                id=row["id"],
                client_id=row["client_id"],
                reason=self._reason(row["id"], bytes(row["doc"])),
                placed_at=row["placed_at"],
                released_at=row["released_at"],
            )
            for row in rows
        ]

    def move(self, absorbed_id: UUID, client_id: UUID) -> None:
        """Let what spoke of one client speak of another; their reasons are bound to no client."""
        self._work.execute(
            "UPDATE crm.holds SET client_id = %s WHERE provider_id = %s AND client_id = %s",
            (client_id, self._vault.tenant, absorbed_id),
        )

    def _reason(self, hold_id: UUID, sealed: bytes) -> str:
        # One that an operator placed has none: without an open book nothing can be sealed.
        if not sealed:
            return ""
        document = opened_in_list(self._work, self._vault, _place(hold_id), sealed)
        return document["reason"] if document else DOES_NOT_OPEN


def _place(hold_id: UUID) -> Place:
    return Place(TABLE, hold_id, None)
