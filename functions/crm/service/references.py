"""Referees: whom to ask about a client, what they said, and when they are forgotten."""

from uuid import UUID

from crm.domain.references import Reference
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.repository.record_types import REFERENCES
from crm.service.records import PAGE, RecordPage, RecordService
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid


class ReferenceService:
    """The referees in one open book."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._entries = RecordService(context, REFERENCES)

    def add(self, client_id: UUID, reference: Reference) -> Stored[Reference]:
        """Write one down."""
        now = self._context.now()
        self._require_past(reference)
        return self._entries.add(client_id, reference.with_deletion_date(now, None, now))

    def get(self, reference_id: UUID) -> Stored[Reference]:
        """Return one; raise `NotFound`."""
        return self._entries.get(reference_id)

    def update(self, reference_id: UUID, version: int, reference: Reference) -> Stored[Reference]:
        """Change one that was read at `version`; a changed answer counts from now on."""
        before = self._entries.get(reference_id)
        self._require_past(reference)
        followed = reference.with_deletion_date(
            before.created_at, before.payload, self._context.now()
        )
        return self._entries.update(reference_id, version, followed)

    def delete(self, reference_id: UUID) -> None:
        """Forget one now."""
        self._entries.delete(reference_id)

    def list(
        self, wanted: RecordFilter, cursor: str | None = None, limit: int = PAGE
    ) -> RecordPage[Reference]:
        """Return some of them, the latest first."""
        return self._entries.list(wanted, cursor, limit)

    def _require_past(self, reference: Reference) -> None:
        if reference.contacted_at is not None and reference.contacted_at > self._context.now():
            raise Invalid(
                "contact-ahead", "Say when you wrote to them: a time that is over.",
                field="contactedAt",
            )  # fmt: skip
