"""Table `crm.withdrawn_consents`, which a trigger fills: area subscriptions whose consent was withdrawn."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork


def withdrawn_at(
    work: UnitOfWork, provider_id: UUID, hashes: Iterable[bytes]
) -> dict[bytes, datetime]:
    """Return the withdrawal times of the given unsubscribe hashes that were withdrawn."""
    rows = work.execute(
        "SELECT unsubscribe_hash, withdrawn_at FROM crm.withdrawn_consents"
        " WHERE provider_id = %s AND unsubscribe_hash = ANY(%s)",
        (provider_id, list(hashes)),
    ).fetchall()
    return {bytes(row["unsubscribe_hash"]): row["withdrawn_at"] for row in rows}
