"""Status changes by target status, the form that older API clients send."""

from dataclasses import dataclass
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.transitions import Actor, Status
from bookings.service.actions import BookingActions
from bookings.service.actor import Caller
from bookings.service.queries import BookingQueries
from kit.errors import Invalid


@dataclass(frozen=True, slots=True)
class StatusChange:
    """Target status of a booking, with the fee and proposal that the caller has seen."""

    status: Status
    reason: str = ""
    fee: int | None = None
    proposal_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Maps a target status to an action; the transition table decides whether it is allowed."""

    actions: BookingActions
    queries: BookingQueries

    def apply(self, caller: Caller, booking_id: UUID, change: StatusChange) -> Booking:
        """Apply the action. A booking already in the status is returned unchanged: repeating is safe.

        A repeated request for `confirmed` never counts as a received deposit.
        """
        view = self.queries.get(caller, booking_id)
        booking = view.booking
        if booking.status is change.status:
            return booking
        match change.status:
            case Status.CONFIRMED if _is_already_accepted(booking, view.actor):
                return booking
            case Status.ACCEPTED | Status.CONFIRMED:
                return self.actions.accept(caller, booking_id)
            case Status.DECLINED:
                return self.actions.decline(caller, booking_id, change.reason)
            case Status.CANCELLED if _is_request_to_provider(booking, view.actor):
                return self.actions.decline(caller, booking_id, change.reason)
            case Status.CANCELLED:
                return self.actions.cancel(caller, booking_id, change.reason, change.fee)
            case Status.COMPLETED:
                return self.actions.complete(caller, booking_id)
            case Status.NO_SHOW:
                return self.actions.no_show(caller, booking_id)
            case Status.RESCHEDULED:
                return self._accept_proposal(caller, booking_id, change.proposal_id)
        raise ValueError(f"no action leads to {change.status}")

    def _accept_proposal(
        self, caller: Caller, booking_id: UUID, proposal_id: UUID | None
    ) -> Booking:
        if proposal_id is None:
            raise Invalid(
                "proposal-missing",
                "Send the proposalId of the accepted proposal.",
                field="proposalId",
            )
        return self.actions.accept_proposal(caller, booking_id, proposal_id)


def _is_already_accepted(booking: Booking, actor: Actor) -> bool:
    """Tell whether the provider has accepted already: the deposit confirms the booking."""
    return booking.status is Status.ACCEPTED and actor is Actor.PROVIDER


def _is_request_to_provider(booking: Booking, actor: Actor) -> bool:
    """Tell whether cancelling means declining: providers decline requests and cancel bookings."""
    return booking.status is Status.REQUESTED and actor is Actor.PROVIDER
