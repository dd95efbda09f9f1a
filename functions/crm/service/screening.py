"""Checks of clients: write them down, say how they ended, and what that means for the client."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from crm.domain.enums import ScreeningStatus
from crm.domain.screening import Screening
from crm.repository.clients import Clients
from crm.repository.encrypted_records import Kept, Wanted
from crm.repository.expiry import Expiry
from crm.repository.record_types import SCREENINGS
from crm.service.records import PAGE, Entries, EntryPage
from crm.service.unlocked_context import Desk
from kit.errors import Invalid


class Screenings:
    """The checks in one open book."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._entries = Entries(desk, SCREENINGS)
        self._clients = Clients(desk.work, desk.vault)

    def add(
        self, client_id: UUID, check: Screening, standing: ScreeningStatus | None = None
    ) -> Kept[Screening]:
        """Write one down; `standing` is where the client stands from now on."""
        self._require_sites(client_id, check)
        self._set_standing(client_id, standing)
        return self._entries.add(client_id, check)

    def one(self, screening_id: UUID) -> Kept[Screening]:
        """Return one; raise `NotFound`."""
        return self._entries.one(screening_id)

    def replace(self, screening_id: UUID, version: int, check: Screening) -> Kept[Screening]:
        """Change what one says; how it ended stays."""
        before = self._entries.one(screening_id)
        self._require_sites(before.client_id, check)
        changed = replace(before.entry, type=check.type, details=check.details, sites=check.sites)
        return self._entries.replace(screening_id, version, changed)

    def verify(
        self, screening_id: UUID, expires_at: datetime | None, standing: ScreeningStatus | None
    ) -> Kept[Screening]:
        """Say that one was passed; again where it expired."""
        before = self._entries.one(screening_id)
        passed = before.entry.verified(self._desk.now(), expires_at)
        return self._decide(before, passed, standing)

    def fail(self, screening_id: UUID, standing: ScreeningStatus | None) -> Kept[Screening]:
        """Say that one was not passed."""
        before = self._entries.one(screening_id)
        return self._decide(before, before.entry.failed(), standing)

    def remove(self, screening_id: UUID) -> None:
        """Take one away."""
        self._entries.remove(screening_id)

    def page(
        self, wanted: Wanted, cursor: str | None = None, limit: int = PAGE
    ) -> EntryPage[Screening]:
        """Return some of them, the latest first."""
        # So that a list of one status holds what is shown with that status.
        Expiry(self._desk.work, self._desk.provider_id).expire_screenings(self._desk.now())
        return self._entries.page(wanted, cursor, limit)

    def _decide(
        self, before: Kept[Screening], after: Screening, standing: ScreeningStatus | None
    ) -> Kept[Screening]:
        self._set_standing(before.client_id, standing)
        return self._entries.replace(before.id, before.version, after)

    def _set_standing(self, client_id: UUID, standing: ScreeningStatus | None) -> None:
        if standing is None:
            return
        client = self._clients.one(client_id)
        if client.standing.screening_status is not standing:
            changed = replace(client.standing, screening_status=standing)
            now = self._desk.now()
            self._clients.replace(client_id, client.version, client.details, changed, now)

    def _require_sites(self, client_id: UUID, check: Screening) -> None:
        known = {one.site for one in self._clients.one(client_id).details.reference_sites}
        if unknown := sorted(set(check.sites) - known):
            raise Invalid(
                "site-unknown",
                f"Write {unknown[0]} among the client's reference sites first.",
                field="sites",
            )
