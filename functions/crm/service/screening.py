"""Checks of clients: write them down, say how they ended, and what that means for the client."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm.domain.enums import ClientScreeningStatus
from crm.domain.screening import Screening
from crm.repository.clients import ClientRepository
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.repository.expiry import ExpiryRepository
from crm.repository.record_types import SCREENINGS
from crm.service.records import PAGE, RecordPage, RecordService
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid


class ScreeningService:
    """The checks in one open book."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._entries = RecordService(context, SCREENINGS)
        self._clients = ClientRepository(context.work, context.vault)

    def add(
        self, client_id: UUID, check: Screening, standing: ClientScreeningStatus | None = None
    ) -> Stored[Screening]:
        """Write one down; `standing` is where the client stands from now on."""
        self._require_sites(client_id, check)
        self._set_standing(client_id, standing)
        return self._entries.add(client_id, check)

    def get(self, screening_id: UUID) -> Stored[Screening]:
        """Return one; raise `NotFound`."""
        return self._entries.get(screening_id)

    def update(self, screening_id: UUID, version: int, check: Screening) -> Stored[Screening]:
        """Change what one says; how it ended stays."""
        before = self._entries.get(screening_id)
        self._require_sites(before.client_id, check)
        changed = replace(before.payload, type=check.type, details=check.details, sites=check.sites)
        return self._entries.update(screening_id, version, changed)

    def verify(
        self,
        screening_id: UUID,
        expires_at: datetime | None,
        standing: ClientScreeningStatus | None,
    ) -> Stored[Screening]:
        """Say that one was passed; again where it expired."""
        before = self._entries.get(screening_id)
        passed = before.payload.verified(self._context.now(), expires_at)
        return self._decide(before, passed, standing)

    def fail(self, screening_id: UUID, standing: ClientScreeningStatus | None) -> Stored[Screening]:
        """Say that one was not passed."""
        before = self._entries.get(screening_id)
        return self._decide(before, before.payload.failed(), standing)

    def delete(self, screening_id: UUID) -> None:
        """Take one away."""
        self._entries.delete(screening_id)

    def list(
        self, wanted: RecordFilter, cursor: str | None = None, limit: int = PAGE
    ) -> RecordPage[Screening]:
        """Return some of them, the latest first."""
        # So that a list of one status holds what is shown with that status.
        ExpiryRepository(self._context.work, self._context.provider_id).expire_screenings(
            self._context.now()
        )
        return self._entries.list(wanted, cursor, limit)

    def _decide(
        self, before: Stored[Screening], after: Screening, standing: ClientScreeningStatus | None
    ) -> Stored[Screening]:
        self._set_standing(before.client_id, standing)
        return self._entries.update(before.id, before.version, after)

    def _set_standing(self, client_id: UUID, standing: ClientScreeningStatus | None) -> None:
        if standing is None:
            return
        client = self._clients.get(client_id)
        if client.status.screening_status is not standing:
            changed = replace(client.status, screening_status=standing)
            now = self._context.now()
            self._clients.update(client_id, client.version, client.profile, changed, now)

    def _require_sites(self, client_id: UUID, check: Screening) -> None:
        known = {one.site for one in self._clients.get(client_id).profile.reference_sites}
        if unknown := sorted(set(check.sites) - known):
            raise Invalid(
                "site-unknown",
                f"Write {unknown[0]} among the client's reference sites first.",
                field="sites",
            )
