"""Keeping the search projection: part of every change of a profile, in the same transaction."""

from uuid import UUID

from kit.db import UnitOfWork


def refresh_search(work: UnitOfWork, *profile_ids: UUID) -> None:
    """Bring the rows of these profiles to what they should be; call it after the last change."""
    if profile_ids:
        # In one order for everybody: each refresh locks its profile.
        work.execute(
            "SELECT escorts.refresh_search(id) FROM unnest(%s::uuid[]) AS id",
            (sorted(profile_ids),),
        )
