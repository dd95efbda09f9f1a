"""Where a list goes on: after a moment and an id."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from crm.repository.clients import Clients
from crm.repository.encrypted_records import Entry, Kept, Kind, Records, Wanted
from crm.service.legal_holds import require_kept, require_no_hold
from crm.service.unlocked_context import Desk
from kit.errors import Invalid
from kit.pagination import decode_cursor, encode_cursor


def cursor_at(moment: datetime, last: UUID) -> str:
    """Return the cursor after an entry."""
    return encode_cursor({"at": moment.isoformat(), "id": str(last)})


def place_of(cursor: str) -> tuple[datetime, UUID]:
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
class EntryPage[T: Entry]:
    """Some of a list: the entries, what their clients are called, and where the next ones begin."""

    items: list[Kept[T]]
    names: dict[UUID, str]
    next_cursor: str | None


class Entries[T: Entry]:
    """One kind of them, in one open book."""

    def __init__(self, desk: Desk, kind: Kind[T]) -> None:
        self._desk = desk
        self._kind = kind
        self._records = Records(desk.work, desk.vault, kind)

    def add(self, client_id: UUID, entry: T, record_id: UUID | None = None) -> Kept[T]:
        """Write something down about a client; sent twice under one id, it is there once."""
        return self._records.add(client_id, entry, self._desk.now(), record_id=record_id)

    def one(self, record_id: UUID) -> Kept[T]:
        """Return it; raise `NotFound`."""
        return self._records.one(record_id)

    def replace(self, record_id: UUID, version: int, entry: T) -> Kept[T]:
        """Change what was read at `version`; nothing that was written goes from under a legal hold."""
        before = self._records.one(record_id)
        require_kept(self._desk, before.client_id, before.entry.document(), entry.document())
        return self._records.replace(record_id, version, entry, self._desk.now())

    def remove(self, record_id: UUID) -> None:
        """Take it away; raise `NotFound`, or `InvalidState` where whom it is about is under a legal hold."""
        require_no_hold(self._desk, self._records.client_of(record_id))
        self._records.remove(record_id)

    def page(self, wanted: Wanted, cursor: str | None = None, limit: int = PAGE) -> EntryPage[T]:
        """Return some of them, the latest first."""
        if cursor is not None:
            wanted = replace(wanted, after=place_of(cursor))
        found = self._records.some(wanted, limit + 1)
        items, more = found[:limit], len(found) > limit
        following = None
        if more:
            last = items[-1]
            moment = last.entry.clear().get(self._kind.order, last.created_at)
            following = cursor_at(moment, last.id)
        clients = Clients(self._desk.work, self._desk.vault)
        return EntryPage(items, clients.names({one.client_id for one in items}), following)


def name_of(desk: Desk, client_id: UUID) -> str:
    """Return what somebody is called, beside one thing about them."""
    return Clients(desk.work, desk.vault).names([client_id]).get(client_id, "")
