"""How a book behaves: chosen in an open book, read in any."""

from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.normalisation import known_region
from crm.domain.settings import WorkspaceSettings
from crm.repository.key_metadata import KeyMetadataRepository
from crm.service.audit_log import AuditLog
from crm.service.unlocked_context import UnlockedContext
from kit.db import UnitOfWork


def load_settings(work: UnitOfWork, provider_id: UUID) -> WorkspaceSettings:
    """Return how a book behaves."""
    return WorkspaceSettings.from_json(KeyMetadataRepository(work, provider_id).settings())


def region_of(work: UnitOfWork, provider_id: UUID) -> str | None:
    """Return which country's phone numbers need no country code; None until she said so: none is guessed."""
    return KeyMetadataRepository(work, provider_id).settings().get("default_region")


def save_settings(
    context: UnlockedContext, audit_log: AuditLog, chosen: WorkspaceSettings
) -> WorkspaceSettings:
    """Keep what she chose; the last one to say it is right. What changed is written down by name."""
    known_region(chosen.default_region)
    before = load_settings(context.work, context.provider_id).to_json()
    changed = sorted(name for name, value in chosen.to_json().items() if before[name] != value)
    if changed:
        KeyMetadataRepository(context.work, context.provider_id).save_settings(
            chosen.to_json(), context.now()
        )
        audit_log.append(AuditAction.SETTINGS_CHANGED, changed=changed)
    return chosen
