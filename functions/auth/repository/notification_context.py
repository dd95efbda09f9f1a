"""What other features say about their own events, at the time of sending: their published views."""

from dataclasses import dataclass
from uuid import UUID

from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class SavedSearchNotice:
    """What is still so of a saved search's news."""

    user_id: UUID
    profiles: int
    unsubscribe_token: str


@dataclass(frozen=True, slots=True)
class BookingStanding:
    """Where a booking stands, and whether it took the place of another one."""

    status: str
    takes_a_place: bool


class NoticeRepository:
    """Reads `*_notices_v1` and `bookings.standing_v1`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def saved_search(self, event_id: UUID) -> SavedSearchNotice | None:
        """Return what the event is still worth; nothing if nobody is left, or it is not wanted."""
        row = self._work.execute(
            """
            SELECT user_id, profiles, unsubscribe_token FROM escorts.saved_search_notices_v1
            WHERE event_id = %s
            """,
            (event_id,),
        ).fetchone()
        return SavedSearchNotice(**row) if row else None

    def booking(self, booking_id: UUID) -> BookingStanding | None:
        """Return where a booking stands by now."""
        row = self._work.execute(
            "SELECT status, takes_a_place FROM bookings.standing_v1 WHERE booking_id = %s",
            (booking_id,),
        ).fetchone()
        return BookingStanding(**row) if row else None

    def may_be_written_to(self, user_id: UUID) -> bool:
        """Tell whether there is such an account, and it is open."""
        row = self._work.execute(
            "SELECT FROM auth.users WHERE id = %s AND status = 'active'", (user_id,)
        ).fetchone()
        return row is not None
