"""Changes of profiles by jobs and events: ages, and account closure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from escorts.repository.search_index import refresh_search
from kit.db import UnitOfWork


class MaintenanceRepository:
    """Repository of changes that do not come from the API."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def claim_ages_due(self, today: date, limit: int) -> list[tuple[UUID, bytes]]:
        """Lock and return encrypted birth dates of profiles whose age was not checked today."""
        rows = self._work.execute(
            """
            SELECT id, birth_date_sealed FROM escorts.profiles
            WHERE age_checked_on < %s AND closed_at IS NULL
            ORDER BY age_checked_on, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
            """,
            (today, limit),
        )
        return [(row["id"], row["birth_date_sealed"]) for row in rows]

    def save_ages(self, ages: Mapping[UUID, int], checked: Sequence[UUID], today: date) -> None:
        """Store the ages; mark all of `checked` as done for today, also those without an age."""
        older = self._work.execute(
            """
            UPDATE escorts.profiles p SET age = n.age
            FROM unnest(%s::uuid[], %s::smallint[]) AS n (id, age)
            WHERE p.id = n.id AND p.age <> n.age RETURNING p.id
            """,
            (list(ages.keys()), list(ages.values())),
        )
        refresh_search(self._work, *(row["id"] for row in older))
        self._work.execute(
            "UPDATE escorts.profiles SET age_checked_on = %s WHERE id = ANY(%s)",
            (today, list(checked)),
        )

    def lock_open_profile(self, user_id: UUID) -> UUID | None:
        """Lock and return the user's open profile, or None."""
        row = self._work.execute(
            """
            SELECT id FROM escorts.profiles WHERE user_id = %s AND closed_at IS NULL FOR UPDATE
            """,
            (user_id,),
        ).fetchone()
        return row["id"] if row else None

    def close_profile(self, profile_id: UUID, at: datetime) -> None:
        """Delete the profile's content; the row stays because evidence refers to it."""
        self._work.execute("SELECT escorts.close_profile(%s, %s)", (profile_id, at))

    def has_closed_profile(self, user_id: UUID, profile_id: UUID) -> bool:
        """Tell whether the user once had this profile and closed it."""
        row = self._work.execute(
            """
            SELECT FROM escorts.profiles
            WHERE id = %s AND user_id = %s AND closed_at IS NOT NULL
            """,
            (profile_id, user_id),
        ).fetchone()
        return row is not None
