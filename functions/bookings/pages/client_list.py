"""A client's bookings as lists: what is ahead, what is over, what is waited for, and the calendar."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from bookings.dependencies import ClientsWaiting, Feed, Seeing, caller
from bookings.domain.transitions import OPEN, Actor, Status
from bookings.page_dependencies import Asker, Known, Visitor, limit_pages
from bookings.pages.forms import IdForm, see, show
from bookings.pages.labels import span
from bookings.pages.presenter import Card, card
from bookings.service.feeds import feed_address
from bookings.service.profile_lookup import Profiles
from bookings.service.queries import Listed, Query
from bookings.service.waitlist import OwnWaiting
from contracts.identity import Permission
from kit.errors import NotFound
from kit.pages import FormErrors, read_form

router = APIRouter(prefix="/bookings", include_in_schema=False)
WRITES = [Depends(limit_pages)]
OVER = tuple(sorted(set(Status) - OPEN))
PER_PAGE = 10
NOT_SHOWN = "A profile that is not shown now"
DONE = {
    "sent": "Your request is sent. Nothing is charged until it is confirmed.",
    "waiting": "You are on the waiting list: we tell you once when the time is free.",
    "left": "You wait no longer.",
    "cancelled": "It is cancelled.",
    "agreed": "Agreed: this is the booking at the new time.",
    "kept": "The time stays as it was.",
    "proposed": "Your proposal is sent.",
    "noted": "Your note is saved.",
    "address": "The address is saved.",
    "revoked": "The calendar's address leads nowhere any more.",
}


PARTS = (("", "Upcoming"), ("past", "Past"))


@router.get("")
async def bookings_page(
    request: Request,
    somebody: Visitor,
    seeing: Seeing,
    known: Known,
    waiting: ClientsWaiting,
    feed: Feed,
    view: str = "",
    cursor: str = "",
) -> Response:
    """Show what is ahead, or what is over; a provider's are in her own room."""
    if Permission.CREATE_BOOKING not in somebody.permissions:
        return to_her_room(known, somebody.user_id)
    over = view == "past"
    statuses = OVER if over else tuple(sorted(OPEN))
    query = Query(Actor.CLIENT, statuses, newest_first=over, cursor=cursor or None, limit=PER_PAGE)
    listed = seeing.page(caller(somebody), query)
    return show(
        request,
        "mine_list.html",
        part="past" if over else "",
        parts=PARTS,
        cards=_cards(listed),
        next_url=_next(listed, over=over),
        continued=bool(cursor),
        waits=[] if over or cursor else _waits(waiting, known, somebody.user_id),
        feed_exists=feed.exists(somebody.user_id),
        feed="",
        done=done(request),
    )


@router.post("/feed", dependencies=WRITES)
async def make_feed(request: Request, client: Asker, feed: Feed) -> HTMLResponse:
    """Make a new address of the calendar and show it this once."""
    return show(request, "mine_feed.html", feed=feed_address(feed.renew(client.user_id)))


@router.post("/feed/revoke", dependencies=WRITES)
async def revoke_feed(client: Asker, feed: Feed) -> Response:
    """Take the address away."""
    feed.revoke(client.user_id)
    return see("/bookings?done=revoked")


@router.post("/waiting/leave", dependencies=WRITES)
async def leave_waiting(request: Request, client: Asker, waiting: ClientsWaiting) -> Response:
    """Wait no longer for a time."""
    form = await read_form(request, IdForm)
    if not isinstance(form, FormErrors):
        waiting.leave(client.user_id, form.id)
    return see("/bookings?done=left")


def to_her_room(known: Profiles, user_id: UUID, booking_id: UUID | None = None) -> Response:
    """Lead a provider to the same in her own room."""
    profile = known.own(user_id)
    if profile is None:
        raise NotFound("no-bookings", "There are no bookings.")
    rest = f"/{booking_id}" if booking_id else ""
    return see(f"/{profile.slug}/admin/bookings{rest}")


def done(request: Request) -> str:
    """Return what was just done, as a sentence."""
    return DONE.get(request.query_params.get("done", ""), "")


def _cards(listed: Listed) -> list[Card]:
    return [card(one, listed.named(one)[0] or NOT_SHOWN, Actor.CLIENT) for one in listed.bookings]


def _next(listed: Listed, *, over: bool) -> str:
    view = "view=past&" if over else ""
    return f"/bookings?{view}cursor={listed.next_cursor}" if listed.next_cursor else ""


def _waits(waiting: OwnWaiting, known: Profiles, user_id: UUID) -> list[dict[str, str]]:
    entries = waiting.mine(user_id)
    profiles = {entry.escort_id: known.by_id(entry.escort_id) for entry in entries}
    return [
        {
            "id": str(entry.id),
            "name": profile.name if profile.public else NOT_SHOWN,
            "slug": profile.slug if profile.public else "",
            "when": span(entry.wanted, profile.home.zone),
        }
        for entry in entries
        if (profile := profiles[entry.escort_id]) is not None
    ]
