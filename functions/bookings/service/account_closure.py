"""Somebody leaves, or is shut out: what is ahead is called off, and the others are told.

A closed account takes along what its person wrote; the rows stay as evidence.
"""

from dataclasses import dataclass
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.transitions import OPEN, Action, Actor, Status
from bookings.repository import Bookings, Feeds, Providers, Waitlist
from bookings.repository.accounts import Accounts
from bookings.repository.encrypted_fields import Part, forget_parts, forget_reasons
from bookings.service.transitions import Moves
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import InvalidState

_MOST = 10_000
_SIDES = (("client_id", Actor.CLIENT), ("provider_id", Actor.PROVIDER))
_OWN = {
    Actor.CLIENT: (
        Part.ANSWERS, Part.MESSAGE, Part.SPECIAL_REQUESTS, Part.ADDRESS, Part.CLIENT_NOTE,
    ),
    Actor.PROVIDER: (Part.PROVIDER_NOTE,),
}  # fmt: skip
"""What is theirs on every booking of theirs. A reason is of whoever declined or cancelled."""


@dataclass(frozen=True, slots=True)
class Closing:
    """What is done for somebody who has left, on one transaction."""

    work: UnitOfWork
    now: Clock

    def close(self, user_id: UUID) -> None:
        """Call off what is ahead, as that side would, and forget what was theirs alone."""
        self._take_away(user_id)
        for column, actor in _SIDES:
            left: set[UUID] = set()
            for seen in self._bookings(column, user_id):
                last = self._call_off(seen, actor, user_id)
                for booking_id in {seen.id, last.id}:
                    forget_parts(self.work, booking_id, _own_of(last, actor))
                left |= {seen.id, last.id}
            forget_reasons(self.work, left, user_id)

    def shut_out(self, user_id: UUID) -> None:
        """Call off what is ahead, as staff would; what was written stays, it may be evidence.

        By the time that this is heard the account may be let in again: then nothing is done.
        """
        if not Accounts(self.work).may_not_act(user_id):
            return
        self._take_away(user_id)
        for column, _ in _SIDES:
            for seen in self._bookings(column, user_id):
                self._call_off(seen, Actor.STAFF, None)

    def close_profile(self, escort_id: UUID) -> None:
        """Call off what is ahead at one profile; its account may have begun another."""
        owner = Providers(self.work).owner(escort_id)
        if owner is None:
            return
        self._take_profile_away(escort_id)
        for seen in self._bookings("provider_id", owner):
            if seen.escort_id == escort_id:
                self._call_off(seen, Actor.PROVIDER, owner)

    def _take_away(self, user_id: UUID) -> None:
        Feeds(self.work).revoke(user_id)
        Waitlist(self.work).forget_client(user_id)
        for escort_id in Providers(self.work).of(user_id):
            self._take_profile_away(escort_id)

    def _take_profile_away(self, escort_id: UUID) -> None:
        """First of all, so that nobody is told that a time of hers is free."""
        providers = Providers(self.work)
        providers.lock(escort_id)
        providers.save_address(escort_id, None, self.now())
        Waitlist(self.work).forget_provider(escort_id)

    def _bookings(self, column: str, user_id: UUID) -> list[Booking]:
        """Return somebody's bookings; several providers' locks are taken in one order, by all."""
        found = Bookings(self.work).of(column, user_id, newest_first=True, limit=_MOST)
        return sorted(found, key=lambda booking: (booking.escort_id, booking.id))

    def _call_off(self, seen: Booking, actor: Actor, actor_id: UUID | None) -> Booking:
        """Return how it stands then; if it has moved meanwhile, the one that took its place.

        A meeting that has begun takes its course.
        """
        if seen.status not in OPEN:
            return seen
        moves = Moves(self.work, self.now)
        booking = moves.locked(seen.id)
        while booking.rescheduled_to is not None:
            booking = moves.locked(booking.rescheduled_to)
        if booking.status is Status.CONFIRMED and booking.span.start <= self.now():
            return booking
        is_her_request = actor is Actor.PROVIDER and booking.status is Status.REQUESTED
        try:
            return moves.make(
                booking, Action.DECLINE if is_her_request else Action.CANCEL, actor, actor_id
            )
        except InvalidState:
            # It has ended while we waited for the lock.
            return booking


def _own_of(booking: Booking, actor: Actor) -> tuple[Part, ...]:
    """Return what goes at once; where they are meeting now, a timer takes away days later."""
    if booking.status is not Status.CONFIRMED:
        return _OWN[actor]
    return tuple(part for part in _OWN[actor] if part is not Part.ADDRESS)
