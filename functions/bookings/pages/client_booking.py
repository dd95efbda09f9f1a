"""Page of one booking for its client: status and actions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bookings.dependencies import (
    BookingActionsDep,
    BookingQueriesDep,
    BookingRequestsDep,
    Work,
    to_caller,
)
from bookings.domain.booking import Booking
from bookings.domain.policy import Settlement
from bookings.domain.transitions import OPEN_STATUSES, Action, Actor
from bookings.domain.venue import Venue
from bookings.page_dependencies import CLIENT_ONLY, BookingReader, Client, ProfileLookupDep
from bookings.pages.booking_forms import (
    PARTICIPANT_FORMS,
    BookingForm,
    add_form_routes,
    build_forms,
)
from bookings.pages.client_list import HIDDEN_PROFILE, WRITES, done_message, redirect_to_dashboard
from bookings.pages.forms import AddressForm, CancelForm, pages
from bookings.pages.labels import grace_sentence, late_cancellation_reason, owed_sentence
from bookings.pages.presenter import booking_view, labelled_answers
from bookings.pages.reschedule import suggested_slots
from bookings.pages.transitions import ACTIONS
from bookings.service.actions import BookingActions
from bookings.service.actor import Caller
from bookings.service.profile_lookup import ProfileLookup
from bookings.service.queries import BookingDetail, BookingQueries
from bookings.service.requests import BookingRequests
from bookings.service.transitions import booking_not_found
from contracts.identity import Permission
from kit import clock
from kit.db import UnitOfWork
from kit.formats import format_money
from kit.i18n import gettext as _
from kit.pages import Form, redirect

page_router = APIRouter(prefix="/bookings/{booking_id}", include_in_schema=False)
router = APIRouter(
    prefix="/bookings/{booking_id}", dependencies=[CLIENT_ONLY], include_in_schema=False
)


@dataclass(frozen=True, slots=True)
class PageServices:
    """Services of a booking's page."""

    work: UnitOfWork
    actions: BookingActions
    queries: BookingQueries
    requests: BookingRequests
    profiles: ProfileLookup


async def page_services(
    work: Work,
    actions: BookingActionsDep,
    queries: BookingQueriesDep,
    requests: BookingRequestsDep,
    profiles: ProfileLookupDep,
) -> PageServices:
    """Return the services of a booking's page."""
    return PageServices(work, actions, queries, requests, profiles)


type PageServicesDep = Annotated[PageServices, Depends(page_services)]


@dataclass(frozen=True, slots=True)
class ClientBookingPage:
    """Request context of a client on the page of a booking."""

    request: Request
    caller: Caller
    booking_id: UUID
    services: PageServices

    @property
    def work(self) -> UnitOfWork:
        """The transaction."""
        return self.services.work

    @property
    def actions(self) -> BookingActions:
        """The actions on bookings."""
        return self.services.actions

    def view(self) -> BookingDetail:
        """Return the booking; 404 unless the caller is its client."""
        view = self.services.queries.get(self.caller, self.booking_id)
        if view.actor is not Actor.CLIENT:
            raise booking_not_found()
        return view

    def redirect(self, after: object, done: str) -> Response:
        """Redirect to the booking, or to the one that replaced it."""
        booking_id = after.id if isinstance(after, Booking) else self.booking_id
        return redirect(f"/bookings/{booking_id}?done={done}")

    def render_errors(self, status: int, forms: Mapping[str, Form]) -> Response:
        """Render the page, with the errors of a refused form."""
        view = self.view()
        booking = view.booking
        rules = self.services.profiles.settings_for(booking.profile_id, booking.provider_id)
        negotiates = Action.PROPOSE in view.actions
        return pages.render(
            self.request,
            "client_booking.html",
            status,
            **booking_view(view),
            **build_forms(
                forms, {"note": {"note": view.note}, "address": {"address": view.address}}
            ),
            name=view.name or _(HIDDEN_PROFILE),
            slug=view.slug,
            here=f"/bookings/{booking.id}",
            answers=labelled_answers(view, rules.settings.questions),
            cost=self._cost(view),
            suggested_slots=suggested_slots(self.services.requests, self.services.profiles, view)
            if negotiates
            else [],
            gives_address=booking.venue is not Venue.INCALL and booking.status in OPEN_STATUSES,
            done=done_message(self.request),
        )

    def _cost(self, view: BookingDetail) -> dict[str, Any] | None:
        if Action.CANCEL not in view.actions:
            return None
        cost = self.actions.preview_cancellation(self.caller, self.booking_id)
        return {
            "free": not cost.fee.minor_units,
            "fee": format_money(cost.fee),
            "minor": cost.fee.minor_units,
            "sentences": cancellation_sentences(cost, view.booking),
        }


async def client_booking_page(
    request: Request, booking_id: UUID, client: Client, services: PageServicesDep
) -> ClientBookingPage:
    """Return the context of a client on a booking's page."""
    page = ClientBookingPage(request, to_caller(client), booking_id, services)
    page.view()
    return page


@page_router.get("")
async def booking_page(
    request: Request, booking_id: UUID, user: BookingReader, services: PageServicesDep
) -> Response:
    """Render a booking for its client; redirect its provider to the dashboard."""
    if Permission.CREATE_BOOKING not in user.permissions:
        services.queries.get(to_caller(user), booking_id)
        return redirect_to_dashboard(services.profiles, user.user_id, booking_id)
    return ClientBookingPage(request, to_caller(user), booking_id, services).render_errors(200, {})


CLIENT_FORMS: tuple[BookingForm[Any], ...] = (
    *PARTICIPANT_FORMS,
    BookingForm(
        "cancel",
        "reason",
        CancelForm,
        lambda page, form: page.actions.cancel(page.caller, page.booking_id, form.reason, form.fee),
        ACTIONS[Action.CANCEL].done,
    ),
    BookingForm(
        "address",
        "address",
        AddressForm,
        lambda page, form: page.actions.save_address(page.caller, page.booking_id, form.address),
        "address",
    ),
)
add_form_routes(router, client_booking_page, CLIENT_FORMS, WRITES)


def cancellation_sentences(cost: Settlement, booking: Booking) -> list[str]:
    """Return the cost of cancelling now, as sentences."""
    is_free = not cost.fee.minor_units
    sentences = [_("Cancelling now is free.")]
    if not is_free:
        sentences = [
            _("Cancelling now costs %(fee)s.", fee=format_money(cost.fee)),
            late_cancellation_reason(booking, clock.now()),
        ]
    elif until := grace_sentence(booking, clock.now()):
        sentences.append(until)
    by_platform, offline = booking.platform_refund(cost.refund), booking.offline_refund(cost.refund)
    if by_platform.minor_units:
        amount = format_money(by_platform)
        sentences.append(
            _("%(amount)s is refunded to you.", amount=amount)
            if is_free
            else _("Of your payments, %(amount)s is refunded.", amount=amount)
        )
    if offline.minor_units:
        sentences.append(
            _(
                "%(amount)s is to be returned by your companion, as you paid it outside the platform.",
                amount=format_money(offline),
            )
        )
    if cost.owed.minor_units:
        sentences.append(owed_sentence(cost.owed))
    return sentences
