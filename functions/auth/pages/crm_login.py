"""Pages: into a provider's private room, the CRM, and out of it. What is in it is another feature's.

Every address has this door, whether it is anybody's or not, and the door says nothing of what is
behind it.
"""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from auth.dependencies import FromVisitor, InContext, Slug
from auth.pages.forms import see
from auth.pages.login_flow import (
    end_session,
    first_step,
    has_moved,
    private_room,
    take_step,
)
from kit.auth import Audience, clear_session_cookie, clear_unlock_cookie, public

router = APIRouter(include_in_schema=False, dependencies=[public()])


@router.get("/{slug}/crm/login")
async def private_room_page(request: Request, slug: Slug, context: InContext) -> HTMLResponse:
    """Show the first step; say why the last session ended, if its network changed."""
    room = private_room(slug)
    return first_step(request, room, moved=has_moved(request, context, room.audience))


@router.post("/{slug}/crm/login")
async def enter_private_room(
    request: Request, slug: Slug, context: InContext, caller: FromVisitor
) -> Response:
    """Take a step into the room."""
    answer = await take_step(request, context, caller, private_room(slug))
    if answer.status_code == _LED_ON:
        # What an earlier session unlocked is nothing to this one.
        clear_unlock_cookie(answer, path=f"/{slug}/crm")
    return answer


@router.post("/{slug}/crm/logout")
async def leave_private_room(request: Request, slug: Slug, context: InContext) -> Response:
    """Leave the room; other sessions of this browser stay."""
    path = f"/{slug}/crm"
    answer = see(f"{path}/login")
    end_session(request, context, Audience.CRM)
    clear_session_cookie(answer, Audience.CRM, path=path)
    clear_unlock_cookie(answer, path=path)
    return answer


_LED_ON = 303
