"""Pages of a client's bookings: upcoming, past, waitlist, and the calendar feed."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from bookings.dependencies import BookingQueriesDep, CalendarFeedDep, WaitlistDep, to_caller
from bookings.domain.transitions import ENDED_STATUSES, OPEN_STATUSES, Actor
from bookings.page_dependencies import BookingReader, Client, ProfileLookupDep, limit_client_writes
from bookings.pages.forms import IdForm, pages
from bookings.pages.labels import interval_label
from bookings.pages.presenter import BookingCard, booking_card
from bookings.pages.transitions import done_messages
from bookings.service.feeds import feed_url
from bookings.service.profile_lookup import ProfileLookup
from bookings.service.queries import BookingFilter, BookingList
from bookings.service.waitlist import WaitlistService
from contracts.identity import Permission
from kit.errors import NotFound
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import FormErrors, read_form, redirect

router = APIRouter(prefix="/bookings", include_in_schema=False)
WRITES = [Depends(limit_client_writes)]
PER_PAGE = 10
HIDDEN_PROFILE = N_("Profile not public")
DONE_MESSAGES = {
    **done_messages(Actor.CLIENT),
    "sent": N_("Your request is sent. Nothing is charged until it is confirmed."),
    "waiting": N_("You are on the waitlist: we notify you once when the time is free."),
    "left": N_("You left the waitlist."),
    "noted": N_("Your note is saved."),
    "address": N_("The address is saved."),
    "revoked": N_("The calendar link is deleted."),
}


TABS = (("", N_("Upcoming")), ("past", N_("Past")))


@router.get("")
async def bookings_page(
    request: Request,
    user: BookingReader,
    queries: BookingQueriesDep,
    profiles: ProfileLookupDep,
    waitlist: WaitlistDep,
    feed: CalendarFeedDep,
    view: str = "",
    cursor: str = "",
) -> Response:
    """Render upcoming or past bookings; redirect a provider to the dashboard."""
    if Permission.CREATE_BOOKING not in user.permissions:
        return redirect_to_dashboard(profiles, user.user_id)
    over = view == "past"
    statuses = tuple(sorted(ENDED_STATUSES if over else OPEN_STATUSES))
    query = BookingFilter(
        Actor.CLIENT, statuses, newest_first=over, cursor=cursor or None, limit=PER_PAGE
    )
    listed = queries.list_page(to_caller(user), query)
    return pages.render(
        request,
        "client_list.html",
        part="past" if over else "",
        tabs=[(key, _(name)) for key, name in TABS],
        cards=_cards(listed),
        next_url=_next_url(listed, over=over),
        continued=bool(cursor),
        waitlist=[] if over or cursor else _waitlist_rows(waitlist, profiles, user.user_id),
        feed_exists=feed.exists(user.user_id),
        feed="",
        done=done_message(request),
    )


@router.post("/feed", dependencies=WRITES)
async def make_feed(request: Request, client: Client, feed: CalendarFeedDep) -> HTMLResponse:
    """Create a calendar link and show it once."""
    return pages.render(request, "client_feed.html", feed=feed_url(feed.renew(client.user_id)))


@router.post("/feed/revoke", dependencies=WRITES)
async def revoke_feed(client: Client, feed: CalendarFeedDep) -> Response:
    """Delete the calendar link."""
    feed.revoke(client.user_id)
    return redirect("/bookings?done=revoked")


@router.post("/waitlist/leave", dependencies=WRITES)
async def leave_waitlist(request: Request, client: Client, waitlist: WaitlistDep) -> Response:
    """Delete a waitlist entry."""
    form = await read_form(request, IdForm)
    if not isinstance(form, FormErrors):
        waitlist.leave(client.user_id, form.id)
    return redirect("/bookings?done=left")


def redirect_to_dashboard(
    profiles: ProfileLookup, user_id: UUID, booking_id: UUID | None = None
) -> Response:
    """Redirect a provider to the same page of the dashboard."""
    profile = profiles.own(user_id)
    if profile is None:
        raise NotFound("no-bookings", _("There are no bookings."))
    rest = f"/{booking_id}" if booking_id else ""
    return redirect(f"/{profile.slug}/admin/bookings{rest}")


def done_message(request: Request) -> str:
    """Return the message about the action that was just done."""
    return _(DONE_MESSAGES.get(request.query_params.get("done", ""), ""))


def _cards(listed: BookingList) -> list[BookingCard]:
    return [
        booking_card(one, listed.profile_label(one)[0] or _(HIDDEN_PROFILE), Actor.CLIENT)
        for one in listed.bookings
    ]


def _next_url(listed: BookingList, *, over: bool) -> str:
    view = "view=past&" if over else ""
    return f"/bookings?{view}cursor={listed.next_cursor}" if listed.next_cursor else ""


def _waitlist_rows(
    waitlist: WaitlistService, profiles: ProfileLookup, user_id: UUID
) -> list[dict[str, str]]:
    entries = waitlist.list(user_id)
    shown = {entry.profile_id: profiles.by_id(entry.profile_id) for entry in entries}
    return [
        {
            "id": str(entry.id),
            "name": profile.name if profile.public else _(HIDDEN_PROFILE),
            "slug": profile.slug if profile.public else "",
            "when": interval_label(entry.requested_period, profile.home.time_zone),
        }
        for entry in entries
        if (profile := shown[entry.profile_id]) is not None
    ]
