"""How the book behaves, and what happened to it."""

from typing import Annotated

from fastapi import Depends, Query

from crm.dependencies import AtDesk, InRoom, limit_writes
from crm.domain.audit_log import TrailAction, said
from crm.routes.router_base import book_router
from crm.schemas.settings import (
    ActionView,
    AuditQuery,
    AuditView,
    HappeningView,
    SettingsBody,
    SettingsView,
)
from crm.service.audit_log import audit_page
from crm.service.settings import choose, settings_of

router = book_router("")


@router.get("/settings")
async def read_settings(room: InRoom) -> SettingsView:
    """Return how the book behaves; works while locked."""
    return SettingsView.model_validate(settings_of(room.work, room.provider_id))


@router.put("/settings", dependencies=[Depends(limit_writes)])
async def change_settings(body: SettingsBody, desk: AtDesk, room: InRoom) -> SettingsView:
    """Choose how the book behaves, all of it."""
    return SettingsView.model_validate(choose(desk, room.trail, body.to_settings()))


@router.get("/audit")
async def read_audit(query: Annotated[AuditQuery, Query()], room: InRoom) -> AuditView:
    """Return what happened to the book, the latest first; works in every state."""
    page = audit_page(room.trail, query.action, query.cursor, query.limit)
    session_id = room.owner.session_id
    return AuditView(
        items=[HappeningView.seen(one, said(one.action), session_id) for one in page.items],
        next_cursor=page.next_cursor,
        intact=page.intact,
        broken_at=page.broken_at,
    )


@router.get("/audit/actions")
async def list_actions(room: InRoom) -> list[ActionView]:
    """Return everything that is written down when it happens, for a filter."""
    _ = room
    return [ActionView(action=one, said=said(one)) for one in sorted(TrailAction)]
