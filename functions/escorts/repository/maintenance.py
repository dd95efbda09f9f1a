"""What jobs and events do to profiles: ages, and the end of an account."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from escorts.repository.search_index import refresh_search
from kit.db import UnitOfWork


class MaintenanceRepository:
    """Changes that nobody asks for through the API."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def claim_ages_due(self, today: date, limit: int) -> list[tuple[UUID, bytes]]:
        """Return sealed birth dates of profiles whose age was not looked at today."""
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
        """Store the ages; `looked_at` are done for today, also those without an answer."""
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
        """Return the user's profile, unless it is closed already; nobody else changes it."""
        row = self._work.execute(
            """
            SELECT id FROM escorts.profiles WHERE user_id = %s AND closed_at IS NULL FOR UPDATE
            """,
            (user_id,),
        ).fetchone()
        return row["id"] if row else None

    def close_profile(self, profile_id: UUID, at: datetime) -> None:
        """Forget what the profile said; the row stays for the evidence that names it."""
        self._work.execute("SELECT escorts.close_profile(%s, %s)", (profile_id, at))

    def has_closed_profile(self, user_id: UUID, profile_id: UUID) -> bool:
        """Tell whether this was the user's profile once."""
        row = self._work.execute(
            """
            SELECT FROM escorts.profiles
            WHERE id = %s AND user_id = %s AND closed_at IS NOT NULL
            """,
            (profile_id, user_id),
        ).fetchone()
        return row is not None
