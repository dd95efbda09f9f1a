"""Endpoints of the actions on a booking."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends

from bookings.dependencies import (
    NO_SHOW_REPORTER,
    PROVIDER,
    BookingActionsDep,
    BookingQueriesDep,
    Canceller,
    Participant,
    limit_canceller,
    limit_no_show_reporter,
    limit_participant,
    limit_provider,
    to_caller,
)
from bookings.domain.transitions import ACTIONS_WITH_REASON, Action
from bookings.schemas.requests import AddressBody, BookingReason, CancelBody, NoteBody
from bookings.schemas.views import BookingView, CancellationView
from bookings.service.actions import BookingActions
from bookings.service.queries import BookingQueries
from kit.auth import Principal
from kit.http import API

router = APIRouter(prefix=f"{API}/bookings/{{booking_id}}", tags=["bookings"])
OptionalReason = Annotated[BookingReason, Body(default_factory=BookingReason)]
OptionalCancel = Annotated[CancelBody, Body(default_factory=CancelBody)]
_PARTICIPANTS = [Depends(limit_participant)]


@dataclass(frozen=True, slots=True)
class ActionRoute:
    """Endpoint of an action that needs no other input than a reason."""

    action: Action
    path: str
    name: str
    description: str
    caller: Any = PROVIDER
    """Dependency that returns the principal, if the role may call the endpoint."""
    limit: Callable[..., Any] = limit_provider


ACTION_ROUTES = (
    ActionRoute(
        Action.ACCEPT,
        "accept",
        "accept_booking",
        "Accept a request: held until the deposit is paid, or confirmed at once without one.",
    ),
    ActionRoute(Action.DECLINE, "decline", "decline_booking", "Decline a request."),
    ActionRoute(
        Action.PAY,
        "deposit-received",
        "receive_deposit",
        "Record a deposit received outside the platform: confirms the booking.",
    ),
    ActionRoute(
        Action.CHECK_IN,
        "check-in",
        "check_in_booking",
        "Check in, from an hour before the start on.",
    ),
    ActionRoute(
        Action.CHECK_OUT,
        "check-out",
        "check_out_booking",
        "Check out, which completes the booking.",
    ),
    ActionRoute(Action.COMPLETE, "complete", "complete_booking", "Mark the booking as completed."),
    ActionRoute(
        Action.NO_SHOW,
        "no-show",
        "report_no_show",
        "Mark the booking as a no-show; the client owes the policy's fee.",
        NO_SHOW_REPORTER,
        limit_no_show_reporter,
    ),
)


def _endpoint(route: ActionRoute) -> Callable[..., Any]:
    def apply(
        principal: Principal,
        booking_id: UUID,
        actions: BookingActions,
        queries: BookingQueries,
        reason: str = "",
    ) -> BookingView:
        caller = to_caller(principal)
        actions.apply(caller, booking_id, route.action, reason)
        return BookingView.from_domain(queries.get(caller, booking_id))

    async def post_action(
        booking_id: UUID,
        principal: Annotated[Principal, route.caller],
        actions: BookingActionsDep,
        queries: BookingQueriesDep,
    ) -> BookingView:
        return apply(principal, booking_id, actions, queries)

    async def post_action_with_reason(
        booking_id: UUID,
        body: OptionalReason,
        principal: Annotated[Principal, route.caller],
        actions: BookingActionsDep,
        queries: BookingQueriesDep,
    ) -> BookingView:
        return apply(principal, booking_id, actions, queries, body.reason)

    return post_action_with_reason if route.action in ACTIONS_WITH_REASON else post_action


for _route in ACTION_ROUTES:
    router.post(
        f"/{_route.path}",
        name=_route.name,
        description=_route.description,
        dependencies=[Depends(_route.limit)],
    )(_endpoint(_route))


@router.get("/cancellation")
async def preview_cancellation(
    booking_id: UUID, canceller: Canceller, actions: BookingActionsDep
) -> CancellationView:
    """Return the cost of cancelling now; nothing is changed."""
    return CancellationView.from_domain(
        actions.preview_cancellation(to_caller(canceller), booking_id)
    )


@router.post("/cancel", dependencies=[Depends(limit_canceller)])
async def cancel_booking(
    booking_id: UUID,
    body: OptionalCancel,
    canceller: Canceller,
    actions: BookingActionsDep,
    queries: BookingQueriesDep,
) -> BookingView:
    """Cancel the booking, for the fee of the preview."""
    actions.cancel(to_caller(canceller), booking_id, body.reason, body.fee_minor)
    return BookingView.from_domain(queries.get(to_caller(canceller), booking_id))


@router.put("/note", status_code=204, dependencies=_PARTICIPANTS)
async def write_booking_note(
    booking_id: UUID, body: NoteBody, participant: Participant, actions: BookingActionsDep
) -> None:
    """Store a note that only this participant reads; an empty text deletes it."""
    actions.save_note(to_caller(participant), booking_id, body.note)


@router.put("/address", status_code=204, dependencies=_PARTICIPANTS)
async def give_booking_address(
    booking_id: UUID, body: AddressBody, participant: Participant, actions: BookingActionsDep
) -> None:
    """Store the client's address; the provider sees it once the booking is confirmed."""
    actions.save_address(to_caller(participant), booking_id, body.address)
