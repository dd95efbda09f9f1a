"""Screening of clients: add, verify and fail, with the client's new status."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm.domain.enums import ClientScreeningStatus
from crm.domain.screening import Screening
from crm.repository.clients import ClientRepository
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.repository.expiry import ExpiryRepository
from crm.repository.screening import SCREENINGS
from crm.service.records import PAGE, RecordPage, RecordService
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid
from kit.i18n import gettext as _


class ScreeningService:
    """Screenings of one unlocked workspace."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._records = RecordService(context, SCREENINGS)
        self._clients = ClientRepository(context.work, context.vault)

    def add(
        self,
        client_id: UUID,
        screening: Screening,
        client_status: ClientScreeningStatus | None = None,
    ) -> Stored[Screening]:
        """Add a screening; `client_status` is the client's new status."""
        self._require_sites(client_id, screening)
        self._set_client_status(client_id, client_status)
        return self._records.add(client_id, screening)

    def get(self, screening_id: UUID) -> Stored[Screening]:
        """Return a screening; raise `NotFound`."""
        return self._records.get(screening_id)

    def update(self, screening_id: UUID, version: int, screening: Screening) -> Stored[Screening]:
        """Update the content of a screening; the result is kept."""
        before = self._records.get(screening_id)
        self._require_sites(before.client_id, screening)
        changed = replace(
            before.payload, type=screening.type, details=screening.details, sites=screening.sites
        )
        return self._records.update(screening_id, version, changed)

    def verify(
        self,
        screening_id: UUID,
        expires_at: datetime | None,
        client_status: ClientScreeningStatus | None,
    ) -> Stored[Screening]:
        """Mark a screening as passed; an expired one can be renewed."""
        before = self._records.get(screening_id)
        passed = before.payload.verified(self._context.now(), expires_at)
        return self._decide(before, passed, client_status)

    def fail(
        self, screening_id: UUID, client_status: ClientScreeningStatus | None
    ) -> Stored[Screening]:
        """Mark a screening as failed."""
        before = self._records.get(screening_id)
        return self._decide(before, before.payload.failed(), client_status)

    def delete(self, screening_id: UUID) -> None:
        """Delete a screening."""
        self._records.delete(screening_id)

    def list(
        self, record_filter: RecordFilter, cursor: str | None = None, limit: int = PAGE
    ) -> RecordPage[Screening]:
        """Return a page of screenings, the latest first."""
        # Expire first, so that a filter by status matches the status that is shown.
        ExpiryRepository(self._context.work, self._context.provider_id).expire_screenings(
            self._context.now()
        )
        return self._records.list(record_filter, cursor, limit)

    def _decide(
        self,
        before: Stored[Screening],
        after: Screening,
        client_status: ClientScreeningStatus | None,
    ) -> Stored[Screening]:
        self._set_client_status(before.client_id, client_status)
        return self._records.update(before.id, before.version, after)

    def _set_client_status(
        self, client_id: UUID, client_status: ClientScreeningStatus | None
    ) -> None:
        if client_status is None:
            return
        client = self._clients.get(client_id)
        if client.status.screening_status is not client_status:
            changed = replace(client.status, screening_status=client_status)
            now = self._context.now()
            self._clients.update(client_id, client.version, client.profile, changed, now)

    def _require_sites(self, client_id: UUID, screening: Screening) -> None:
        known = {one.site for one in self._clients.get(client_id).profile.reference_sites}
        if unknown := sorted(set(screening.sites) - known):
            raise Invalid(
                "site-unknown",
                _("Add %(unknown)s to the client's reference sites first.", unknown=unknown[0]),
                field="sites",
            )
