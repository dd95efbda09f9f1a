"""Gives the demo provider's calendar something to show: asked, held, confirmed, over, called off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bookings.dependencies import envelope
from bookings.domain.booking import Booking
from bookings.domain.policy import Policy, Step
from bookings.domain.pricing import Ask
from bookings.domain.settings import Preferences, Question
from bookings.domain.spans import Span
from bookings.domain.venue import Venue
from bookings.service.actions import Deciding
from bookings.service.callers import Caller
from bookings.service.requests import NewRequest, Requesting
from bookings.service.settings import OwnRules
from kit import clock
from kit.db import UnitOfWork
from kit.ids import new_id

__all__ = ["fill_calendar"]

_POLICY = Policy(0, (Step(6, 100), Step(48, 50)), deposit_percent=20, deposit_hours=24)
_QUESTION = Question("name", "What may I call you?")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """The provider's, as people would have filled it."""

    work: UnitOfWork
    escort_id: UUID
    provider: Caller

    def ask(self, client: UUID, day: int, *, days_before: int = 2, message: str = "") -> Booking:
        """Ask for an hour or two on a day from now on, so many days before it."""
        now = clock.now() + (day - days_before) * _DAY
        requesting = Requesting(self.work, envelope(), lambda: now)
        minutes = 60 if day % 2 else 120
        within = Span(now + days_before * _DAY, now + (days_before + 7) * _DAY)
        starts = requesting.availability(self.escort_id, within, timedelta(minutes=minutes))
        new = NewRequest(
            escort_id=self.escort_id,
            start=starts[len(starts) // 8].at,
            ask=Ask(("intimacy",), minutes, Venue.INCALL),
            policy_version=1,
            answers={_QUESTION.key: "Robin"},
            message=message,
        )
        return requesting.request(client, str(new_id()), new)

    def at(self, moment: datetime) -> Deciding:
        """Return what people do at a moment."""
        return Deciding(self.work, envelope(), lambda: moment)

    def confirm(self, booking: Booking) -> None:
        """Take it, and the deposit, soon after it was asked for."""
        deciding = self.at(min(booking.requested_at + timedelta(hours=3), clock.now()))
        deciding.accept(self.provider, booking.id)
        deciding.deposit_received(self.provider, booking.id)


def fill_calendar(work: UnitOfWork, escort_id: UUID, owner: UUID, clients: list[UUID]) -> None:
    """Make bookings of the provider with these clients; the first of them can sign in."""
    calendar = _Calendar(work, escort_id, Caller(owner))
    rules = OwnRules(work, envelope(), clock.now)
    rules.save_policy(owner, _POLICY)
    rules.save_preferences(owner, Preferences(notice=60, answer_hours=72, questions=(_QUESTION,)))
    rules.save_address(owner, "Example Street 1, the blue door")
    _what_was(calendar, clients)
    _what_comes(calendar, clients)


def _what_was(calendar: _Calendar, clients: list[UUID]) -> None:
    over = calendar.ask(clients[0], -21)
    calendar.confirm(over)
    after = calendar.at(over.span.end)
    after.check_in(calendar.provider, over.id)
    after.check_out(calendar.provider, over.id)
    missed = calendar.ask(clients[1], -12)
    calendar.confirm(missed)
    late = calendar.at(missed.span.start - timedelta(hours=10))
    late.cancel(Caller(clients[1]), missed.id, "Something came up.")


def _what_comes(calendar: _Calendar, clients: list[UUID]) -> None:
    calendar.confirm(calendar.ask(clients[0], 4, days_before=5, message="Looking forward to it."))
    held = calendar.ask(clients[2], 9, days_before=9)
    now = calendar.at(clock.now())
    now.accept(calendar.provider, held.id)
    for number, client in enumerate(clients):
        calendar.ask(client, 16 + 7 * number, days_before=16 + 7 * number, message="Is this free?")
    moved = calendar.ask(clients[0], 44, days_before=44)
    now.propose(calendar.provider, moved.id, moved.span.start + timedelta(hours=1))
