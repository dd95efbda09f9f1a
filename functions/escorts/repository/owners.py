"""Whose a profile is: all that the function for everybody knows about that."""

from uuid import UUID

from kit.db import UnitOfWork


def owns(work: UnitOfWork, user_id: UUID, profile_id: UUID) -> bool:
    """Tell whether the profile is this account's."""
    row = work.execute(
        "SELECT FROM escorts.profiles WHERE id = %s AND user_id = %s", (profile_id, user_id)
    ).fetchone()
    return row is not None
