"""Clients who are not in the book any more, and why: what an import must not bring back."""

from collections.abc import Iterable
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.erasure_receipt import client_hash
from kit.db import UnitOfWork


class FormerClients:
    """Who went into somebody else, and who was forgotten, of one book."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def absorbed(self, client_ids: Iterable[UUID]) -> dict[UUID, UUID]:
        """Return into whom each of those went who were one with somebody."""
        rows = self._work.execute(
            "SELECT absorbed_id, client_id FROM crm.client_merges WHERE provider_id = %s"
            " AND absorbed_id = ANY(%s)",
            (self._provider_id, list(client_ids)),
        ).fetchall()
        return {row["absorbed_id"]: row["client_id"] for row in rows}

    def erased(self, client_ids: Iterable[UUID]) -> set[UUID]:
        """Return those who were forgotten, as far as the trail remembers."""
        hashes = {client_hash(self._provider_id, one): one for one in client_ids}
        rows = self._work.execute(
            "SELECT detail ->> 'client' AS hash FROM crm.audit_log WHERE provider_id = %s"
            " AND action = %s AND detail ->> 'client' = ANY(%s)",
            (self._provider_id, AuditAction.CLIENT_FORGOTTEN, list(hashes)),
        ).fetchall()
        return {hashes[row["hash"]] for row in rows}
