"""The bookings in a provider's own room: who is in it, and what all its pages share."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from bookings.dependencies import caller
from bookings.domain.transitions import Actor
from bookings.page_dependencies import AT_HOME, Resident, limit_room
from bookings.pages.client_booking import Look, Looking
from bookings.pages.forms import see, show
from bookings.repository.directory import Profile
from bookings.service.actions import Deciding
from bookings.service.callers import Caller
from bookings.service.queries import View
from bookings.service.transitions import no_such_booking
from kit.db import UnitOfWork
from kit.errors import NotFound

WRITES = [Depends(limit_room)]
PARTS = (
    ("bookings", "Requests"),
    ("bookings/all", "All bookings"),
    ("bookings/calendar", "Calendar"),
    ("bookings/settings", "Settings"),
    ("", "Your profile"),
)
_DONE = {
    "accepted": "Accepted.",
    "declined": "Declined.",
    "proposed": "Your proposal is sent to the client.",
    "agreed": "Agreed: this is the booking at the new time.",
    "kept": "The time stays as it was.",
    "paid": "The deposit is noted: the booking is confirmed.",
    "cancelled": "It is cancelled. All that was paid goes back.",
    "checked-in": "You are checked in.",
    "completed": "Noted: it took place.",
    "no-show": "Noted: the client did not come.",
    "noted": "Your note is saved.",
    "saved": "Saved.",
    "added": "Added.",
    "removed": "Removed.",
    "revoked": "The calendar's address leads nowhere any more.",
}


def room_router(part: str = "") -> APIRouter:
    """Return a router for pages of the room; each of them is behind its door."""
    return APIRouter(
        prefix=f"/{{slug}}/admin/bookings{part}", dependencies=[AT_HOME], include_in_schema=False
    )


@dataclass(frozen=True, slots=True)
class Room:
    """One request of a provider in her room."""

    request: Request
    who: Caller
    profile: Profile
    look: Look

    @property
    def path(self) -> str:
        """Where the room is."""
        return f"/{self.profile.slug}/admin"

    def show(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Answer with a page of the room; from 400 on the transaction is undone."""
        return show(
            self.request,
            template,
            status,
            room=self.path,
            home=f"{self.path}/bookings",
            parts=PARTS,
            profile=self.profile,
            done=_DONE.get(self.request.query_params.get("done", ""), ""),
            **context,
        )

    def see(self, part: str, done: str) -> RedirectResponse:
        """Lead the browser on after a form, so that reloading repeats nothing."""
        return see(f"{self.path}/bookings{part}?done={done}")


@dataclass(frozen=True, slots=True)
class AtBooking:
    """One request of a provider at a booking of hers."""

    room: Room
    booking_id: UUID

    @property
    def request(self) -> Request:
        """What was sent."""
        return self.room.request

    @property
    def work(self) -> UnitOfWork:
        """The transaction."""
        return self.room.look.work

    @property
    def moving(self) -> Deciding:
        """What can be done."""
        return self.room.look.moving

    def view(self) -> View:
        """Return the booking; one that is not hers is not there."""
        view = self.room.look.seeing.one(self.room.who, self.booking_id)
        if view.actor is not Actor.PROVIDER:
            raise no_such_booking()
        return view


async def enter(request: Request, slug: str, resident: Resident, look: Looking) -> Room:
    """Let a provider in at her own address; anybody else's room is not there."""
    profile = look.profiles.own(resident.user_id)
    if profile is None or profile.slug != slug:
        raise NotFound("no-such-room", "There is no such page.")
    return Room(request, caller(resident), profile, look)


type InRoom = Annotated[Room, Depends(enter)]
