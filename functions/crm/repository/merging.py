"""Table `crm.client_merges`, encrypted with the key of the target client."""

from datetime import datetime
from typing import Any
from uuid import UUID

from crm.domain.clients import ClientStatus
from crm.domain.merging import Merge, absorbed_client
from crm.repository.decryption import (
    UNREADABLE_LABEL,
    decrypt_or_none,
    translated_placeholder,
)
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork

TABLE = "client_merges"


class MergeRepository:
    """Merges of one workspace."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def add(self, merge: Merge, generation: int) -> None:
        """Insert a merge into a locked target client; `generation` is that of the target's key."""
        place = DocumentRef(TABLE, merge.id, merge.client_id)
        self._work.execute(
            "INSERT INTO crm.client_merges (id, provider_id, client_id, absorbed_id, merged_at, encrypted_payload)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (
                merge.id, self._vault.tenant, merge.client_id, merge.absorbed.id, merge.merged_at,
                self._vault.seal(place, merge.to_payload(), generation),
            ),
        )  # fmt: skip

    def of_client(self, client_id: UUID) -> list[Merge]:
        """Return the merges into a client, the latest first."""
        rows = self._work.execute(
            "SELECT id, absorbed_id, merged_at, encrypted_payload FROM crm.client_merges"
            " WHERE provider_id = %s AND client_id = %s ORDER BY merged_at DESC, id DESC",
            (self._vault.tenant, client_id),
        ).fetchall()
        found = []
        for row in rows:
            place = DocumentRef(TABLE, row["id"], client_id)
            document = decrypt_or_none(
                self._work, self._vault, place, bytes(row["encrypted_payload"])
            ) or _placeholder(row["merged_at"])
            found.append(
                Merge(
                    id=row["id"],
                    client_id=client_id,
                    absorbed=absorbed_client(row["absorbed_id"], document),
                    merged_at=row["merged_at"],
                    moved=document["moved"],
                )
            )
        return found


def _placeholder(merged_at: datetime) -> dict[str, Any]:
    moment, status = merged_at.isoformat(), ClientStatus()
    return {
        "details": translated_placeholder({"name": UNREADABLE_LABEL}),
        "screeningStatus": status.screening_status,
        "communicationPreference": status.communication_preference,
        "source": status.source,
        "archivedAt": "",
        "version": 1,
        "createdAt": moment,
        "updatedAt": moment,
        "moved": {},
    }
