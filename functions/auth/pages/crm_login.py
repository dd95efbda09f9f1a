"""Pages: into a provider's private room, the CRM, and out of it. What is in it is another feature's.

Every address has this door, whether it is anybody's or not, and the door says nothing of what is
behind it.
"""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from auth.dependencies import AuthContextDep, RequestOriginDep, Slug
from auth.pages.login_flow import (
    crm_realm,
    end_session,
    handle_step,
    has_network_changed,
    render_password_step,
)
from kit.auth import Audience, clear_session_cookie, clear_unlock_cookie, public
from kit.pages import redirect

router = APIRouter(include_in_schema=False, dependencies=[public()])


@router.get("/{slug}/crm/login")
async def crm_login_page(request: Request, slug: Slug, context: AuthContextDep) -> HTMLResponse:
    """Show the first step; say why the last session ended, if its network changed."""
    room = crm_realm(slug)
    return render_password_step(
        request, room, network_changed=has_network_changed(request, context, room.audience)
    )


@router.post("/{slug}/crm/login")
async def crm_login(
    request: Request, slug: Slug, context: AuthContextDep, origin: RequestOriginDep
) -> Response:
    """Take a step into the room."""
    answer = await handle_step(request, context, origin, crm_realm(slug))
    if answer.status_code == _SEE_OTHER:
        # What an earlier session unlocked is nothing to this one.
        clear_unlock_cookie(answer, path=f"/{slug}/crm")
    return answer


@router.post("/{slug}/crm/logout")
async def crm_logout(request: Request, slug: Slug, context: AuthContextDep) -> Response:
    """Leave the room; other sessions of this browser stay."""
    path = f"/{slug}/crm"
    answer = redirect(f"{path}/login")
    end_session(request, context, Audience.CRM)
    clear_session_cookie(answer, Audience.CRM, path=path)
    clear_unlock_cookie(answer, path=path)
    return answer


_SEE_OTHER = 303
