"""Calendar feeds at secret URLs, for calendar apps.

Anyone with the URL can read the times, so entries contain no names, places, prices or texts.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.transitions import SLOT_HOLDING_STATUSES, Status
from bookings.repository import BookingRepository, FeedRepository
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import NotFound
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.intervals import Interval

if TYPE_CHECKING:
    from icalendar import Event
from bookings import settings

PAST_RANGE, FUTURE_RANGE = timedelta(days=30), timedelta(days=400)
_LIMIT = 1000
_SHOWN = (*sorted(SLOT_HOLDING_STATUSES), Status.COMPLETED)
_TITLES = {Status.ACCEPTED: N_("Appointment (not confirmed)")}


@dataclass(frozen=True, slots=True)
class CalendarFeedService:
    """Calendar feed of an account, on one transaction."""

    work: UnitOfWork
    now: Clock

    def renew(self, user_id: UUID) -> str:
        """Return a new token for the URL; the old URL stops working."""
        token = secrets.token_urlsafe(32)
        FeedRepository(self.work).replace(user_id, _hash(token), self.now())
        return token

    def revoke(self, user_id: UUID) -> None:
        """Delete the feed."""
        FeedRepository(self.work).revoke(user_id)

    def exists(self, user_id: UUID) -> bool:
        """Tell whether the account has a feed."""
        return FeedRepository(self.work).exists(user_id)

    def read_ical(self, token: str) -> bytes:
        """Return the calendar of a token as iCalendar (RFC 5545)."""
        user_id = FeedRepository(self.work).user_by_token(_hash(token))
        if user_id is None:
            raise NotFound("no-such-feed", _("There is no such calendar."))
        return render_ical(self._bookings(user_id), self.now())

    def _bookings(self, user_id: UUID) -> list[Booking]:
        within = Interval(self.now() - PAST_RANGE, self.now() + FUTURE_RANGE)
        both = [
            booking
            for column in ("provider_id", "client_id")
            for booking in BookingRepository(self.work).list_for_user(
                column, user_id, statuses=_SHOWN, within=within, limit=_LIMIT
            )
        ]
        return sorted(both, key=lambda booking: (booking.period, booking.id))


def render_ical(bookings: list[Booking], now: datetime) -> bytes:
    """Return bookings as a calendar that contains times only."""
    # Imported here, since only this response needs the library.
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//HelloMahi//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Appointments"))
    for booking in bookings:
        calendar.add_component(_entry(booking, now))
    text: bytes = calendar.to_ical()
    return text


def _entry(booking: Booking, now: datetime) -> Event:
    from icalendar import Event

    entry = Event()
    entry.add("uid", f"{booking.id}@hellomahi")
    entry.add("dtstamp", now)
    entry.add("dtstart", booking.period.start)
    entry.add("dtend", booking.period.end)
    entry.add("summary", _(_TITLES.get(booking.status, N_("Appointment"))))
    entry.add("status", "TENTATIVE" if booking.status is Status.ACCEPTED else "CONFIRMED")
    entry.add("class", "PRIVATE")
    return entry


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def feed_url(token: str) -> str:
    """Return the URL of the feed with this token."""
    return f"{settings.public_origin()}/api/v1/bookings/feed/{token}.ics"
