"""Settings of a workspace: changed while unlocked, readable in every state."""

from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.normalisation import known_region
from crm.domain.settings import WorkspaceSettings
from crm.repository.key_metadata import KeyMetadataRepository
from crm.service.audit_log import AuditLog
from crm.service.unlocked_context import UnlockedContext
from kit.db import UnitOfWork


def load_settings(work: UnitOfWork, provider_id: UUID) -> WorkspaceSettings:
    """Return the settings of a workspace."""
    return WorkspaceSettings.from_json(KeyMetadataRepository(work, provider_id).settings())


def region_of(work: UnitOfWork, provider_id: UUID) -> str | None:
    """Return the country of phone numbers without a country code; None until it was chosen: none is guessed."""
    return KeyMetadataRepository(work, provider_id).settings().get("default_region")


def save_settings(
    context: UnlockedContext, audit_log: AuditLog, new_settings: WorkspaceSettings
) -> WorkspaceSettings:
    """Save the settings; the last writer wins. The names of changed settings are audited."""
    known_region(new_settings.default_region)
    before = load_settings(context.work, context.provider_id).to_json()
    changed = sorted(
        name for name, value in new_settings.to_json().items() if before[name] != value
    )
    if changed:
        KeyMetadataRepository(context.work, context.provider_id).save_settings(
            new_settings.to_json(), context.now()
        )
        audit_log.append(AuditAction.SETTINGS_CHANGED, changed=changed)
    return new_settings
