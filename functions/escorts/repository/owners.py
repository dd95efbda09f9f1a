"""Ownership of profiles, the only private fact that the public function may read."""

from uuid import UUID

from kit.db import UnitOfWork


def owns(work: UnitOfWork, user_id: UUID, profile_id: UUID) -> bool:
    """Tell whether the account owns the profile."""
    row = work.execute(
        "SELECT FROM escorts.profiles WHERE id = %s AND user_id = %s", (profile_id, user_id)
    ).fetchone()
    return row is not None
