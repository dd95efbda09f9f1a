"""API of the account's sessions."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from auth.dependencies import AuthContextDep, CurrentAccount
from auth.domain.request_origin import describe_device
from auth.schemas import SessionResponse, SessionsResponse
from kit.auth import Principal, Session
from kit.errors import NotFound
from kit.http import API
from kit.i18n import gettext as _

router = APIRouter(prefix=f"{API}/auth/sessions", tags=["auth"])

type SessionId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


@router.get("")
async def list_sessions(principal: CurrentAccount, context: AuthContextDep) -> SessionsResponse:
    """Return the account's active sessions."""
    sessions = context.sessions.list(principal.user_id)
    return SessionsResponse(items=[session_response(session, principal) for session in sessions])


@router.delete("/{session_id}", status_code=204)
async def revoke_session(
    session_id: SessionId, principal: CurrentAccount, context: AuthContextDep
) -> None:
    """End one session of the account; sessions of other accounts are not found."""
    if not context.sessions.revoke(session_id, principal.user_id):
        raise NotFound("session-not-found", _("There is no such session, or it has ended already."))


@router.delete("", status_code=204)
async def revoke_sessions(
    principal: CurrentAccount,
    context: AuthContextDep,
    *,
    keep_current: Annotated[bool, Query(alias="keepCurrent")] = False,
) -> None:
    """End every session of the account; `keepCurrent=true` keeps the session of this request."""
    except_session_id = principal.session_id if keep_current else None
    context.sessions.revoke_all(principal.user_id, except_session_id=except_session_id)


def session_response(session: Session, principal: Principal) -> SessionResponse:
    """Map a session to its response model."""
    return SessionResponse(
        id=session.id,
        audience=session.audience,
        device=describe_device(session.device),
        network=session.network,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
        expires_at=session.expires_at,
        current=session.id == principal.session_id,
    )
