"""The end of a profile, on a page of the room: nobody gets here by accident."""

from typing import Annotated

from fastapi.responses import Response
from pydantic import Field, StringConstraints

from escorts.moderation_dependencies import ProfilesEnd
from escorts.pages.dashboard.context import WRITES, InRoom, Room, room_router
from escorts.pages.forms import REFUSED, show
from kit.http import Request as Body
from kit.pages import Form, FormErrors, read_form

router = room_router()


class CloseForm(Body):
    """The word that nobody types by accident."""

    confirm: Annotated[
        str, StringConstraints(pattern="^(?i:close)$"), Field(title="The word close")
    ]


@router.get("/close")
async def close_page(room: InRoom) -> Response:
    """Say what closing means, and ask."""
    return _ask(room, Form())


@router.post("/close", dependencies=WRITES)
async def close(room: InRoom, closing: ProfilesEnd) -> Response:
    """Close the profile; the room is gone with it, so this page is the last one."""
    form = await read_form(room.request, CloseForm)
    if isinstance(form, FormErrors):
        return _ask(room, form, REFUSED)
    closing.close_own(room.owner.user_id, room.profile.id)
    return show(room.request, "admin_closed.html")


def _ask(room: Room, form: Form, status: int = 200) -> Response:
    return room.show("admin_close.html", status, form=form)
