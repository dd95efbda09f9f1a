"""Generic service for records about clients, with cursors of a time and an id."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from crm.repository.clients import ClientRepository
from crm.repository.encrypted_records import (
    EncryptedRecordRepository,
    RecordFilter,
    RecordPayload,
    RecordType,
    Stored,
)
from crm.service.legal_holds import require_no_hold, require_no_loss_under_hold
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid
from kit.i18n import gettext as _
from kit.pagination import decode_cursor, encode_cursor


def encode_record_cursor(moment: datetime, last: UUID) -> str:
    """Return the cursor after a record."""
    return encode_cursor({"at": moment.isoformat(), "id": str(last)})


def decode_record_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Return the position that a cursor names; raise `Invalid` for a malformed cursor."""
    values = decode_cursor(cursor, {"at": str, "id": str})
    try:
        moment = datetime.fromisoformat(str(values["at"]))
        return moment.astimezone(UTC), UUID(str(values["id"]))
    except (ValueError, OverflowError) as error:
        raise Invalid(
            "cursor", _("The cursor is not valid. Start again from the first page."),
            field="cursor",
        ) from error  # fmt: skip


PAGE = 50


@dataclass(frozen=True, slots=True)
class RecordPage[T: RecordPayload]:
    """Page of records, with the names of their clients and the cursor of the next page."""

    items: list[Stored[T]]
    names: dict[UUID, str]
    next_cursor: str | None


class RecordService[T: RecordPayload]:
    """Records of one type in one unlocked workspace."""

    def __init__(self, context: UnlockedContext, record_type: RecordType[T]) -> None:
        self._context = context
        self._kind = record_type
        self._records = EncryptedRecordRepository(context.work, context.vault, record_type)

    def add(self, client_id: UUID, payload: T, record_id: UUID | None = None) -> Stored[T]:
        """Add a record about a client; the same id sent twice adds one record."""
        return self._records.add(client_id, payload, self._context.now(), record_id=record_id)

    def get(self, record_id: UUID) -> Stored[T]:
        """Return a record; raise `NotFound`."""
        return self._records.get(record_id)

    def update(self, record_id: UUID, version: int, payload: T) -> Stored[T]:
        """Update a record that is at `version`; a legal hold forbids removing text."""
        before = self._records.get(record_id)
        require_no_loss_under_hold(
            self._context,
            before.client_id,
            before.payload.encrypted_payload(),
            payload.encrypted_payload(),
        )
        return self._records.replace(record_id, version, payload, self._context.now())

    def delete(self, record_id: UUID) -> None:
        """Delete a record; raise `NotFound`, or `InvalidState` if its client is under a legal hold."""
        require_no_hold(self._context, self._records.client_of(record_id))
        self._records.delete(record_id)

    def list(
        self, record_filter: RecordFilter, cursor: str | None = None, limit: int = PAGE
    ) -> RecordPage[T]:
        """Return a page of records, the latest first."""
        if cursor is not None:
            record_filter = replace(record_filter, after=decode_record_cursor(cursor))
        found = self._records.list(record_filter, limit + 1)
        items, more = found[:limit], len(found) > limit
        next_cursor = None
        if more:
            last = items[-1]
            moment = last.payload.plaintext_columns().get(self._kind.sort_column, last.created_at)
            next_cursor = encode_record_cursor(moment, last.id)
        clients = ClientRepository(self._context.work, self._context.vault)
        return RecordPage(items, clients.names({one.client_id for one in items}), next_cursor)


def name_of(context: UnlockedContext, client_id: UUID) -> str:
    """Return the name of a client."""
    return ClientRepository(context.work, context.vault).names([client_id]).get(client_id, "")
