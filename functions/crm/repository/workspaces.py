"""The table `crm.workspaces`, one row per workspace; and the slugs of profiles."""

from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork


class WorkspaceRepository:
    """Workspaces as such, without their contents."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def owns_slug(self, provider_id: UUID, slug: str) -> bool:
        """Tell whether a slug belongs to the provider's own profile."""
        row = self._work.execute(
            "SELECT FROM escorts.profile_slugs_v1 WHERE user_id = %s AND slug = %s",
            (provider_id, slug),
        ).fetchone()
        return row is not None

    def ensure(self, provider_id: UUID, now: datetime) -> None:
        """Create the row of the workspace if it is missing."""
        # Checked first: if the row exists, an insert would wait for the writers of the audit log.
        self._work.execute(
            """
            INSERT INTO crm.workspaces (provider_id, created_at, updated_at)
            SELECT %(provider_id)s, %(moment)s, %(moment)s
            WHERE NOT EXISTS (SELECT FROM crm.workspaces WHERE provider_id = %(provider_id)s)
            ON CONFLICT (provider_id) DO NOTHING
            """,
            {"provider_id": provider_id, "moment": now},
        )


def provider_ids_after(work: UnitOfWork, last_id: UUID, limit: int) -> list[UUID]:
    """Return the ids of providers with a workspace, in order; only a role that may list them gets an answer."""
    rows = work.execute(
        "SELECT provider_id FROM crm.workspaces WHERE provider_id > %s ORDER BY provider_id LIMIT %s",
        (last_id, limit),
    ).fetchall()
    return [row["provider_id"] for row in rows]


def has_workspace(work: UnitOfWork, provider_id: UUID) -> bool:
    """Tell whether a provider ever opened a workspace."""
    row = work.execute(
        "SELECT FROM crm.workspaces WHERE provider_id = %s", (provider_id,)
    ).fetchone()
    return row is not None


def lock_workspace(work: UnitOfWork, provider_id: UUID) -> bool:
    """Lock a workspace until the transaction ends; return False if there is none."""
    row = work.execute(
        "SELECT FROM crm.workspaces WHERE provider_id = %s FOR NO KEY UPDATE", (provider_id,)
    ).fetchone()
    return row is not None
