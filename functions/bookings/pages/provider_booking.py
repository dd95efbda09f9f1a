"""Page of one booking on a provider's dashboard: status and actions."""

from collections.abc import Callable, Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from fastapi.responses import Response

from bookings.domain.booking import Booking
from bookings.domain.transitions import Action, Status
from bookings.pages.form_driver import build_forms, handle_form
from bookings.pages.forms import AnswerForm, NoForm, NoteForm, ProposalForm, ReasonForm
from bookings.pages.presenter import booking_view, conflicts, labelled_answers
from bookings.pages.provider_context import (
    WRITES,
    ProviderBookingContext,
    ProviderPageDep,
    provider_router,
)
from bookings.pages.reschedule import parse_proposed_start, suggested_slots
from bookings.service.actor import Caller
from kit.pages import Form

router = provider_router("/{booking_id}")


class ProviderBookingPage(ProviderBookingContext):
    """Request context of a provider on the page of a booking."""

    def redirect(self, after: object, done: str) -> Response:
        """Redirect to the booking, or to the one that replaced it."""
        booking_id = after.id if isinstance(after, Booking) else self.booking_id
        return self.context.redirect(f"/{booking_id}", done)

    def render_errors(self, status: int, forms: Mapping[str, Form]) -> Response:
        """Render the page, with the errors of a refused form."""
        view, services = self.view(), self.context.services
        booking = view.booking
        preferences = services.profiles.settings_for(
            booking.profile_id, booking.provider_id
        ).settings
        negotiates = Action.PROPOSE in view.actions
        return self.context.render(
            "provider_booking.html",
            status,
            **booking_view(view),
            **build_forms(forms, {"note": {"note": view.note}}),
            conflicts=conflicts(view, services.queries.list_conflicting(booking)),
            here=f"{self.context.dashboard_path}/bookings/{booking.id}",
            answers=labelled_answers(view, preferences.questions),
            suggested_slots=suggested_slots(services.requests, services.profiles, view)
            if negotiates
            else [],
            awaits_deposit=booking.status is Status.ACCEPTED,
            back=[
                f"{amount} is refunded to the client{how}."
                for amount, how in (
                    (booking.platform_refund(booking.paid), ""),
                    (booking.offline_refund(booking.paid), " by you, as you received it"),
                )
                if amount.minor_units
            ],
        )


async def provider_booking_page(context: ProviderPageDep, booking_id: UUID) -> ProviderBookingPage:
    """Return the context of a provider on a booking's page."""
    page = ProviderBookingPage(context, booking_id)
    page.view()
    return page


type ProviderBookingDep = Annotated[ProviderBookingPage, Depends(provider_booking_page)]


@router.get("")
async def booking_page(page: ProviderBookingDep) -> Response:
    """Render a booking."""
    return page.render_errors(200, {})


@router.post("/accept", dependencies=WRITES)
async def accept(page: ProviderBookingDep) -> Response:
    """Accept the request."""
    return await _post_action(page, page.actions.accept, "accepted")


@router.post("/decline", dependencies=WRITES)
async def decline(page: ProviderBookingDep) -> Response:
    """Decline the request."""
    return await _post_action_with_reason(page, page.actions.decline, "declined")


@router.post("/cancel", dependencies=WRITES)
async def cancel(page: ProviderBookingDep) -> Response:
    """Cancel the booking with a full refund to the client."""
    return await _post_action_with_reason(page, page.actions.cancel, "cancelled")


@router.post("/deposit", dependencies=WRITES)
async def deposit(page: ProviderBookingDep) -> Response:
    """Record the deposit as received."""
    return await _post_action(page, page.actions.record_offline_deposit, "paid")


@router.post("/check-in", dependencies=WRITES)
async def check_in(page: ProviderBookingDep) -> Response:
    """Check in."""
    return await _post_action(page, page.actions.check_in, "checked-in")


@router.post("/check-out", dependencies=WRITES)
async def check_out(page: ProviderBookingDep) -> Response:
    """Check out."""
    return await _post_action(page, page.actions.check_out, "completed")


@router.post("/complete", dependencies=WRITES)
async def complete(page: ProviderBookingDep) -> Response:
    """Mark the booking as completed."""
    return await _post_action(page, page.actions.complete, "completed")


@router.post("/no-show", dependencies=WRITES)
async def no_show(page: ProviderBookingDep) -> Response:
    """Mark the booking as a no-show."""
    return await _post_action(page, page.actions.no_show, "no-show")


@router.post("/proposals/reject", dependencies=WRITES)
async def reject_proposal(page: ProviderBookingDep) -> Response:
    """Refuse the proposal."""
    return await _post_action(page, page.actions.refuse_proposal, "proposal-refused")


@router.post("/proposals/accept", dependencies=WRITES)
async def accept_proposal(page: ProviderBookingDep) -> Response:
    """Accept the proposal that the page showed."""
    return await handle_form(
        page,
        AnswerForm,
        "other",
        lambda form: page.actions.accept_proposal(
            page.context.caller, page.booking_id, form.proposal
        ),
        "agreed",
    )


@router.post("/propose", dependencies=WRITES)
async def propose(page: ProviderBookingDep) -> Response:
    """Propose another time."""
    booking = page.view().booking
    return await handle_form(
        page,
        ProposalForm,
        "propose",
        lambda form: page.actions.propose(
            page.context.caller, page.booking_id, parse_proposed_start(form, booking)
        ),
        "proposed",
    )


@router.post("/note", dependencies=WRITES)
async def note(page: ProviderBookingDep) -> Response:
    """Save a note that only the provider reads."""
    return await handle_form(
        page,
        NoteForm,
        "note",
        lambda form: page.actions.save_note(page.context.caller, page.booking_id, form.note),
        "noted",
    )


async def _post_action(
    page: ProviderBookingPage, do: Callable[[Caller, UUID], object], done: str
) -> Response:
    """Run an action that needs a button only."""
    return await handle_form(
        page, NoForm, "other", lambda _: do(page.context.caller, page.booking_id), done
    )


async def _post_action_with_reason(
    page: ProviderBookingPage, do: Callable[[Caller, UUID, str], object], done: str
) -> Response:
    """Run an action that may have a reason."""
    return await handle_form(
        page,
        ReasonForm,
        "reason",
        lambda form: do(page.context.caller, page.booking_id, form.reason),
        done,
    )
