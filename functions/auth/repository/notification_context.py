"""Current state behind an event, read from other features' views when a mail is sent."""

from dataclasses import dataclass
from uuid import UUID

from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class SavedSearchSnapshot:
    """Current results of a saved search: its owner, count and unsubscribe token."""

    user_id: UUID
    profiles: int
    unsubscribe_token: str


@dataclass(frozen=True, slots=True)
class BookingSnapshot:
    """Current status of a booking, and whether it replaces another one."""

    status: str
    replaces_booking: bool


class NotificationContextRepository:
    """Repository of the views needed to decide on a mail."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def saved_search(self, event_id: UUID) -> SavedSearchSnapshot | None:
        """Return the saved search's current results; None if none are left or its mails are off."""
        row = self._work.execute(
            """
            SELECT user_id, profiles, unsubscribe_token FROM escorts.saved_search_notices_v1
            WHERE event_id = %s
            """,
            (event_id,),
        ).fetchone()
        return SavedSearchSnapshot(**row) if row else None

    def booking(self, booking_id: UUID) -> BookingSnapshot | None:
        """Return the current status of a booking, or None if it does not exist."""
        row = self._work.execute(
            "SELECT status, replaces_booking FROM bookings.booking_status_v1 WHERE booking_id = %s",
            (booking_id,),
        ).fetchone()
        return BookingSnapshot(**row) if row else None

    def is_active_account(self, user_id: UUID) -> bool:
        """Tell whether the account exists and is active."""
        row = self._work.execute(
            "SELECT FROM auth.users WHERE id = %s AND status = 'active'", (user_id,)
        ).fetchone()
        return row is not None
