"""Due saved searches, new listings, and the matches already notified, for the saved-search job."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from escorts.domain.saved_items import DueSearch
from kit.db import UnitOfWork

_DUE = """
SELECT s.id, s.user_id, s.query, s.since,
    coalesce((SELECT z.time_zone FROM auth.time_zones_v1 z WHERE z.user_id = s.user_id), s.time_zone)
        AS time_zone
FROM escorts.saved_searches s
WHERE s.mail_consent_at IS NOT NULL AND s.due_at <= %s
ORDER BY s.due_at, s.id LIMIT %s
FOR NO KEY UPDATE OF s SKIP LOCKED
"""
_NEW_LISTINGS = """
SELECT a.profile_id FROM escorts.new_listings a
WHERE a.listed_at > %(since)s AND a.listed_at <= %(now)s
    AND (%(city)s::text IS NULL OR a.city = %(city)s)
    AND NOT EXISTS (SELECT FROM escorts.saved_search_matches m
                    WHERE m.saved_search_id = %(search)s AND m.profile_id = a.profile_id)
"""


class SavedSearchMatches:
    """Saved searches and their matches, as the job reads and writes them."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def claim_due(self, now: datetime, limit: int) -> list[DueSearch]:
        """Return due searches and lock them; searches locked by another run are skipped."""
        return [DueSearch(**row) for row in self._work.execute(_DUE, (now, limit))]

    def is_account_active(self, user_id: UUID) -> bool:
        """Tell whether the account is active, and so may receive mails."""
        row = self._work.execute(
            "SELECT FROM auth.accounts_v1 WHERE user_id = %s AND status = 'active'", (user_id,)
        ).fetchone()
        return row is not None

    def new_listings(
        self, search_id: UUID, city: str | None, since: datetime, now: datetime
    ) -> list[UUID]:
        """Return profiles first listed (in the city) after `since` that were not notified yet."""
        parameters = {"search": search_id, "city": city, "since": since, "now": now}
        rows = self._work.execute(_NEW_LISTINGS, parameters)
        return sorted({row["profile_id"] for row in rows})

    def record_notified(
        self, search_id: UUID, profile_ids: Sequence[UUID], event_id: UUID, now: datetime
    ) -> None:
        """Record the profiles of which the event notifies."""
        self._work.execute(
            """
            INSERT INTO escorts.saved_search_matches
                (saved_search_id, profile_id, event_id, matched_at)
            SELECT %s, profile_id, %s, %s FROM unnest(%s::uuid[]) AS profile_id
            """,
            (search_id, event_id, now, list(profile_ids)),
        )

    def delete_before(self, search_id: UUID, moment: datetime) -> None:
        """Delete matches that are too old to prevent a second notification."""
        self._work.execute(
            """
            DELETE FROM escorts.saved_search_matches WHERE saved_search_id = %s AND matched_at < %s
            """,
            (search_id, moment),
        )

    def finish(self, search_id: UUID, due: datetime, since: datetime) -> None:
        """Schedule the next run of the search."""
        self._work.execute(
            "UPDATE escorts.saved_searches SET due_at = %s, since = %s WHERE id = %s",
            (due, since, search_id),
        )
