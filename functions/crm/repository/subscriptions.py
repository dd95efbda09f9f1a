"""The table `crm.withdrawn_consents`: consents to hear of an area that were taken back. A trigger fills it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork


def withdrawn_at(
    work: UnitOfWork, provider_id: UUID, hashes: Iterable[bytes]
) -> dict[bytes, datetime]:
    """Return when each of those was taken back that ever was, by the hash of its link."""
    rows = work.execute(
        "SELECT unsubscribe_hash, ended_at FROM crm.withdrawn_consents"
        " WHERE provider_id = %s AND unsubscribe_hash = ANY(%s)",
        (provider_id, list(hashes)),
    ).fetchall()
    return {bytes(row["unsubscribe_hash"]): row["ended_at"] for row in rows}
