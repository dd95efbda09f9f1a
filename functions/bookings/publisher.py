"""Maps transitions of bookings to contract events in the outbox."""

from collections.abc import Mapping
from typing import Any

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

    def publish_status(self, booking: Booking) -> None:
        """Publish the status of a new booking: a request, or the booking that replaces another one."""
        self._outbox.add(_status_event(booking, {}))

    def publish_transition(self, result: TransitionResult, actor: Actor) -> None:
        """Publish a status change; a transition that keeps the status publishes nothing."""
        if result.after.status is not result.before.status:
            expired_request = result.before.status is Status.REQUESTED
            change = {
                "cancelled_by": str(actor),
                "waited_for": "answer" if expired_request else "deposit",
            }
            self._outbox.add(_status_event(result.after, change))

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


STATUS_EVENTS = {Status(event.status): event for event in events.STATUS_EVENTS}


def _status_event(booking: Booking, change: Mapping[str, str]) -> Event:
    """Return the event of the booking's status; `change` describes the transition that led to it."""
    event = STATUS_EVENTS[booking.status]
    values = _common_fields(booking) | {
        "amount_minor": booking.quote.total.minor_units,
        "currency": booking.quote.total.currency,
        "deposit_minor": booking.deposit.minor_units,
        "paid_minor": booking.paid.minor_units,
        "fee_minor": booking.fee.minor_units if booking.fee else 0,
        "refund_minor": booking.platform_refund(booking.refund).minor_units,
        "expires_at": booking.expires_at,
        "deposit_due_at": booking.deposit_due_at or booking.period.start,
        "new_booking_id": booking.rescheduled_to,
        **change,
    }
    return event(**{name: values[name] for name in event.model_fields.keys() & values.keys()})


def _common_fields(booking: Booking) -> dict[str, Any]:
    return {
        "booking_id": booking.id,
        "profile_id": booking.profile_id,
        "provider_id": booking.provider_id,
        "client_id": booking.client_id,
        "starts_at": booking.period.start,
        "ends_at": booking.period.end,
    }
