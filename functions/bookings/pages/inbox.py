"""Pages of a provider's requests: the inbox, and upcoming and past bookings as lists."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi.responses import Response

from bookings.domain.transitions import ENDED_STATUSES, SLOT_HOLDING_STATUSES, Action, Actor, Status
from bookings.pages.booking_forms import action_form, add_form_routes, propose_form, reason_form
from bookings.pages.presenter import booking_card, booking_view, conflicts, labelled_answers
from bookings.pages.provider_context import (
    WRITES,
    ProviderBookingContext,
    ProviderPageContext,
    ProviderPageDep,
    provider_router,
)
from bookings.pages.reschedule import suggested_slots
from bookings.service.queries import BookingDetail, BookingFilter, BookingList
from kit import clock
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form

router = provider_router()
REQUESTS_SHOWN_IN_FULL = 3
"""Number of requests rendered with all details; the others are list entries."""
PER_PAGE = 20
_LISTS = {
    "": (N_("Upcoming"), tuple(sorted(SLOT_HOLDING_STATUSES)), False),
    "over": (N_("Past"), tuple(sorted(ENDED_STATUSES)), True),
}


class InboxItem(ProviderBookingContext):
    """Request context of a provider who answers a request from the inbox."""

    def redirect(self, _after: object, done: str, /) -> Response:
        """Redirect to the inbox with the next request."""
        return self.context.redirect("", done)

    def render_errors(self, status: int, forms: Mapping[str, Form]) -> Response:
        """Render the inbox, with the errors at the request."""
        return render_inbox(self.context, status, self.booking_id, forms)


async def inbox_item(context: ProviderPageDep, booking_id: UUID) -> InboxItem:
    """Return the context of a request in the inbox."""
    page = InboxItem(context, booking_id)
    page.view()
    return page


@router.get("")
async def inbox_page(context: ProviderPageDep) -> Response:
    """Render the requests that need an answer."""
    return render_inbox(context)


add_form_routes(
    router,
    inbox_item,
    (
        action_form("{booking_id}/inbox/accept", Action.ACCEPT),
        reason_form("{booking_id}/inbox/decline", Action.DECLINE, "other"),
        propose_form("{booking_id}/inbox/propose"),
    ),
    WRITES,
)


@router.get("/all")
async def all_page(context: ProviderPageDep, view: str = "", cursor: str = "") -> Response:
    """Render upcoming or past bookings."""
    view = view if view in _LISTS else ""
    statuses, newest_first = _LISTS[view][1:]
    query = BookingFilter(
        Actor.PROVIDER, statuses, newest_first=newest_first, cursor=cursor or None, limit=PER_PAGE
    )
    listed = context.services.queries.list_page(context.caller, query)
    return context.render(
        "provider_all.html",
        view=view,
        views=[(key, _(entry[0])) for key, entry in _LISTS.items()],
        cards=[booking_card(one, _("Client"), Actor.PROVIDER) for one in listed.bookings],
        next_url=_next_url(context, view, listed),
    )


def render_inbox(
    context: ProviderPageContext,
    status: int = 200,
    refused: UUID | None = None,
    forms: Mapping[str, Form] | None = None,
) -> Response:
    """Render the requests: those that need the provider's answer first, then those that wait for the client."""
    queries = context.services.queries
    query = BookingFilter(Actor.PROVIDER, (Status.REQUESTED,), limit=50)
    listed = queries.list_page(context.caller, query)
    waiting_ids = queries.list_proposed_by(Actor.PROVIDER, listed.bookings)
    to_answer = sorted(
        (one for one in listed.bookings if one.id not in waiting_ids),
        key=lambda one: (one.id != refused, one.expires_at, one.id),
    )
    # Details are loaded only for the displayed requests: each takes a dozen statements.
    views = [queries.get(context.caller, one.id) for one in to_answer[:REQUESTS_SHOWN_IN_FULL]]
    upcoming = queries.list_page(
        context.caller, BookingFilter(Actor.PROVIDER, tuple(sorted(SLOT_HOLDING_STATUSES)), limit=3)
    )
    return context.render(
        "provider_inbox.html",
        status,
        requests=[
            _request_view(
                context,
                view,
                (forms or {}) if view.booking.id == refused else {},
                position=position,
            )
            for position, view in enumerate(views)
        ],
        further=[
            booking_card(one, _("Client"), Actor.PROVIDER)
            for one in to_answer[REQUESTS_SHOWN_IN_FULL:]
        ],
        count=len(to_answer),
        waiting=[
            booking_card(one, _("Client"), Actor.PROVIDER)
            for one in listed.bookings
            if one.id in waiting_ids
        ],
        upcoming=[
            booking_card(one, _("Client"), Actor.PROVIDER)
            for one in upcoming.bookings
            if one.period.end > clock.now()
        ],
        unmatched_forms=None if refused in {view.booking.id for view in views} else forms,
    )


def _request_view(
    context: ProviderPageContext, view: BookingDetail, forms: Mapping[str, Form], *, position: int
) -> dict[str, Any]:
    booking, profiles = view.booking, context.services.profiles
    rules = profiles.settings_for(booking.profile_id, booking.provider_id)
    prefix = f"request-{position}"
    return {
        **booking_view(view),
        "answers": labelled_answers(view, rules.settings.questions),
        "suggested_slots": suggested_slots(context.services.requests, profiles, view)
        if Action.PROPOSE in view.actions
        else [],
        "other_form": forms.get("other") or Form(prefix=f"{prefix}-other"),
        "propose_form": forms.get("propose") or Form(prefix=f"{prefix}-propose"),
        "conflicts": conflicts(view, context.services.queries.list_conflicting(booking)),
        "first": position == 0,
    }


def _next_url(context: ProviderPageContext, view: str, listed: BookingList) -> str:
    if not listed.next_cursor:
        return ""
    return f"{context.dashboard_path}/bookings/all?view={view}&cursor={listed.next_cursor}"
