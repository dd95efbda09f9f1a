"""A provider's own room: who is in it, and what all its pages share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from escorts.dashboard_dependencies import (
    AT_HOME,
    OwnersRoom,
    OwnersTime,
    Resident,
    limit_room_writes,
)
from escorts.domain.profiles import Content, Profile
from escorts.pages.forms import REFUSED, pages
from escorts.service.availability import OwnTime
from escorts.service.my_profile import Provider
from escorts.service.profile_settings import Room as Uses
from kit.auth import Principal
from kit.errors import DomainError
from kit.pages import Form, FormErrors, read_form

PARTS = (
    ("", "Overview"),
    # Served by the bookings, behind the same door.
    ("bookings", "Bookings"),
    ("profile", "Profile"),
    ("rates", "Rates"),
    ("places", "Places"),
    ("week", "Week"),
    ("dates", "Dates"),
    ("tours", "Tours"),
    ("visibility", "Visibility"),
    ("look", "Look"),
)
_DONE = {
    "created": "Your profile has begun. Nobody but you sees it yet.",
    "saved": "Saved.",
    "added": "Added.",
    "removed": "Removed.",
    "copied": "Copied.",
    "now": "You are available now. It ends by itself.",
    "ended": "You are not available now any more.",
    "submitted": "We have your request. A person of our staff looks at it next.",
    "published": "Your profile may be public again.",
    "withdraw": "Your profile is withdrawn, and your consent with it.",
    "hide": "Your profile is hidden.",
    "show": "Your profile is shown again.",
    "renamed": "Your profile has its new address. The former one leads to it.",
}
# Every page of the room is one router's: none of them can forget the door.
WRITES = [Depends(limit_room_writes)]


def room_router() -> APIRouter:
    """Return a router for pages of the room; each of them is behind its door."""
    return APIRouter(prefix="/{slug}/admin", dependencies=[AT_HOME], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Room:
    """One request of a provider in her room."""

    request: Request
    owner: Principal
    profile: Profile
    uses: Uses
    time: OwnTime

    @property
    def provider(self) -> Provider:
        """What she may do with her profile."""
        return self.uses.provider

    @property
    def path(self) -> str:
        """Where the room is."""
        return f"/{self.profile.slug}/admin"

    def show(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Answer with a page of the room; from 400 on the transaction is undone."""
        return pages.render(
            self.request,
            template,
            status,
            room=self.path,
            parts=PARTS,
            profile=self.profile,
            done=_DONE.get(self.request.query_params.get("done", ""), ""),
            **context,
        )

    def see(self, part: str, done: str, anchor: str = "") -> RedirectResponse:
        """Lead the browser on after a form, so that reloading repeats nothing."""
        place = f"{self.path}/{part}" if part else self.path
        where = f"#{anchor}" if anchor else ""
        return RedirectResponse(f"{place}?done={done}{where}", status_code=303)


async def enter(
    request: Request, slug: str, resident: Resident, uses: OwnersRoom, time: OwnersTime
) -> Room:
    """Let the owner in at any address of her own; anybody else's is not there."""
    return Room(request, resident, uses.enter(resident.user_id, slug), uses, time)


type InRoom = Annotated[Room, Depends(enter)]


async def change[F: BaseModel](
    room: Room,
    model: type[F],
    changed: Callable[[Content, F], Content],
    done: Callable[[F], Response],
    again: Callable[[Form, int], Response],
) -> Response:
    """Read a form and save the content as `changed` by it; or show the page `again`, and why.

    Nobody else changes the profile meanwhile, so a change is always made to what is saved now.
    """
    form = await read_form(room.request, model)
    if isinstance(form, FormErrors):
        return again(form, REFUSED)
    profile = room.provider.own(room.owner.user_id, room.profile.id)
    try:
        content = changed(profile.content, form)
        if content != profile.content:
            room.provider.update(room.owner.user_id, profile.id, profile.version, content)
    except DomainError as error:
        return again(FormErrors.from_error(error, form), error.status)
    return done(form)
