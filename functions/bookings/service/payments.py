"""Handler of captured payments: counts each once and confirms bookings that wait for a deposit."""

from dataclasses import dataclass, replace
from uuid import UUID

from bookings.domain.booking import Booking, add_payment
from bookings.domain.policy import settle_fee
from bookings.domain.transitions import STATES, Action, Actor, Status
from bookings.service.transitions import TransitionExecutor
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.money import Money


@dataclass(frozen=True, slots=True)
class PaymentHandler:
    """Handler of captured payments, on one transaction."""

    work: UnitOfWork
    now: Clock

    def on_captured(self, booking_id: UUID, amount: Money, *, is_deposit: bool = False) -> Booking:
        """Add the payment, and confirm an accepted booking whose deposit is now paid.

        A payment for a booking that will not take place is refunded, less the fee that is owed.
        """
        transitions = TransitionExecutor(self.work, self.now)
        booking = transitions.lock_booking(booking_id)
        while booking.rescheduled_to is not None:
            booking = transitions.lock_booking(booking.rescheduled_to)
        paid = add_payment(booking, amount, is_deposit=is_deposit)
        covered = paid.paid.minor_units >= paid.deposit.minor_units
        if paid.status is Status.ACCEPTED and covered:
            return transitions.apply(paid, Action.PAY, Actor.SYSTEM)
        if STATES[paid.status].refunds_payments:
            before = booking.platform_refund(booking.refund)
            refund = settle_fee(booking.fee or Money(0, amount.currency), paid.paid).refund
            paid = replace(paid, refund=refund)
            additional = paid.platform_refund(refund) - before
            if additional.minor_units > 0:
                transitions.events.publish_refund_due(paid, additional.minor_units)
        transitions.bookings.update(paid.status, paid)
        transitions.bookings.add_history(
            paid, "payment", Actor.SYSTEM, None, self.now(), from_status=paid.status
        )
        return paid
