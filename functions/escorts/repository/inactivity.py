"""Last activity of owners, and expired availability entries."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from escorts.domain.inactivity import HIDE_AFTER, WARN_AFTER, WARNING_PERIOD, Inactivity
from kit.db import UnitOfWork

_DUE = """
SELECT p.id AS profile_id, p.user_id, a.last_active_at, a.warned_at
FROM escorts.activity a JOIN escorts.profiles p ON p.id = a.profile_id
WHERE p.status = 'active' AND NOT p.hidden AND p.closed_at IS NULL
    AND a.last_active_at <= %(warn)s
    AND (a.warned_at IS NULL
         OR (a.last_active_at <= %(hide)s AND a.warned_at <= %(noticed)s))
ORDER BY a.last_active_at, a.profile_id LIMIT %(limit)s
FOR NO KEY UPDATE SKIP LOCKED
"""
_HIDE = """
UPDATE escorts.profiles SET hidden = true, version = version + 1, updated_at = %s
WHERE id = ANY (%s)
"""
_EXPIRED = {
    "tours": "upper(period) <= %(before)s",
    "availability_exceptions": "upper(period) <= %(before)s",
    "available_now": "until <= %(before)s",
}


class InactivityRepository:
    """Table `escorts.activity`, and deletion of expired rows in the tables of availability."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def claim_due(self, now: datetime, limit: int) -> list[Inactivity]:
        """Lock and return up to `limit` profiles with a step due, longest inactive first."""
        rows = self._work.execute(
            _DUE,
            {
                "warn": now - WARN_AFTER,
                "hide": now - HIDE_AFTER,
                "noticed": now - WARNING_PERIOD,
                "limit": limit,
            },
        )
        return [Inactivity(**row) for row in rows]

    def record_warnings(self, profiles: Sequence[UUID], at: datetime) -> None:
        """Record that the owners of these profiles are being warned."""
        self._work.execute(
            "UPDATE escorts.activity SET warned_at = %s WHERE profile_id = ANY (%s)",
            (at, list(profiles)),
        )

    def hide_profiles(self, profiles: Sequence[UUID], at: datetime) -> None:
        """Hide profiles, as their owners could; the search index drops them in the same transaction."""
        self._work.execute(_HIDE, (at, list(profiles)))

    def delete_expired_dates(self, before: datetime) -> int:
        """Delete tours, exceptions and "available now" that ended before; return the number of profiles affected."""
        found: set[UUID] = set()
        for table, over in _EXPIRED.items():
            rows = self._work.execute(
                f"DELETE FROM escorts.{table} WHERE {over} RETURNING profile_id",  # noqa: S608
                {"before": before},
            )
            found |= {row["profile_id"] for row in rows}
        for profile_id in sorted(found):
            self._work.execute("SELECT escorts.refresh_search(%s)", (profile_id,))
        return len(found)
