"""Which clients share what one person has: told by their tokens, without opening anybody."""

from dataclasses import dataclass
from uuid import UUID

from kit.db import UnitOfWork

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Shared:
    """A phone number, an address, an account or a row of an import that several clients have."""

    kind: str
    client_ids: list[UUID]


def shared_tokens(work: UnitOfWork, provider_id: UUID) -> list[Shared]:
    """Return what several clients have in common, as many as anybody could ever look through."""
    rows = work.execute(
        """
        SELECT kind, array_agg(client_id ORDER BY client_id) AS client_ids
        FROM crm.client_search_tokens WHERE provider_id = %s AND kind IN ('phone', 'email', 'account', 'import')
        GROUP BY kind, token HAVING count(*) > 1
        ORDER BY kind, token LIMIT %s
        """,
        (provider_id, MOST),
    ).fetchall()
    return [Shared(row["kind"], row["client_ids"]) for row in rows]
