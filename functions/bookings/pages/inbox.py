"""What waits for a provider's answer, one request after the other, and everything else as lists."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from fastapi.responses import Response

from bookings.domain.transitions import OPEN, Action, Actor, Status
from bookings.pages.form_driver import act
from bookings.pages.forms import NoForm, ProposalForm, ReasonForm
from bookings.pages.presenter import answers, card, facts, in_the_way
from bookings.pages.provider_context import WRITES, AtBooking, InRoom, Room, room_router
from bookings.pages.reschedule import offers, proposed
from bookings.service.queries import Listed, Query, View
from kit import clock
from kit.pages import Form

router = room_router()
IN_SIGHT = 3
"""Requests that are there as a whole: the one at hand and the next ones."""
PER_PAGE = 20
_LISTS = {
    "": ("Upcoming", (Status.ACCEPTED, Status.CONFIRMED), False),
    "over": ("Past", tuple(sorted(set(Status) - OPEN)), True),
}


class Answer(AtBooking):
    """One request of a provider who answers from her inbox."""

    def see(self, _: object, said: str, /) -> Response:
        """Go on with the next request."""
        return self.room.see("", said)

    def again(self, status: int, forms: Mapping[str, Form]) -> Response:
        """Show the inbox, and at the request why it could not be answered so."""
        return show_inbox(self.room, status, self.booking_id, forms)


async def answering(room: InRoom, booking_id: UUID) -> Answer:
    """Let a provider answer a request of hers."""
    at = Answer(room, booking_id)
    at.view()
    return at


type Answering = Annotated[Answer, Depends(answering)]


@router.get("")
async def inbox_page(room: InRoom) -> Response:
    """Show what waits for an answer."""
    return show_inbox(room)


@router.post("/{booking_id}/inbox/accept", dependencies=WRITES)
async def accept(at: Answering) -> Response:
    """Take a request with one tap."""
    return await act(
        at, NoForm, "other", lambda _: at.moving.accept(at.room.who, at.booking_id),
        "accepted",
    )  # fmt: skip


@router.post("/{booking_id}/inbox/decline", dependencies=WRITES)
async def decline(at: Answering) -> Response:
    """Say no with one tap."""
    return await act(
        at,
        ReasonForm,
        "other",
        lambda form: at.moving.decline(at.room.who, at.booking_id, form.reason),
        "declined",
    )


@router.post("/{booking_id}/inbox/propose", dependencies=WRITES)
async def propose(at: Answering) -> Response:
    """Ask for another time: one of those at hand, or any."""
    booking = at.view().booking
    return await act(
        at,
        ProposalForm,
        "propose",
        lambda form: at.moving.propose(at.room.who, at.booking_id, proposed(form, booking)),
        "proposed",
    )


@router.get("/all")
async def all_page(room: InRoom, view: str = "", cursor: str = "") -> Response:
    """Show what is ahead, or what is over."""
    view = view if view in _LISTS else ""
    _, statuses, newest_first = _LISTS[view]
    query = Query(
        Actor.PROVIDER, statuses, newest_first=newest_first, cursor=cursor or None, limit=PER_PAGE
    )
    listed = room.look.seeing.page(room.who, query)
    return room.show(
        "room_all.html",
        view=view,
        views=[(key, name) for key, (name, _, _) in _LISTS.items()],
        cards=[card(one, "Client", Actor.PROVIDER) for one in listed.bookings],
        next_url=_next(room, view, listed),
    )


def show_inbox(
    room: Room,
    status: int = 200,
    refused: UUID | None = None,
    forms: Mapping[str, Form] | None = None,
) -> Response:
    """Show the requests: hers to answer first, then those that wait for the client."""
    query = Query(Actor.PROVIDER, (Status.REQUESTED,), limit=50)
    listed = room.look.seeing.page(room.who, query)
    asked = room.look.seeing.asked_by(Actor.PROVIDER, listed.bookings)
    mine = sorted(
        (one for one in listed.bookings if one.id not in asked),
        key=lambda one: (one.id != refused, one.expires_at, one.id),
    )
    # Only what is in sight is opened: each costs a dozen statements.
    views = [room.look.seeing.one(room.who, one.id) for one in mine[:IN_SIGHT]]
    upcoming = room.look.seeing.page(
        room.who, Query(Actor.PROVIDER, (Status.ACCEPTED, Status.CONFIRMED), limit=3)
    )
    return room.show(
        "room_inbox.html",
        status,
        requests=[
            _request(room, view, (forms or {}) if view.booking.id == refused else {}, at_hand=at)
            for at, view in enumerate(views)
        ],
        further=[card(one, "Client", Actor.PROVIDER) for one in mine[IN_SIGHT:]],
        count=len(mine),
        waiting=[card(one, "Client", Actor.PROVIDER) for one in listed.bookings if one.id in asked],
        upcoming=[
            card(one, "Client", Actor.PROVIDER)
            for one in upcoming.bookings
            if one.span.end > clock.now()
        ],
        stray=None if refused in {view.booking.id for view in views} else forms,
    )


def _request(room: Room, view: View, forms: Mapping[str, Form], *, at_hand: int) -> dict[str, Any]:
    booking, known = view.booking, room.look.profiles
    rules = known.rules(booking.escort_id, booking.provider_id)
    prefix = f"request-{at_hand}"
    return {
        **facts(view),
        "answers": answers(view, rules.preferences.questions),
        "offers": offers(room.look.asking, known, view) if Action.PROPOSE in view.actions else [],
        "other_form": forms.get("other") or Form(prefix=f"{prefix}-other"),
        "propose_form": forms.get("propose") or Form(prefix=f"{prefix}-propose"),
        "in_the_way": in_the_way(view, room.look.seeing.in_the_way(booking)),
        "first": at_hand == 0,
    }


def _next(room: Room, view: str, listed: Listed) -> str:
    if not listed.next_cursor:
        return ""
    return f"{room.path}/bookings/all?view={view}&cursor={listed.next_cursor}"
