"""From a move of a booking to a contract event in the outbox."""

from typing import Any, Literal

from bookings.domain.booking import Booking, Moved
from bookings.domain.proposals import Proposal
from bookings.domain.transitions import Actor, Status
from bookings.domain.waitlist import Waiting
from contracts import bookings as events
from kit.events import Event
from kit.outbox import Outbox


class Publisher:
    """Says what happened, in the transaction that made it true."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def requested(self, booking: Booking) -> None:
        """Somebody asks."""
        self._outbox.add(
            events.BookingRequested(
                **_who_and_when(booking),
                amount_minor=booking.quote.total.minor_units,
                currency=booking.quote.total.currency,
                expires_at=booking.expires_at,
            )
        )

    def moved(self, move: Moved, actor: Actor) -> None:
        """It stands elsewhere now; a move that changes no state is not told."""
        if move.after.status is not move.before.status:
            self._outbox.add(_event(move, actor))

    def begun(self, booking: Booking) -> None:
        """A booking took another's place, and needs no answer."""
        event = _accepted(booking) if booking.status is Status.ACCEPTED else _confirmed(booking)
        self._outbox.add(event)

    def proposed(self, booking: Booking, proposal: Proposal) -> None:
        """One side asks for another time."""
        self._outbox.add(
            events.BookingTimeProposed(
                **_who_and_when(booking),
                proposal_id=proposal.id,
                proposed_by="client" if proposal.by is Actor.CLIENT else "provider",
                proposed_start=proposal.span.start,
                proposed_end=proposal.span.end,
            )
        )

    def reminder(self, booking: Booking, hours: int) -> None:
        """It begins soon."""
        self._outbox.add(events.BookingReminderDue(**_who_and_when(booking), hours=hours))

    def refund_due(self, booking: Booking, refund: int) -> None:
        """Money came too late to be of use."""
        self._outbox.add(
            events.BookingRefundDue(
                **_who_and_when(booking),
                refund_minor=refund,
                currency=booking.quote.total.currency,
            )
        )

    def opened(self, entry: Waiting) -> None:
        """Some of a time that somebody waits for is free again."""
        self._outbox.add(
            events.WaitlistSlotAvailable(
                waitlist_id=entry.id,
                escort_id=entry.escort_id,
                client_id=entry.client_id,
                starts_at=entry.wanted.start,
                ends_at=entry.wanted.end,
            )
        )


def _event(move: Moved, actor: Actor) -> Event:
    booking, same = move.after, _who_and_when(move.after)
    currency = booking.quote.total.currency
    fee = booking.fee.minor_units if booking.fee else 0
    refund = booking.returned_here(booking.refund).minor_units
    match booking.status:
        case Status.ACCEPTED:
            return _accepted(booking)
        case Status.CONFIRMED:
            return _confirmed(booking)
        case Status.DECLINED:
            return events.BookingDeclined(**same, refund_minor=refund, currency=currency)
        case Status.EXPIRED:
            waited: Literal["answer", "deposit"] = (
                "answer" if move.before.status is Status.REQUESTED else "deposit"
            )
            return events.BookingExpired(
                **same, waited_for=waited, refund_minor=refund, currency=currency
            )
        case Status.CANCELLED:
            return events.BookingCancelled(
                **same,
                cancelled_by=_BY[actor],
                fee_minor=fee,
                refund_minor=refund,
                currency=currency,
            )
        case Status.COMPLETED:
            return events.BookingCompleted(
                **same,
                amount_minor=booking.quote.total.minor_units,
                paid_minor=booking.paid.minor_units,
                currency=currency,
            )
        case Status.NO_SHOW:
            return events.BookingNoShow(
                **same, fee_minor=fee, refund_minor=refund, currency=currency
            )
        case Status.RESCHEDULED if booking.rescheduled_to is not None:
            return events.BookingRescheduled(**same, new_booking_id=booking.rescheduled_to)
    raise ValueError(f"{move.rule.action} leads to {booking.status}, which nobody is told of")


_BY: dict[Actor, Literal["client", "provider", "staff", "system"]] = {
    Actor.CLIENT: "client",
    Actor.PROVIDER: "provider",
    Actor.STAFF: "staff",
    Actor.SYSTEM: "system",
}


def _accepted(booking: Booking) -> Event:
    return events.BookingAccepted(
        **_who_and_when(booking),
        deposit_minor=booking.deposit.minor_units,
        currency=booking.deposit.currency,
        deposit_due_at=booking.deposit_due_at or booking.span.start,
    )


def _confirmed(booking: Booking) -> Event:
    return events.BookingConfirmed(
        **_who_and_when(booking),
        amount_minor=booking.quote.total.minor_units,
        paid_minor=booking.paid.minor_units,
        currency=booking.quote.total.currency,
    )


def _who_and_when(booking: Booking) -> dict[str, Any]:
    return {
        "booking_id": booking.id,
        "escort_id": booking.escort_id,
        "provider_id": booking.provider_id,
        "client_id": booking.client_id,
        "starts_at": booking.span.start,
        "ends_at": booking.span.end,
    }
