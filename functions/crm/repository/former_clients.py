"""Clients that were merged or erased: an import must not bring them back."""

from collections.abc import Iterable
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.erasure_receipt import client_hash
from kit.db import UnitOfWork


class FormerClients:
    """Merged and erased clients of one workspace."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def absorbed(self, client_ids: Iterable[UUID]) -> dict[UUID, UUID]:
        """Return the target of each of these clients that was merged."""
        rows = self._work.execute(
            "SELECT absorbed_id, client_id FROM crm.client_merges WHERE provider_id = %s"
            " AND absorbed_id = ANY(%s)",
            (self._provider_id, list(client_ids)),
        ).fetchall()
        return {row["absorbed_id"]: row["client_id"] for row in rows}

    def erased(self, client_ids: Iterable[UUID]) -> set[UUID]:
        """Return those of these clients that were erased, as far as the audit log reaches."""
        hashes = {client_hash(self._provider_id, one): one for one in client_ids}
        rows = self._work.execute(
            "SELECT detail ->> 'client' AS hash FROM crm.audit_log WHERE provider_id = %s"
            " AND action = %s AND detail ->> 'client' = ANY(%s)",
            (self._provider_id, AuditAction.CLIENT_ERASED, list(hashes)),
        ).fetchall()
        return {hashes[row["hash"]] for row in rows}
