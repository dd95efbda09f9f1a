"""Status changes by target status, the form that older API clients send."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.transitions import ACTIONS_WITH_REASON, Action, Actor, Status
from bookings.service.actions import BookingActions
from bookings.service.actor import Caller
from bookings.service.queries import BookingQueries
from kit.errors import Invalid
from kit.i18n import gettext as _

ACTION_BY_TARGET: Mapping[Status, Action] = {
    Status.ACCEPTED: Action.ACCEPT,
    Status.CONFIRMED: Action.ACCEPT,
    Status.DECLINED: Action.DECLINE,
    Status.COMPLETED: Action.COMPLETE,
    Status.CANCELLED: Action.CANCEL,
    Status.NO_SHOW: Action.NO_SHOW,
    Status.RESCHEDULED: Action.RESCHEDULE,
}
"""Action for each status that older clients may send; newer statuses have endpoints of their own."""


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
        if change.status is Status.CONFIRMED and _is_already_accepted(booking, view.actor):
            return booking
        if change.status is Status.CANCELLED and _is_request_to_provider(booking, view.actor):
            return self.actions.apply(caller, booking_id, Action.DECLINE, change.reason)
        match ACTION_BY_TARGET[change.status]:
            case Action.CANCEL:
                return self.actions.cancel(caller, booking_id, change.reason, change.fee)
            case Action.RESCHEDULE:
                return self._accept_proposal(caller, booking_id, change.proposal_id)
            case action:
                reason = change.reason if action in ACTIONS_WITH_REASON else ""
                return self.actions.apply(caller, booking_id, action, reason)

    def _accept_proposal(
        self, caller: Caller, booking_id: UUID, proposal_id: UUID | None
    ) -> Booking:
        if proposal_id is None:
            raise Invalid(
                "proposal-missing",
                _("Send the proposalId of the accepted proposal."),
                field="proposalId",
            )
        return self.actions.accept_proposal(caller, booking_id, proposal_id)


def _is_already_accepted(booking: Booking, actor: Actor) -> bool:
    """Tell whether the provider has accepted already: the deposit confirms the booking."""
    return booking.status is Status.ACCEPTED and actor is Actor.PROVIDER


def _is_request_to_provider(booking: Booking, actor: Actor) -> bool:
    """Tell whether cancelling means declining: providers decline requests and cancel bookings."""
    return booking.status is Status.REQUESTED and actor is Actor.PROVIDER
