"""Money that arrived: what payments tell us becomes a confirmed booking, once."""

from dataclasses import dataclass, replace
from uuid import UUID

from bookings.domain.booking import Booking, with_payment
from bookings.domain.policy import settled
from bookings.domain.transitions import Action, Actor, Status
from bookings.service.transitions import Moves
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.money import Money

_ENDED_WITHOUT = {Status.DECLINED, Status.EXPIRED, Status.CANCELLED, Status.NO_SHOW}


@dataclass(frozen=True, slots=True)
class Paying:
    """What a captured payment does, on one transaction."""

    work: UnitOfWork
    now: Clock

    def captured(self, booking_id: UUID, amount: Money, *, is_deposit: bool = False) -> Booking:
        """Count the money, and confirm what waited for it.

        Money for a booking that will not take place is to go back, less the fee that is owed.
        """
        moves = Moves(self.work, self.now)
        booking = moves.locked(booking_id)
        while booking.rescheduled_to is not None:
            booking = moves.locked(booking.rescheduled_to)
        paid = with_payment(booking, amount, is_deposit=is_deposit)
        covered = paid.paid.minor_units >= paid.deposit.minor_units
        if paid.status is Status.ACCEPTED and covered:
            return moves.make(paid, Action.PAY, Actor.SYSTEM)
        if paid.status in _ENDED_WITHOUT:
            before = booking.returned_here(booking.refund)
            refund = settled(booking.fee or Money(0, amount.currency), paid.paid).refund
            paid = replace(paid, refund=refund)
            more = paid.returned_here(refund) - before
            if more.minor_units > 0:
                moves.publisher.refund_due(paid, more.minor_units)
        moves.bookings.update(paid.status, paid)
        moves.bookings.remember(
            paid, "payment", Actor.SYSTEM, None, self.now(), came_from=paid.status
        )
        return paid
