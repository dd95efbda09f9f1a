"""What other features say about their own events, at the time of sending: their published views."""

from dataclasses import dataclass
from uuid import UUID

from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class SavedSearchSnapshot:
    """What is still so of a saved search's news."""

    user_id: UUID
    profiles: int
    stop_token: str


@dataclass(frozen=True, slots=True)
class BookingSnapshot:
    """Where a booking stands, and whether it took the place of another one."""

    status: str
    takes_a_place: bool


class NotificationContextRepository:
    """Reads `*_notices_v1` and `bookings.standing_v1`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def saved_search(self, event_id: UUID) -> SavedSearchSnapshot | None:
        """Return what the event is still worth; nothing if nobody is left, or it is not wanted."""
        row = self._work.execute(
            """
            SELECT user_id, profiles, stop_token FROM escorts.saved_search_notices_v1
            WHERE event_id = %s
            """,
            (event_id,),
        ).fetchone()
        return SavedSearchSnapshot(**row) if row else None

    def booking(self, booking_id: UUID) -> BookingSnapshot | None:
        """Return where a booking stands by now."""
        row = self._work.execute(
            "SELECT status, takes_a_place FROM bookings.standing_v1 WHERE booking_id = %s",
            (booking_id,),
        ).fetchone()
        return BookingSnapshot(**row) if row else None

    def is_active_account(self, user_id: UUID) -> bool:
        """Tell whether there is such an account, and it is open."""
        row = self._work.execute(
            "SELECT FROM auth.users WHERE id = %s AND status = 'active'", (user_id,)
        ).fetchone()
        return row is not None
