"""Referees: whom to ask about a client, what they said, and when they are forgotten."""

from uuid import UUID

from crm.domain.references import Reference
from crm.repository.encrypted_records import Kept, Wanted
from crm.repository.record_types import REFERENCES
from crm.service.records import PAGE, Entries, EntryPage
from crm.service.unlocked_context import Desk
from kit.errors import Invalid


class References:
    """The referees in one open book."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._entries = Entries(desk, REFERENCES)

    def add(self, client_id: UUID, reference: Reference) -> Kept[Reference]:
        """Write one down."""
        now = self._desk.now()
        self._require_past(reference)
        return self._entries.add(client_id, reference.followed(now, None, now))

    def one(self, reference_id: UUID) -> Kept[Reference]:
        """Return one; raise `NotFound`."""
        return self._entries.one(reference_id)

    def replace(self, reference_id: UUID, version: int, reference: Reference) -> Kept[Reference]:
        """Change one that was read at `version`; a changed answer counts from now on."""
        before = self._entries.one(reference_id)
        self._require_past(reference)
        followed = reference.followed(before.created_at, before.entry, self._desk.now())
        return self._entries.replace(reference_id, version, followed)

    def remove(self, reference_id: UUID) -> None:
        """Forget one now."""
        self._entries.remove(reference_id)

    def page(
        self, wanted: Wanted, cursor: str | None = None, limit: int = PAGE
    ) -> EntryPage[Reference]:
        """Return some of them, the latest first."""
        return self._entries.page(wanted, cursor, limit)

    def _require_past(self, reference: Reference) -> None:
        if reference.contacted_at is not None and reference.contacted_at > self._desk.now():
            raise Invalid(
                "contact-ahead", "Say when you wrote to them: a time that is over.",
                field="contactedAt",
            )  # fmt: skip
