"""API of CRM sessions; the feature crm serves the CRM itself."""

from typing import Annotated

from fastapi import APIRouter, Path

from auth.dependencies import AuthContextDep, RequestOriginDep, Slug
from auth.routes.auth import token_response
from auth.routes.sessions import session_response
from auth.schemas import CrmSessionRequest, SessionsResponse, TokenResponse
from auth.service import sign_in
from auth.service.sign_in import require_slug_owner
from contracts.identity import Permission
from kit.auth import Audience, Principal, public, requires
from kit.errors import NotFound
from kit.http import API
from kit.i18n import gettext as _

router = APIRouter(prefix=f"{API}/crm/{{slug}}/session", tags=["crm"])

type CrmOwner = Annotated[Principal, requires(Permission.USE_CRM, audience=Audience.CRM)]
type SessionId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


@router.post("", status_code=201, dependencies=[public()])
async def create_crm_session(
    slug: Slug, body: CrmSessionRequest, context: AuthContextDep, origin: RequestOriginDep
) -> TokenResponse:
    """Log in to the CRM with the account's password; with two-step sign-in on, add `totpCode`.

    The tokens are valid for this CRM only, and no other session gives access to it. Refresh them at
    `/api/v1/auth/refresh`, for 8 hours in all and not after 15 minutes without use.
    """
    credentials = sign_in.Credentials(
        email=None,
        password=body.password.get_secret_value(),
        target=sign_in.crm_login_target(slug, network_change_allowed=body.network_may_change),
        code=body.totp_code,
    )
    return token_response(sign_in.sign_in(context, credentials, origin))


@router.get("")
async def list_crm_sessions(
    slug: Slug, principal: CrmOwner, context: AuthContextDep
) -> SessionsResponse:
    """Return the active CRM sessions, and which of them makes this request."""
    require_slug_owner(context, principal, slug)
    sessions = context.sessions.list(principal.user_id)
    crm_sessions = [session for session in sessions if session.audience is Audience.CRM]
    return SessionsResponse(
        items=[session_response(session, principal) for session in crm_sessions]
    )


@router.delete("", status_code=204)
async def delete_crm_session(slug: Slug, principal: CrmOwner, context: AuthContextDep) -> None:
    """End the session of this request."""
    require_slug_owner(context, principal, slug)
    context.sessions.revoke(principal.session_id, principal.user_id)


@router.delete("/{session_id}", status_code=204)
async def revoke_crm_session(
    slug: Slug, session_id: SessionId, principal: CrmOwner, context: AuthContextDep
) -> None:
    """End another CRM session; the provider's other sessions are not found."""
    require_slug_owner(context, principal, slug)
    if not context.sessions.revoke(session_id, principal.user_id, Audience.CRM):
        raise NotFound("session-not-found", _("There is no such session, or it has ended already."))
