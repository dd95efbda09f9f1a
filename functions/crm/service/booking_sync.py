"""Bookings flow into a book: sealed to its owner when they happen, written in when she opens it.

Who delivers cannot read what waits, and needs no key of the book. Who drains it is the open book itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.domain.booking_snapshot import BookingSnapshot, BookingState, BookingUpdate
from crm.domain.clients import ClientProfile, ClientStatus
from crm.domain.data_requests import DataRequest
from crm.domain.enums import ClientSource, VisitType
from crm.domain.visits import Visit
from crm.repository.booking_facts import BookingFacts, booking_facts
from crm.repository.booking_sync import InboxMessage, InboxRepository
from crm.repository.clients import ClientRepository
from crm.repository.encrypted_records import EncryptedRecordRepository, RecordFilter, Stored
from crm.repository.record_types import VISITS
from crm.repository.workspaces import has_workspace
from crm.service.data_requests import receive_data_request
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.vault import Inbox, VaultDestroyed, VaultNotCreated
from kit.db import UnitOfWork
from kit.errors import Unavailable
from kit.ids import new_id
from kit.observability import log_failure

BOOKING_KIND = "booking"
BATCH_SIZE = 50
_OVERNIGHT_MINUTES = 8 * 60
_CALLED_OFF = frozenset({BookingState.CANCELLED, BookingState.RESCHEDULED})
_UNKNOWN_FACTS = BookingFacts("UTC", "incall", was_confirmed=True)


@dataclass(frozen=True, slots=True)
class BookingDelivery:
    """Puts what happens into inboxes, in the transaction of whoever heard of it."""

    work: UnitOfWork
    inbox: Inbox

    def deliver(
        self, provider_id: UUID, event_id: UUID, news: BookingUpdate, now: datetime
    ) -> bool:
        """Put news of a booking in; False where that provider has no book, or none any more."""
        set_tenant(self.work, provider_id)
        if not has_workspace(self.work, provider_id):
            return False
        try:
            sealed = self.inbox.seal(provider_id, news.to_payload(), aad_context(BOOKING_KIND, event_id))
        except (VaultNotCreated, VaultDestroyed):
            return False
        InboxRepository(self.work, provider_id).add(event_id, BOOKING_KIND, sealed, now)
        return True


def drain(context: UnlockedContext, limit: int = BATCH_SIZE) -> int:
    """Write what waits into the open book, the oldest first; return how many rows were looked at.

    What does not open is counted, and left aside after some tries: it keeps nobody out of her book.
    """
    table = InboxRepository(context.work, context.provider_id)
    if not table.has_pending() or not table.lock():
        return 0
    waiting = table.next_batch(limit)
    for one in waiting:
        try:
            with context.work.savepoint():
                _apply_message(context, one)
                table.delete(one.id)
        except Unavailable:
            raise  # Nothing is wrong with the row.
        except Exception as error:
            log_failure("an entry of the inbox was left", error, entry_id=str(one.id))
            table.record_failure(one.id)
    return len(waiting)


def drain_and_commit(context: UnlockedContext) -> None:
    """Empty the inbox in a transaction of its own: what the request does later does not undo it."""
    if drain(context):
        context.work.commit()
        set_tenant(context.work, context.provider_id)


def _apply_message(context: UnlockedContext, waiting: InboxMessage) -> None:
    document = context.vault.open_inbox(waiting.sealed, aad_context(waiting.kind, waiting.id))
    match waiting.kind:
        case "booking":
            _apply_update(context, BookingUpdate.from_payload(document))
        case "subject":
            receive_data_request(context, waiting.id, DataRequest.from_payload(document))
        case _:
            raise LookupError("nobody knows what this is")


def _apply_update(context: UnlockedContext, news: BookingUpdate) -> None:
    records = EncryptedRecordRepository(context.work, context.vault, VISITS)
    found = records.list(RecordFilter(equal={"booking_id": news.booking_id}), 1)
    if found:
        _update_visit(context, records, found[0], news.snapshot)
        return
    place = booking_facts(context.work, news.booking_id) or _UNKNOWN_FACTS
    if news.snapshot.state in _CALLED_OFF and not place.was_confirmed:
        return  # Somebody asked and thought better of it: no visit, and nobody to keep.
    client_id = _get_or_add_client(context, news, place)
    records.add(client_id, _new_visit(news, place), context.now())


def _update_visit(
    context: UnlockedContext,
    records: EncryptedRecordRepository[Visit],
    stored: Stored[Visit],
    news: BookingSnapshot,
) -> None:
    """Let the visit follow its booking, except where she wrote something else herself."""
    visit, before = stored.payload, stored.payload.booking_snapshot
    said = before.merge(news) if before else news
    if before == said:
        return
    changed = replace(visit, booking_snapshot=said)
    # Where nothing is known of what was said, its texts were forgotten long ago: then all of it is hers.
    if before and visit.status is before.status:
        changed = replace(changed, status=said.status)
    if before and all(getattr(visit, name) == value for name, value in before.payment_columns().items()):
        changed = replace(changed, **said.payment_columns())
    records.replace(stored.id, stored.version, changed, context.now())


def _new_visit(news: BookingUpdate, place: BookingFacts) -> Visit:
    kind = VisitType(place.venue)
    if kind is not VisitType.TRAVEL and news.duration_minutes >= _OVERNIGHT_MINUTES:
        kind = VisitType.OVERNIGHT
    return Visit(
        starts_at=news.starts_at,
        time_zone=place.time_zone,
        duration_minutes=news.duration_minutes,
        type=kind,
        status=news.snapshot.status,
        booking_id=news.booking_id,
        booking_snapshot=news.snapshot,
        **({"currency": "EUR"} | news.snapshot.payment_columns()),
    )


def _get_or_add_client(context: UnlockedContext, news: BookingUpdate, place: BookingFacts) -> UUID:
    """Return who it is in the book; somebody new is called by the day alone."""
    clients = ClientRepository(context.work, context.vault)
    if known := clients.ids_by_token("account", news.client_account.hex):
        return known[0]
    day = news.starts_at.astimezone(ZoneInfo(place.time_zone))
    details = ClientProfile(name=f"Client of {day.day} {day:%B %Y}", account_id=news.client_account)
    standing = ClientStatus(source=ClientSource.BOOKING)
    return clients.add(new_id(), details, standing, context.now()).id


def aad_context(kind: str, row_id: UUID) -> dict[str, str]:
    """Return what a row is bound to: copied under another id, or said to be something else, it does not open."""
    return {"kind": kind, "id": row_id.hex}
