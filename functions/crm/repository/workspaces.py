"""The table `crm.workspaces`: a row per book; and at which address its room is."""

from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork


class WorkspaceRepository:
    """Books as such; nothing of what is in them."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def owns_slug(self, provider_id: UUID, slug: str) -> bool:
        """Tell whether an address is that of somebody's own profile."""
        row = self._work.execute(
            "SELECT FROM escorts.profile_slugs_v1 WHERE user_id = %s AND slug = %s",
            (provider_id, slug),
        ).fetchone()
        return row is not None

    def ensure(self, provider_id: UUID, moment: datetime) -> None:
        """Have a row for the book; again is harmless."""
        # Asked first: where the row is there, an insert would wait for whoever is writing to the trail.
        self._work.execute(
            """
            INSERT INTO crm.workspaces (provider_id, created_at, updated_at)
            SELECT %(provider_id)s, %(moment)s, %(moment)s
            WHERE NOT EXISTS (SELECT FROM crm.workspaces WHERE provider_id = %(provider_id)s)
            ON CONFLICT (provider_id) DO NOTHING
            """,
            {"provider_id": provider_id, "moment": moment},
        )


def provider_ids_after(work: UnitOfWork, last: UUID, limit: int) -> list[UUID]:
    """Return who has a book, in the order of their ids; only a role that may know gets an answer."""
    rows = work.execute(
        "SELECT provider_id FROM crm.workspaces WHERE provider_id > %s ORDER BY provider_id LIMIT %s",
        (last, limit),
    ).fetchall()
    return [row["provider_id"] for row in rows]


def has_workspace(work: UnitOfWork, provider_id: UUID) -> bool:
    """Tell whether a provider ever opened her book."""
    row = work.execute(
        "SELECT FROM crm.workspaces WHERE provider_id = %s", (provider_id,)
    ).fetchone()
    return row is not None


def lock_workspace(work: UnitOfWork, provider_id: UUID) -> bool:
    """Keep a book as it is until the end of the transaction; False where there is none."""
    row = work.execute(
        "SELECT FROM crm.workspaces WHERE provider_id = %s FOR NO KEY UPDATE", (provider_id,)
    ).fetchone()
    return row is not None
