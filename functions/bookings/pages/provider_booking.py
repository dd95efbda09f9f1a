"""One booking in a provider's room: how it stands, and everything that she can do about it."""

from collections.abc import Callable, Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from fastapi.responses import Response

from bookings.domain.booking import Booking
from bookings.domain.transitions import Action, Status
from bookings.pages.form_driver import act, all_forms
from bookings.pages.forms import AnswerForm, NoForm, NoteForm, ProposalForm, ReasonForm
from bookings.pages.presenter import answers, facts, in_the_way
from bookings.pages.provider_context import WRITES, AtBooking, InRoom, room_router
from bookings.pages.reschedule import offers, proposed
from bookings.service.callers import Caller
from kit.pages import Form

router = room_router("/{booking_id}")


class HersVisit(AtBooking):
    """One request of a provider at a booking's own page."""

    def see(self, after: object, said: str) -> Response:
        """Lead on to the booking that it is now."""
        booking_id = after.id if isinstance(after, Booking) else self.booking_id
        return self.room.see(f"/{booking_id}", said)

    def again(self, status: int, forms: Mapping[str, Form]) -> Response:
        """Show the page, with a form that was refused."""
        view, look = self.view(), self.room.look
        booking = view.booking
        preferences = look.profiles.rules(booking.escort_id, booking.provider_id).preferences
        negotiates = Action.PROPOSE in view.actions
        return self.room.show(
            "room_booking.html",
            status,
            **facts(view),
            **all_forms(forms, {"note": {"note": view.note}}),
            in_the_way=in_the_way(view, look.seeing.in_the_way(booking)),
            here=f"{self.room.path}/bookings/{booking.id}",
            answers=answers(view, preferences.questions),
            offers=offers(look.asking, look.profiles, view) if negotiates else [],
            awaits_deposit=booking.status is Status.ACCEPTED,
            back=[
                f"{amount} goes back to the client{how}."
                for amount, how in (
                    (booking.returned_here(booking.paid), ""),
                    (booking.returned_by_hand(booking.paid), " from you, as you received it"),
                )
                if amount.minor_units
            ],
        )


async def visit(room: InRoom, booking_id: UUID) -> HersVisit:
    """Let a provider do something to a booking of hers."""
    at = HersVisit(room, booking_id)
    at.view()
    return at


type AtHers = Annotated[HersVisit, Depends(visit)]


@router.get("")
async def booking_page(at: AtHers) -> Response:
    """Show a booking."""
    return at.again(200, {})


@router.post("/accept", dependencies=WRITES)
async def accept(at: AtHers) -> Response:
    """Take the request."""
    return await _press(at, at.moving.accept, "accepted")


@router.post("/decline", dependencies=WRITES)
async def decline(at: AtHers) -> Response:
    """Say no."""
    return await _say(at, at.moving.decline, "declined")


@router.post("/cancel", dependencies=WRITES)
async def cancel(at: AtHers) -> Response:
    """Call it off: all goes back to the client."""
    return await _say(at, at.moving.cancel, "cancelled")


@router.post("/deposit", dependencies=WRITES)
async def deposit(at: AtHers) -> Response:
    """Say that the deposit is there."""
    return await _press(at, at.moving.deposit_received, "paid")


@router.post("/check-in", dependencies=WRITES)
async def check_in(at: AtHers) -> Response:
    """Say that it begins."""
    return await _press(at, at.moving.check_in, "checked-in")


@router.post("/check-out", dependencies=WRITES)
async def check_out(at: AtHers) -> Response:
    """Say that it is over."""
    return await _press(at, at.moving.check_out, "completed")


@router.post("/complete", dependencies=WRITES)
async def complete(at: AtHers) -> Response:
    """Say that it took place."""
    return await _press(at, at.moving.complete, "completed")


@router.post("/no-show", dependencies=WRITES)
async def no_show(at: AtHers) -> Response:
    """Say that the client did not come."""
    return await _press(at, at.moving.no_show, "no-show")


@router.post("/keep", dependencies=WRITES)
async def keep(at: AtHers) -> Response:
    """Say no to another time."""
    return await _press(at, at.moving.refuse_proposal, "kept")


@router.post("/agree", dependencies=WRITES)
async def agree(at: AtHers) -> Response:
    """Agree to the other time that the page showed."""
    return await act(
        at,
        AnswerForm,
        "other",
        lambda form: at.moving.accept_proposal(at.room.who, at.booking_id, form.proposal),
        "agreed",
    )


@router.post("/propose", dependencies=WRITES)
async def propose(at: AtHers) -> Response:
    """Ask for another time."""
    booking = at.view().booking
    return await act(
        at,
        ProposalForm,
        "propose",
        lambda form: at.moving.propose(at.room.who, at.booking_id, proposed(form, booking)),
        "proposed",
    )


@router.post("/note", dependencies=WRITES)
async def note(at: AtHers) -> Response:
    """Keep a note that only she reads."""
    return await act(
        at,
        NoteForm,
        "note",
        lambda form: at.moving.write_note(at.room.who, at.booking_id, form.note),
        "noted",
    )


async def _press(at: HersVisit, do: Callable[[Caller, UUID], object], said: str) -> Response:
    """Do what a button alone asks for."""
    return await act(at, NoForm, "other", lambda _: do(at.room.who, at.booking_id), said)


async def _say(at: HersVisit, do: Callable[[Caller, UUID, str], object], said: str) -> Response:
    """Do what may be given a reason."""
    return await act(
        at, ReasonForm, "reason", lambda form: do(at.room.who, at.booking_id, form.reason), said
    )
