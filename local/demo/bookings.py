"""Demo bookings of the demo provider: requested, held, confirmed, completed, cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bookings.dependencies import envelope
from bookings.domain.booking import Booking
from bookings.domain.policy import Policy, PolicyStep
from bookings.domain.pricing import QuoteRequest
from bookings.domain.settings import BookingSettings, Question
from bookings.domain.transitions import Action
from bookings.domain.venue import Venue
from bookings.service.actions import BookingActions
from bookings.service.actor import Caller
from bookings.service.requests import BookingRequests, NewRequest
from bookings.service.settings import ProviderSettingsService
from kit import clock
from kit.db import UnitOfWork
from kit.ids import new_id
from kit.intervals import Interval

__all__ = ["fill_calendar"]

_POLICY = Policy(0, (PolicyStep(6, 100), PolicyStep(48, 50)), deposit_percent=20, deposit_hours=24)
_QUESTION = Question("name", "What may I call you?")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Bookings of the demo provider, made through the use cases."""

    work: UnitOfWork
    profile_id: UUID
    provider: Caller

    def ask(self, client: UUID, day: int, *, days_before: int = 2, message: str = "") -> Booking:
        """Request an hour or two on a day from now on, `days_before` days before it."""
        now = clock.now() + (day - days_before) * _DAY
        requests = BookingRequests(self.work, envelope(), lambda: now)
        minutes = 60 if day % 2 else 120
        within = Interval(now + days_before * _DAY, now + (days_before + 7) * _DAY)
        slots = requests.list_slots(self.profile_id, within, timedelta(minutes=minutes))
        new = NewRequest(
            profile_id=self.profile_id,
            start=slots[len(slots) // 8].at,
            quote_request=QuoteRequest(("intimacy",), minutes, Venue.INCALL),
            policy_version=1,
            answers={_QUESTION.key: "Robin"},
            message=message,
        )
        return requests.create(client, str(new_id()), new)

    def at(self, moment: datetime) -> BookingActions:
        """Return the booking actions at a time."""
        return BookingActions(self.work, envelope(), lambda: moment)

    def confirm(self, booking: Booking) -> None:
        """Accept the request and record its deposit, soon after the request."""
        actions = self.at(min(booking.requested_at + timedelta(hours=3), clock.now()))
        actions.apply(self.provider, booking.id, Action.ACCEPT)
        actions.apply(self.provider, booking.id, Action.PAY)


def fill_calendar(work: UnitOfWork, profile_id: UUID, owner: UUID, clients: list[UUID]) -> None:
    """Create bookings of the provider with these clients; the first client can sign in."""
    calendar = _Calendar(work, profile_id, Caller(owner))
    settings = ProviderSettingsService(work, envelope(), clock.now)
    settings.save_policy(owner, _POLICY)
    settings.save_settings(
        owner, BookingSettings(notice=60, answer_hours=72, questions=(_QUESTION,))
    )
    settings.save_address(owner, "Example Street 1, the blue door")
    _add_past_bookings(calendar, clients)
    _add_upcoming_bookings(calendar, clients)


def _add_past_bookings(calendar: _Calendar, clients: list[UUID]) -> None:
    completed = calendar.ask(clients[0], -21)
    calendar.confirm(completed)
    after_meeting = calendar.at(completed.period.end)
    after_meeting.apply(calendar.provider, completed.id, Action.CHECK_IN)
    after_meeting.apply(calendar.provider, completed.id, Action.CHECK_OUT)
    missed = calendar.ask(clients[1], -12)
    calendar.confirm(missed)
    late = calendar.at(missed.period.start - timedelta(hours=10))
    late.cancel(Caller(clients[1]), missed.id, "Something came up.")


def _add_upcoming_bookings(calendar: _Calendar, clients: list[UUID]) -> None:
    calendar.confirm(calendar.ask(clients[0], 4, days_before=5, message="Looking forward to it."))
    held = calendar.ask(clients[2], 9, days_before=9)
    now = calendar.at(clock.now())
    now.apply(calendar.provider, held.id, Action.ACCEPT)
    for number, client in enumerate(clients):
        calendar.ask(client, 16 + 7 * number, days_before=16 + 7 * number, message="Is this free?")
    proposed = calendar.ask(clients[0], 44, days_before=44)
    now.propose(calendar.provider, proposed.id, proposed.period.start + timedelta(hours=1))
