"""What jobs and events do to profiles: ages, and the end of an account."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from escorts.repository.refresh import refresh_search
from kit.db import UnitOfWork

_CLEAR = """
UPDATE escorts.profiles
SET slug = %(slug)s, name = 'Closed', bio = '', height_cm = NULL, weight_kg = NULL,
    measurements = NULL, hair_color = NULL, eye_color = NULL, ethnicity = NULL, languages = '{}',
    services = '{}', status = 'inactive', hidden = true, suspended_from = NULL,
    suspension_reason = NULL, birth_date_sealed = NULL, age = NULL, version = version + 1,
    closed_at = %(at)s, updated_at = %(at)s
WHERE id = %(id)s
"""
_END_VERIFICATIONS = """
UPDATE escorts.verifications
SET status = CASE WHEN status = 'verified' THEN 'revoked' ELSE 'rejected' END
        ::escorts.verification_status,
    reason = 'account closed', ended_at = %(at)s
WHERE profile_id = %(id)s AND status IN ('pending', 'in_review', 'verified')
"""
# What a profile's owner said beside the profile itself.
_SAID = (
    "rates",
    "locations",
    "availability",
    "view_counts",
    "view_totals",
    "text_reviews",
    "tours",
    "availability_exceptions",
    "available_now",
    "activity",
    "appearances",
)


class Upkeep:
    """Changes that nobody asks for through the API."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def ages_due(self, today: date, limit: int) -> list[tuple[UUID, bytes]]:
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

    def set_ages(self, ages: Mapping[UUID, int], looked_at: Sequence[UUID], today: date) -> None:
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
            (today, list(looked_at)),
        )

    def open_profile_of(self, user_id: UUID) -> UUID | None:
        """Return the user's profile, unless it is closed already; nobody else changes it."""
        row = self._work.execute(
            """
            SELECT id FROM escorts.profiles WHERE user_id = %s AND closed_at IS NULL FOR UPDATE
            """,
            (user_id,),
        ).fetchone()
        return row["id"] if row else None

    def close(self, profile_id: UUID, at: datetime) -> None:
        """Forget what the profile said; the row stays for the evidence that names it."""
        row = {"id": profile_id, "slug": f"closed-{profile_id.hex}", "at": at}
        self._work.execute(
            """
            INSERT INTO escorts.slugs (slug, profile_id, claimed_at)
            VALUES (%(slug)s, %(id)s, %(at)s)
            """,
            row,
        )
        self._work.execute(_CLEAR, row)
        self._work.execute(
            "DELETE FROM escorts.slugs WHERE profile_id = %(id)s AND slug <> %(slug)s", row
        )
        for table in _SAID:
            self._work.execute(
                f"DELETE FROM escorts.{table} WHERE profile_id = %s",  # noqa: S608
                (profile_id,),
            )
        self._work.execute(_END_VERIFICATIONS, row)
        refresh_search(self._work, profile_id)
