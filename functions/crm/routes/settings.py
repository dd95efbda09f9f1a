"""How the book behaves, and what happened to it."""

from typing import Annotated

from fastapi import Depends, Query

from crm.dependencies import ProviderDep, UnlockedDep, limit_writes
from crm.domain.audit_log import AuditAction, audit_label
from crm.routes.router_base import crm_router
from crm.schemas.settings import (
    ActionView,
    AuditEntryView,
    AuditQuery,
    AuditView,
    SettingsBody,
    SettingsView,
)
from crm.service.audit_log import audit_page
from crm.service.settings import load_settings, save_settings

router = crm_router("")


@router.get("/settings")
async def read_settings(provider: ProviderDep) -> SettingsView:
    """Return how the book behaves; works while locked."""
    return SettingsView.model_validate(load_settings(provider.work, provider.provider_id))


@router.put("/settings", dependencies=[Depends(limit_writes)])
async def change_settings(
    body: SettingsBody, unlocked: UnlockedDep, provider: ProviderDep
) -> SettingsView:
    """Choose how the book behaves, all of it."""
    return SettingsView.model_validate(
        save_settings(unlocked, provider.audit_log, body.to_settings())
    )


@router.get("/audit")
async def read_audit(query: Annotated[AuditQuery, Query()], provider: ProviderDep) -> AuditView:
    """Return what happened to the book, the latest first; works in every state."""
    page = audit_page(provider.audit_log, query.action, query.cursor, query.limit)
    session_id = provider.owner.session_id
    return AuditView(
        items=[
            AuditEntryView.from_domain(one, audit_label(one.action), session_id)
            for one in page.items
        ],
        next_cursor=page.next_cursor,
        intact=page.intact,
        broken_at=page.broken_at,
    )


@router.get("/audit/actions")
async def list_actions(provider: ProviderDep) -> list[ActionView]:
    """Return everything that is written down when it happens, for a filter."""
    _ = provider
    return [ActionView(action=one, said=audit_label(one)) for one in sorted(AuditAction)]
