"""How a book behaves: chosen in an open book, read in any."""

from uuid import UUID

from crm.domain.audit_log import TrailAction
from crm.domain.normalisation import known_region
from crm.domain.settings import BookSettings
from crm.repository.key_metadata import KeyNotes
from crm.service.audit_log import Trail
from crm.service.unlocked_context import Desk
from kit.db import UnitOfWork


def settings_of(work: UnitOfWork, provider_id: UUID) -> BookSettings:
    """Return how a book behaves."""
    return BookSettings.of(KeyNotes(work, provider_id).settings())


def chosen_region(work: UnitOfWork, provider_id: UUID) -> str | None:
    """Return which country's phone numbers need no country code; None until she said so: none is guessed."""
    return KeyNotes(work, provider_id).settings().get("default_region")


def choose(desk: Desk, trail: Trail, chosen: BookSettings) -> BookSettings:
    """Keep what she chose; the last one to say it is right. What changed is written down by name."""
    known_region(chosen.default_region)
    before = settings_of(desk.work, desk.provider_id).to_keep()
    changed = sorted(name for name, value in chosen.to_keep().items() if before[name] != value)
    if changed:
        KeyNotes(desk.work, desk.provider_id).choose(chosen.to_keep(), desk.now())
        trail.note(TrailAction.SETTINGS_CHANGED, changed=changed)
    return chosen
