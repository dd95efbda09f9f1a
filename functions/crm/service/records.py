"""Where a list goes on: after a moment and an id."""

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
from crm.service.legal_holds import require_kept, require_no_hold
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid
from kit.pagination import decode_cursor, encode_cursor


def encode_record_cursor(moment: datetime, last: UUID) -> str:
    """Return the cursor after an entry."""
    return encode_cursor({"at": moment.isoformat(), "id": str(last)})


def decode_record_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Return the entry after which a list goes on; raise `Invalid` for what is no cursor of ours."""
    values = decode_cursor(cursor, {"at": str, "id": str})
    try:
        moment = datetime.fromisoformat(str(values["at"]))
        return moment.astimezone(UTC), UUID(str(values["id"]))
    except (ValueError, OverflowError) as error:
        raise Invalid(
            "cursor", "This cursor is not one of ours: start again from the first page.",
            field="cursor",
        ) from error  # fmt: skip


PAGE = 50


@dataclass(frozen=True, slots=True)
class RecordPage[T: RecordPayload]:
    """Some of a list: the entries, what their clients are called, and where the next ones begin."""

    items: list[Stored[T]]
    names: dict[UUID, str]
    next_cursor: str | None


class RecordService[T: RecordPayload]:
    """One kind of them, in one open book."""

    def __init__(self, context: UnlockedContext, kind: RecordType[T]) -> None:
        self._context = context
        self._kind = kind
        self._records = EncryptedRecordRepository(context.work, context.vault, kind)

    def add(self, client_id: UUID, entry: T, record_id: UUID | None = None) -> Stored[T]:
        """Write something down about a client; sent twice under one id, it is there once."""
        return self._records.add(client_id, entry, self._context.now(), record_id=record_id)

    def get(self, record_id: UUID) -> Stored[T]:
        """Return it; raise `NotFound`."""
        return self._records.get(record_id)

    def update(self, record_id: UUID, version: int, entry: T) -> Stored[T]:
        """Change what was read at `version`; nothing that was written goes from under a legal hold."""
        before = self._records.get(record_id)
        require_kept(
            self._context,
            before.client_id,
            before.payload.encrypted_payload(),
            entry.encrypted_payload(),
        )
        return self._records.replace(record_id, version, entry, self._context.now())

    def delete(self, record_id: UUID) -> None:
        """Take it away; raise `NotFound`, or `InvalidState` where whom it is about is under a legal hold."""
        require_no_hold(self._context, self._records.client_of(record_id))
        self._records.delete(record_id)

    def list(
        self, wanted: RecordFilter, cursor: str | None = None, limit: int = PAGE
    ) -> RecordPage[T]:
        """Return some of them, the latest first."""
        if cursor is not None:
            wanted = replace(wanted, after=decode_record_cursor(cursor))
        found = self._records.list(wanted, limit + 1)
        items, more = found[:limit], len(found) > limit
        following = None
        if more:
            last = items[-1]
            moment = last.payload.plaintext_columns().get(self._kind.order, last.created_at)
            following = encode_record_cursor(moment, last.id)
        clients = ClientRepository(self._context.work, self._context.vault)
        return RecordPage(items, clients.names({one.client_id for one in items}), following)


def name_of(context: UnlockedContext, client_id: UUID) -> str:
    """Return what somebody is called, beside one thing about them."""
    return ClientRepository(context.work, context.vault).names([client_id]).get(client_id, "")
