"""One booking of a client: how it stands, and what can be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bookings.dependencies import Asking, Moving, Seeing, Work, caller
from bookings.domain.booking import Booking
from bookings.domain.policy import Settlement
from bookings.domain.transitions import OPEN, Action, Actor
from bookings.domain.venue import Venue
from bookings.page_dependencies import AT_DESK, Asker, Known, Visitor
from bookings.pages.client_list import NOT_SHOWN, WRITES, done, to_her_room
from bookings.pages.form_driver import act, all_forms
from bookings.pages.forms import (
    AddressForm,
    AnswerForm,
    CancelForm,
    NoForm,
    NoteForm,
    ProposalForm,
    see,
    show,
)
from bookings.pages.labels import free_until, why_so_much
from bookings.pages.presenter import answers, facts
from bookings.pages.reschedule import offers, proposed
from bookings.service.actions import Deciding
from bookings.service.callers import Caller
from bookings.service.profile_lookup import Profiles
from bookings.service.queries import Reading, View
from bookings.service.requests import Requesting
from bookings.service.transitions import no_such_booking
from contracts.identity import Permission
from kit import clock
from kit.db import UnitOfWork
from kit.pages import Form

page = APIRouter(prefix="/bookings/{booking_id}", include_in_schema=False)
router = APIRouter(prefix="/bookings/{booking_id}", dependencies=[AT_DESK], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Look:
    """What a booking's page is made of."""

    work: UnitOfWork
    moving: Deciding
    seeing: Reading
    asking: Requesting
    profiles: Profiles


async def look(work: Work, moving: Moving, seeing: Seeing, asking: Asking, known: Known) -> Look:
    """Put together what a booking's page needs."""
    return Look(work, moving, seeing, asking, known)


type Looking = Annotated[Look, Depends(look)]


@dataclass(frozen=True, slots=True)
class ClientsVisit:
    """One request of a client at a booking of theirs."""

    request: Request
    who: Caller
    booking_id: UUID
    look: Look

    @property
    def work(self) -> UnitOfWork:
        """The transaction."""
        return self.look.work

    @property
    def moving(self) -> Deciding:
        """What can be done."""
        return self.look.moving

    def view(self) -> View:
        """Return the booking; one that is not the client's is not there."""
        view = self.look.seeing.one(self.who, self.booking_id)
        if view.actor is not Actor.CLIENT:
            raise no_such_booking()
        return view

    def see(self, after: object, said: str) -> Response:
        """Lead on to the booking that it is now."""
        booking_id = after.id if isinstance(after, Booking) else self.booking_id
        return see(f"/bookings/{booking_id}?done={said}")

    def again(self, status: int, forms: Mapping[str, Form]) -> Response:
        """Show the page, with a form that was refused."""
        view = self.view()
        booking = view.booking
        rules = self.look.profiles.rules(booking.escort_id, booking.provider_id)
        negotiates = Action.PROPOSE in view.actions
        return show(
            self.request,
            "mine_booking.html",
            status,
            **facts(view),
            **all_forms(forms, {"note": {"note": view.note}, "address": {"address": view.address}}),
            name=view.name or NOT_SHOWN,
            slug=view.slug,
            here=f"/bookings/{booking.id}",
            answers=answers(view, rules.preferences.questions),
            cost=self._cost(view),
            offers=offers(self.look.asking, self.look.profiles, view) if negotiates else [],
            gives_address=booking.venue is not Venue.INCALL and booking.status in OPEN,
            done=done(self.request),
        )

    def _cost(self, view: View) -> dict[str, Any] | None:
        if Action.CANCEL not in view.actions:
            return None
        cost = self.moving.cost_of_cancelling(self.who, self.booking_id)
        return {
            "free": not cost.fee.minor_units,
            "fee": str(cost.fee),
            "minor": cost.fee.minor_units,
            "says": cost_words(cost, view.booking),
        }


async def visit(request: Request, booking_id: UUID, client: Asker, look: Looking) -> ClientsVisit:
    """Let a client do something to a booking of theirs."""
    at = ClientsVisit(request, caller(client), booking_id, look)
    at.view()
    return at


type AtBooking = Annotated[ClientsVisit, Depends(visit)]


@page.get("")
async def booking_page(
    request: Request, booking_id: UUID, somebody: Visitor, look: Looking
) -> Response:
    """Show a booking to its client; lead its provider to her room."""
    if Permission.CREATE_BOOKING not in somebody.permissions:
        look.seeing.one(caller(somebody), booking_id)
        return to_her_room(look.profiles, somebody.user_id, booking_id)
    return ClientsVisit(request, caller(somebody), booking_id, look).again(200, {})


@router.post("/cancel", dependencies=WRITES)
async def cancel(at: AtBooking) -> Response:
    """Call it off, for what the page said it costs."""
    return await act(
        at,
        CancelForm,
        "reason",
        lambda form: at.moving.cancel(at.who, at.booking_id, form.reason, form.fee),
        "cancelled",
    )


@router.post("/propose", dependencies=WRITES)
async def propose(at: AtBooking) -> Response:
    """Ask for another time."""
    booking = at.view().booking
    return await act(
        at,
        ProposalForm,
        "propose",
        lambda form: at.moving.propose(at.who, at.booking_id, proposed(form, booking)),
        "proposed",
    )


@router.post("/agree", dependencies=WRITES)
async def agree(at: AtBooking) -> Response:
    """Agree to the other time that the page showed."""
    return await act(
        at,
        AnswerForm,
        "other",
        lambda form: at.moving.accept_proposal(at.who, at.booking_id, form.proposal),
        "agreed",
    )


@router.post("/keep", dependencies=WRITES)
async def keep(at: AtBooking) -> Response:
    """Say no to the other time."""
    return await act(
        at,
        NoForm,
        "other",
        lambda _: at.moving.refuse_proposal(at.who, at.booking_id),
        "kept",
    )


@router.post("/note", dependencies=WRITES)
async def note(at: AtBooking) -> Response:
    """Keep a note that only the client reads."""
    return await act(
        at,
        NoteForm,
        "note",
        lambda form: at.moving.write_note(at.who, at.booking_id, form.note),
        "noted",
    )


@router.post("/address", dependencies=WRITES)
async def address(at: AtBooking) -> Response:
    """Say where exactly she should come to."""
    return await act(
        at,
        AddressForm,
        "address",
        lambda form: at.moving.give_address(at.who, at.booking_id, form.address),
        "address",
    )


def cost_words(cost: Settlement, booking: Booking) -> list[str]:
    """Return what cancelling costs now, as sentences."""
    is_free = not cost.fee.minor_units
    said = ["Cancelling now is free."]
    if not is_free:
        said = [f"Cancelling now costs {cost.fee}.", why_so_much(booking, clock.now())]
    elif until := free_until(booking, clock.now()):
        said.append(until)
    here, by_hand = booking.returned_here(cost.refund), booking.returned_by_hand(cost.refund)
    if here.minor_units:
        said.append(
            f"{here} goes back to you." if is_free else f"Of what you paid, {here} goes back."
        )
    if by_hand.minor_units:
        said.append(f"{by_hand} is for your companion to give back, as you gave it.")
    if cost.owed.minor_units:
        said.append(f"{cost.owed} of it is still to be paid.")
    return said
