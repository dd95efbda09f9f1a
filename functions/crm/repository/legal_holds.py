"""The table `crm.legal_holds`."""

from datetime import datetime
from uuid import UUID

from crm.domain.legal_holds import LegalHold
from crm.repository.decryption import UNREADABLE_LABEL, decrypt_or_none
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.errors import NotFound
from kit.i18n import gettext as _
from kit.ids import new_id

TABLE = "legal_holds"
MAX_LISTED = 200


class LegalHoldRepository:
    """Legal holds of one workspace."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def lock(self) -> None:
        """Block placing and releasing holds until the transaction ends."""
        self._work.execute(
            "SELECT FROM crm.workspaces WHERE provider_id = %s FOR NO KEY UPDATE",
            (self._vault.tenant,),
        )

    def is_held(self, client_id: UUID | None) -> bool:
        """Tell whether a client is under a hold; without a client, whether any hold is in force."""
        row = self._work.execute(
            """
            SELECT FROM crm.legal_holds WHERE provider_id = %s AND released_at IS NULL
                AND (%s::uuid IS NULL OR client_id IS NULL OR client_id = %s) LIMIT 1
            """,
            (self._vault.tenant, client_id, client_id),
        ).fetchone()
        return row is not None

    def add(self, client_id: UUID | None, reason: str, at: datetime) -> LegalHold:
        """Store a new hold."""
        hold_id = new_id()
        encrypted_payload = self._vault.seal(_place(hold_id), {"reason": reason})
        self._work.execute(
            "INSERT INTO crm.legal_holds (id, provider_id, client_id, encrypted_payload, placed_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            (hold_id, self._vault.tenant, client_id, encrypted_payload, at),
        )
        return LegalHold(
            id=hold_id, client_id=client_id, reason=reason, placed_at=at, released_at=None
        )

    def release(self, hold_id: UUID, at: datetime) -> bool:
        """Release a hold; return whether it was still in force. Raises `NotFound`."""
        row = self._work.execute(
            "SELECT released_at FROM crm.legal_holds WHERE provider_id = %s AND id = %s",
            (self._vault.tenant, hold_id),
        ).fetchone()
        if row is None:
            raise NotFound("no-such-hold", _("There is no such legal hold."))
        result = self._work.execute(
            "UPDATE crm.legal_holds SET released_at = greatest(%s, placed_at)"
            " WHERE provider_id = %s AND id = %s AND released_at IS NULL",
            (at, self._vault.tenant, hold_id),
        )
        return result.rowcount == 1

    def list(self) -> list[LegalHold]:
        """Return the holds, those in force first."""
        rows = self._work.execute(
            """
            SELECT id, client_id, encrypted_payload, placed_at, released_at FROM crm.legal_holds
            WHERE provider_id = %s
            ORDER BY released_at IS NOT NULL, placed_at DESC, id DESC LIMIT %s
            """,
            (self._vault.tenant, MAX_LISTED),
        ).fetchall()
        return [
            LegalHold(
                id=row["id"],
                client_id=row["client_id"],
                reason=self._reason(row["id"], bytes(row["encrypted_payload"])),
                placed_at=row["placed_at"],
                released_at=row["released_at"],
            )
            for row in rows
        ]

    def reassign(self, absorbed_id: UUID, client_id: UUID) -> None:
        """Reassign the holds of an absorbed client to the target client; their reasons are bound to no client."""
        self._work.execute(
            "UPDATE crm.legal_holds SET client_id = %s WHERE provider_id = %s AND client_id = %s",
            (client_id, self._vault.tenant, absorbed_id),
        )

    def _reason(self, hold_id: UUID, encrypted_payload: bytes) -> str:
        # A hold placed by an operator has no reason: without an unlocked workspace nothing can be encrypted.
        if not encrypted_payload:
            return ""
        document = decrypt_or_none(self._work, self._vault, _place(hold_id), encrypted_payload)
        return document["reason"] if document else _(UNREADABLE_LABEL)


def _place(hold_id: UUID) -> DocumentRef:
    return DocumentRef(TABLE, hold_id, None)
