"""Clients that share contact data, found by their search tokens without decrypting any profile."""

from dataclasses import dataclass
from uuid import UUID

from kit.db import UnitOfWork

MOST = 10_000


@dataclass(frozen=True, slots=True)
class SharedValue:
    """Phone number, address, account or import id that several clients share."""

    kind: str
    client_ids: list[UUID]


def list_shared_values(work: UnitOfWork, provider_id: UUID) -> list[SharedValue]:
    """Return the values that several clients share, up to a limit beyond what a provider could review."""
    rows = work.execute(
        """
        SELECT kind, array_agg(client_id ORDER BY client_id) AS client_ids
        FROM crm.client_search_tokens WHERE provider_id = %s AND kind IN ('phone', 'email', 'account', 'import')
        GROUP BY kind, blind_index HAVING count(*) > 1
        ORDER BY kind, blind_index LIMIT %s
        """,
        (provider_id, MOST),
    ).fetchall()
    return [SharedValue(row["kind"], row["client_ids"]) for row in rows]
