"""Login and logout pages of a provider's CRM; the feature crm serves the CRM itself.

Every slug has this login page, whether or not a profile has it, and the page does not say what it
leads to.
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
    """Show the password step; tell if the last session ended because its network changed."""
    realm = crm_realm(slug)
    return render_password_step(
        request, realm, network_changed=has_network_changed(request, context, realm.audience)
    )


@router.post("/{slug}/crm/login")
async def crm_login(
    request: Request, slug: Slug, context: AuthContextDep, origin: RequestOriginDep
) -> Response:
    """Handle a step of the CRM login."""
    response = await handle_step(request, context, origin, crm_realm(slug))
    if response.status_code == _SEE_OTHER:
        # The vault that an earlier session unlocked must not stay open for this one.
        clear_unlock_cookie(response, path=f"/{slug}/crm")
    return response


@router.post("/{slug}/crm/logout")
async def crm_logout(request: Request, slug: Slug, context: AuthContextDep) -> Response:
    """End the CRM session; other sessions of this browser stay."""
    path = f"/{slug}/crm"
    response = redirect(f"{path}/login")
    end_session(request, context, Audience.CRM)
    clear_session_cookie(response, Audience.CRM, path=path)
    clear_unlock_cookie(response, path=path)
    return response


_SEE_OTHER = 303
