"""API of the workspace's settings and audit log."""

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
from kit.i18n import gettext as _

router = crm_router("")


@router.get("/settings")
async def read_settings(provider: ProviderDep) -> SettingsView:
    """Return the settings; works while locked."""
    return SettingsView.model_validate(load_settings(provider.work, provider.provider_id))


@router.put("/settings", dependencies=[Depends(limit_writes)])
async def change_settings(
    body: SettingsBody, unlocked: UnlockedDep, provider: ProviderDep
) -> SettingsView:
    """Save all settings of the workspace."""
    return SettingsView.model_validate(
        save_settings(unlocked, provider.audit_log, body.to_settings())
    )


@router.get("/audit")
async def read_audit(query: Annotated[AuditQuery, Query()], provider: ProviderDep) -> AuditView:
    """Return audit log entries, the latest first; works in every state."""
    page = audit_page(provider.audit_log, query.action, query.cursor, query.limit)
    session_id = provider.owner.session_id
    return AuditView(
        items=[
            AuditEntryView.from_domain(entry, _(audit_label(entry.action)), session_id)
            for entry in page.items
        ],
        next_cursor=page.next_cursor,
        intact=page.intact,
        broken_at=page.broken_at,
    )


@router.get("/audit/actions")
async def list_actions(_provider: ProviderDep) -> list[ActionView]:
    """Return all audited actions with their labels, for a filter."""
    return [ActionView(action=entry, label=_(audit_label(entry))) for entry in sorted(AuditAction)]
