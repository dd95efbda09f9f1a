"""References of clients: contact, answer and deletion date."""

from uuid import UUID

from crm.domain.references import Reference
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.repository.references import REFERENCES
from crm.service.records import PAGE, RecordPage, RecordService
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid
from kit.i18n import gettext as _


class ReferenceService:
    """References of one unlocked workspace."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._entries = RecordService(context, REFERENCES)

    def add(self, client_id: UUID, reference: Reference) -> Stored[Reference]:
        """Add a reference."""
        now = self._context.now()
        self._require_past(reference)
        return self._entries.add(client_id, reference.with_deletion_date(now, None, now))

    def get(self, reference_id: UUID) -> Stored[Reference]:
        """Return a reference; raise `NotFound`."""
        return self._entries.get(reference_id)

    def update(self, reference_id: UUID, version: int, reference: Reference) -> Stored[Reference]:
        """Update a reference that is at `version`; a changed answer restarts the deletion period."""
        before = self._entries.get(reference_id)
        self._require_past(reference)
        followed = reference.with_deletion_date(
            before.created_at, before.payload, self._context.now()
        )
        return self._entries.update(reference_id, version, followed)

    def delete(self, reference_id: UUID) -> None:
        """Delete a reference."""
        self._entries.delete(reference_id)

    def list(
        self, record_filter: RecordFilter, cursor: str | None = None, limit: int = PAGE
    ) -> RecordPage[Reference]:
        """Return a page of references, the latest first."""
        return self._entries.list(record_filter, cursor, limit)

    def _require_past(self, reference: Reference) -> None:
        if reference.contacted_at is not None and reference.contacted_at > self._context.now():
            raise Invalid(
                "contact-ahead", _("Enter a contact date in the past."),
                field="contactedAt",
            )  # fmt: skip
