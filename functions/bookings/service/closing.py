"""A closed account: what is ahead is called off, what was written is forgotten, the evidence stays."""

from dataclasses import dataclass
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.states import OPEN, Action, Actor, Status
from bookings.repository import Bookings, Feeds, Providers, Waitlist
from bookings.repository.private import Part, forget_parts, forget_reasons
from bookings.service.moving import Moves
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import InvalidState

_MOST = 10_000
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
        """Call off what is ahead, as that side would; a meeting that has begun takes its course."""
        for column, actor in (("client_id", Actor.CLIENT), ("provider_id", Actor.PROVIDER)):
            mine = Bookings(self.work).of(column, user_id, limit=_MOST)
            # Several providers' locks are taken in one order, whoever takes them.
            for booking in sorted(mine, key=lambda booking: (booking.escort_id, booking.id)):
                if booking.status in OPEN:
                    self._call_off(booking, actor, user_id)
                forget_parts(self.work, booking.id, _OWN[actor])
            forget_reasons(self.work, [booking.id for booking in mine], user_id)
        Feeds(self.work).revoke(user_id)
        Waitlist(self.work).forget_client(user_id)
        provider = Providers(self.work).by_user(user_id)
        if provider is not None:
            Providers(self.work).save_address(provider.escort_id, None, self.now())

    def _call_off(self, seen: Booking, actor: Actor, user_id: UUID) -> None:
        moves = Moves(self.work, self.now)
        booking = moves.locked(seen.id)
        is_her_request = actor is Actor.PROVIDER and booking.status is Status.REQUESTED
        action = Action.DECLINE if is_her_request else Action.CANCEL
        try:
            moves.make(booking, action, actor, user_id)
        except InvalidState:
            # It has begun, or ended while we waited for the lock.
            return
