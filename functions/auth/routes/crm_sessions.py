"""A provider's private room, the CRM: its sessions. What is in it is another feature's."""

from typing import Annotated

from fastapi import APIRouter, Path

from auth.dependencies import FromVisitor, InContext, Slug
from auth.routes.auth import tokens_of
from auth.routes.sessions import shown
from auth.schemas import PrivateRoomRequest, SessionsResponse, TokenResponse
from auth.service import sign_in as signing_in
from auth.service.sign_in import require_own_room
from contracts.identity import Permission
from kit.auth import Audience, Principal, public, requires
from kit.errors import NotFound
from kit.http import API

router = APIRouter(prefix=f"{API}/crm/{{slug}}/session", tags=["crm"])

type Owner = Annotated[Principal, requires(Permission.USE_CRM, audience=Audience.CRM)]
type SessionId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


@router.post("", status_code=201, dependencies=[public()])
async def enter_private_room(
    slug: Slug, body: PrivateRoomRequest, context: InContext, visitor: FromVisitor
) -> TokenResponse:
    """Sign in with the account's password; with two-step sign-in on, `totpCode` is needed too.

    The tokens open nothing but this room, and no other session opens it. They are refreshed where
    all are, at `/api/v1/auth/refresh`, for 8 hours in all and not after 15 minutes without use.
    """
    attempt = signing_in.Attempt(
        email=None,
        password=body.password.get_secret_value(),
        entry=signing_in.private_room(slug, roams=body.network_may_change),
        code=body.totp_code,
    )
    return tokens_of(signing_in.sign_in(context, attempt, visitor))


@router.get("")
async def list_private_sessions(
    slug: Slug, principal: Owner, context: InContext
) -> SessionsResponse:
    """Return the live sessions of this room, and which of them makes this call."""
    require_own_room(context, principal, slug)
    found = context.sessions.list(principal.user_id)
    own = [session for session in found if session.audience is Audience.CRM]
    return SessionsResponse(items=[shown(session, principal) for session in own])


@router.delete("", status_code=204)
async def leave_private_room(slug: Slug, principal: Owner, context: InContext) -> None:
    """End the session that makes this call."""
    require_own_room(context, principal, slug)
    context.sessions.revoke(principal.session_id, principal.user_id)


@router.delete("/{session_id}", status_code=204)
async def end_private_session(
    slug: Slug, session_id: SessionId, principal: Owner, context: InContext
) -> None:
    """End another session of this room; one of another room of hers is not found."""
    require_own_room(context, principal, slug)
    if not context.sessions.revoke(session_id, principal.user_id, Audience.CRM):
        raise NotFound("session-not-found", "There is no such session, or it has ended already.")
