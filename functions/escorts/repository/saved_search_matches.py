"""What the morning's job reads and writes: searches that are due, newcomers, who was told of whom."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from escorts.domain.saved_items import DueSearch
from kit.db import UnitOfWork

_DUE = """
SELECT s.id, s.user_id, s.query, s.since,
    coalesce((SELECT z.time_zone FROM auth.time_zones_v1 z WHERE z.user_id = s.user_id), s.zone)
        AS zone
FROM escorts.saved_searches s
WHERE s.mail_consent_at IS NOT NULL AND s.due_at <= %s
ORDER BY s.due_at, s.id LIMIT %s
FOR NO KEY UPDATE OF s SKIP LOCKED
"""
_NEWCOMERS = """
SELECT a.profile_id FROM escorts.arrivals a
WHERE a.arrived_at > %(since)s AND a.arrived_at <= %(now)s
    AND (%(city)s::text IS NULL OR a.city = %(city)s)
    AND NOT EXISTS (SELECT FROM escorts.saved_search_matches m
                    WHERE m.saved_search_id = %(search)s AND m.profile_id = a.profile_id)
"""


class Matches:
    """The job's side of saved searches."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def take_due(self, now: datetime, limit: int) -> list[DueSearch]:
        """Return searches that are due and that nobody else is looking at; they are ours until the end."""
        return [DueSearch(**row) for row in self._work.execute(_DUE, (now, limit))]

    def is_open(self, user_id: UUID) -> bool:
        """Tell whether the account may be written to."""
        row = self._work.execute(
            "SELECT FROM auth.accounts_v1 WHERE user_id = %s AND status = 'active'", (user_id,)
        ).fetchone()
        return row is not None

    def newcomers(
        self, search_id: UUID, city: str | None, since: datetime, now: datetime
    ) -> list[UUID]:
        """Return who was first listed (in the city) after `since` and is still untold."""
        parameters = {"search": search_id, "city": city, "since": since, "now": now}
        rows = self._work.execute(_NEWCOMERS, parameters)
        return sorted({row["profile_id"] for row in rows})

    def tell(
        self, search_id: UUID, profile_ids: Sequence[UUID], event_id: UUID, now: datetime
    ) -> None:
        """Note that the event tells of these."""
        self._work.execute(
            """
            INSERT INTO escorts.saved_search_matches
                (saved_search_id, profile_id, event_id, matched_at)
            SELECT %s, profile_id, %s, %s FROM unnest(%s::uuid[]) AS profile_id
            """,
            (search_id, event_id, now, list(profile_ids)),
        )

    def forget_before(self, search_id: UUID, moment: datetime) -> None:
        """Drop notes that keep nobody from being told of twice any more."""
        self._work.execute(
            """
            DELETE FROM escorts.saved_search_matches WHERE saved_search_id = %s AND matched_at < %s
            """,
            (search_id, moment),
        )

    def done(self, search_id: UUID, due: datetime, since: datetime) -> None:
        """Put the search off until its next morning."""
        self._work.execute(
            "UPDATE escorts.saved_searches SET due_at = %s, since = %s WHERE id = %s",
            (due, since, search_id),
        )
