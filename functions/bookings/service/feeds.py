"""A calendar by secret address, for the calendars that people have already.

Whoever knows the address reads the times, so the titles say nothing: no names, no places, no
prices, and nothing of what was written.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.spans import Span
from bookings.domain.transitions import HOLDING, Status
from bookings.repository import Bookings, Feeds
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import NotFound

if TYPE_CHECKING:
    from icalendar import Event
from bookings import settings

BEHIND, AHEAD = timedelta(days=30), timedelta(days=400)
_MOST = 1000
_SHOWN = (*sorted(HOLDING), Status.COMPLETED)
_TITLES = {Status.ACCEPTED: "Appointment (not confirmed)"}


@dataclass(frozen=True, slots=True)
class OwnFeed:
    """Somebody's calendar, on one transaction."""

    work: UnitOfWork
    now: Clock

    def renew(self, user_id: UUID) -> str:
        """Return a new secret for the address; the old address leads nowhere from now on."""
        token = secrets.token_urlsafe(32)
        Feeds(self.work).replace(user_id, _hash(token), self.now())
        return token

    def revoke(self, user_id: UUID) -> None:
        """Take the address away."""
        Feeds(self.work).revoke(user_id)

    def exists(self, user_id: UUID) -> bool:
        """Tell whether there is an address."""
        return Feeds(self.work).exists(user_id)

    def text(self, token: str) -> bytes:
        """Return the calendar behind a secret, as iCalendar (RFC 5545)."""
        user_id = Feeds(self.work).user(_hash(token))
        if user_id is None:
            raise NotFound("no-such-feed", "There is no such calendar.")
        return calendar_text(self._bookings(user_id), self.now())

    def _bookings(self, user_id: UUID) -> list[Booking]:
        within = Span(self.now() - BEHIND, self.now() + AHEAD)
        both = [
            booking
            for column in ("provider_id", "client_id")
            for booking in Bookings(self.work).of(
                column, user_id, statuses=_SHOWN, within=within, limit=_MOST
            )
        ]
        return sorted(both, key=lambda booking: (booking.span, booking.id))


def calendar_text(bookings: list[Booking], now: datetime) -> bytes:
    """Return bookings as a calendar that says when, and nothing else."""
    # Only this answer needs the library.
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//HelloMahi//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Appointments")
    for booking in bookings:
        calendar.add_component(_entry(booking, now))
    text: bytes = calendar.to_ical()
    return text


def _entry(booking: Booking, now: datetime) -> Event:
    from icalendar import Event

    entry = Event()
    entry.add("uid", f"{booking.id}@hellomahi")
    entry.add("dtstamp", now)
    entry.add("dtstart", booking.span.start)
    entry.add("dtend", booking.span.end)
    entry.add("summary", _TITLES.get(booking.status, "Appointment"))
    entry.add("status", "TENTATIVE" if booking.status is Status.ACCEPTED else "CONFIRMED")
    entry.add("class", "PRIVATE")
    return entry


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def feed_address(token: str) -> str:
    """Return where the calendar behind a secret is."""
    return f"{settings.public_origin()}/api/v1/bookings/feed/{token}.ics"
