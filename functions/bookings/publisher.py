"""Maps transitions of bookings to contract events in the outbox."""

from typing import Any, Literal

from bookings.domain.booking import Booking, TransitionResult
from bookings.domain.proposals import Proposal
from bookings.domain.transitions import Actor, Status
from bookings.domain.waitlist import WaitlistEntry
from contracts import bookings as events
from kit.events import Event
from kit.outbox import Outbox


class BookingEvents:
    """Publisher of booking events, in the transaction that makes them true."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def publish_requested(self, booking: Booking) -> None:
        """Publish a new request."""
        self._outbox.add(
            events.BookingRequested(
                **_common_fields(booking),
                amount_minor=booking.quote.total.minor_units,
                currency=booking.quote.total.currency,
                expires_at=booking.expires_at,
            )
        )

    def publish_transition(self, result: TransitionResult, actor: Actor) -> None:
        """Publish a status change; a transition that keeps the status publishes nothing."""
        if result.after.status is not result.before.status:
            self._outbox.add(_transition_event(result, actor))

    def publish_rescheduled_booking(self, booking: Booking) -> None:
        """Publish the booking that replaces a rescheduled one; no answer is needed."""
        event = (
            _accepted_event(booking)
            if booking.status is Status.ACCEPTED
            else _confirmed_event(booking)
        )
        self._outbox.add(event)

    def publish_proposal(self, booking: Booking, proposal: Proposal) -> None:
        """Publish a proposal of another time."""
        self._outbox.add(
            events.BookingTimeProposed(
                **_common_fields(booking),
                proposal_id=proposal.id,
                proposed_by="client" if proposal.proposed_by is Actor.CLIENT else "provider",
                proposed_start=proposal.period.start,
                proposed_end=proposal.period.end,
            )
        )

    def publish_reminder(self, booking: Booking, hours: int) -> None:
        """Publish a reminder that the booking starts soon."""
        self._outbox.add(events.BookingReminderDue(**_common_fields(booking), hours=hours))

    def publish_refund_due(self, booking: Booking, refund: int) -> None:
        """Publish the refund of a payment that arrived too late."""
        self._outbox.add(
            events.BookingRefundDue(
                **_common_fields(booking),
                refund_minor=refund,
                currency=booking.quote.total.currency,
            )
        )

    def publish_slot_available(self, entry: WaitlistEntry) -> None:
        """Publish that part of a waitlisted period is free again."""
        self._outbox.add(
            events.WaitlistSlotAvailable(
                waitlist_id=entry.id,
                profile_id=entry.profile_id,
                client_id=entry.client_id,
                starts_at=entry.requested_period.start,
                ends_at=entry.requested_period.end,
            )
        )


def _transition_event(result: TransitionResult, actor: Actor) -> Event:
    booking, common = result.after, _common_fields(result.after)
    currency = booking.quote.total.currency
    fee = booking.fee.minor_units if booking.fee else 0
    refund = booking.platform_refund(booking.refund).minor_units
    match booking.status:
        case Status.ACCEPTED:
            return _accepted_event(booking)
        case Status.CONFIRMED:
            return _confirmed_event(booking)
        case Status.DECLINED:
            return events.BookingDeclined(**common, refund_minor=refund, currency=currency)
        case Status.EXPIRED:
            waited_for: Literal["answer", "deposit"] = (
                "answer" if result.before.status is Status.REQUESTED else "deposit"
            )
            return events.BookingExpired(
                **common, waited_for=waited_for, refund_minor=refund, currency=currency
            )
        case Status.CANCELLED:
            return events.BookingCancelled(
                **common,
                cancelled_by=_CANCELLED_BY[actor],
                fee_minor=fee,
                refund_minor=refund,
                currency=currency,
            )
        case Status.COMPLETED:
            return events.BookingCompleted(
                **common,
                amount_minor=booking.quote.total.minor_units,
                paid_minor=booking.paid.minor_units,
                currency=currency,
            )
        case Status.NO_SHOW:
            return events.BookingNoShow(
                **common, fee_minor=fee, refund_minor=refund, currency=currency
            )
        case Status.RESCHEDULED if booking.rescheduled_to is not None:
            return events.BookingRescheduled(**common, new_booking_id=booking.rescheduled_to)
    raise ValueError(f"{result.transition.action} leads to {booking.status}, which has no event")


_CANCELLED_BY: dict[Actor, Literal["client", "provider", "staff", "system"]] = {
    Actor.CLIENT: "client",
    Actor.PROVIDER: "provider",
    Actor.STAFF: "staff",
    Actor.SYSTEM: "system",
}


def _accepted_event(booking: Booking) -> Event:
    return events.BookingAccepted(
        **_common_fields(booking),
        deposit_minor=booking.deposit.minor_units,
        currency=booking.deposit.currency,
        deposit_due_at=booking.deposit_due_at or booking.period.start,
    )


def _confirmed_event(booking: Booking) -> Event:
    return events.BookingConfirmed(
        **_common_fields(booking),
        amount_minor=booking.quote.total.minor_units,
        paid_minor=booking.paid.minor_units,
        currency=booking.quote.total.currency,
    )


def _common_fields(booking: Booking) -> dict[str, Any]:
    return {
        "booking_id": booking.id,
        "profile_id": booking.profile_id,
        "provider_id": booking.provider_id,
        "client_id": booking.client_id,
        "starts_at": booking.period.start,
        "ends_at": booking.period.end,
    }
