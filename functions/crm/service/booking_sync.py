"""Booking sync: bookings are encrypted to the provider's inbox as they happen, and become visits at the next unlock.

The delivery cannot read the inbox and needs no key of the workspace; only the unlocked workspace drains it.
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
from crm.repository.visits import VISITS
from crm.repository.workspaces import has_workspace
from crm.service.data_requests import receive_data_request
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.vault import Inbox, VaultDestroyed, VaultNotCreated
from kit.db import UnitOfWork
from kit.errors import Unavailable
from kit.formats import format_date
from kit.i18n import gettext as _
from kit.ids import new_id
from kit.observability import log_failure

BOOKING_KIND = "booking"
BATCH_SIZE = 50
_OVERNIGHT_MINUTES = 8 * 60
_CALLED_OFF = frozenset({BookingState.CANCELLED, BookingState.RESCHEDULED})
_UNKNOWN_FACTS = BookingFacts("UTC", "incall", was_confirmed=True)


@dataclass(frozen=True, slots=True)
class BookingDelivery:
    """Adds booking updates to inboxes, in the transaction of the event consumer."""

    work: UnitOfWork
    inbox: Inbox

    def deliver(
        self, provider_id: UUID, event_id: UUID, update: BookingUpdate, now: datetime
    ) -> bool:
        """Add a booking update to the inbox; return False if the provider has no workspace, or a deleted one."""
        set_tenant(self.work, provider_id)
        if not has_workspace(self.work, provider_id):
            return False
        try:
            sealed = self.inbox.seal(
                provider_id, update.to_payload(), aad_context(BOOKING_KIND, event_id)
            )
        except (VaultNotCreated, VaultDestroyed):
            return False
        InboxRepository(self.work, provider_id).add(event_id, BOOKING_KIND, sealed, now)
        return True


def drain(context: UnlockedContext, limit: int = BATCH_SIZE) -> int:
    """Apply pending messages to the unlocked workspace, the oldest first; return the number of messages processed.

    A message that fails is counted, and skipped after `MAX_ATTEMPTS`: it must not lock the provider out.
    """
    inbox = InboxRepository(context.work, context.provider_id)
    if not inbox.has_pending() or not inbox.lock():
        return 0
    messages = inbox.next_batch(limit)
    for message in messages:
        try:
            with context.work.savepoint():
                _apply_message(context, message)
                inbox.delete(message.id)
        except Unavailable:
            raise  # The message is intact; a service is down.
        except Exception as error:
            log_failure("an entry of the inbox was left", error, entry_id=str(message.id))
            inbox.record_failure(message.id)
    return len(messages)


def drain_and_commit(context: UnlockedContext) -> None:
    """Drain the inbox in a transaction of its own, so that a failing request does not undo it."""
    if drain(context):
        context.work.commit()
        set_tenant(context.work, context.provider_id)


def _apply_message(context: UnlockedContext, message: InboxMessage) -> None:
    document = context.vault.open_inbox(message.sealed, aad_context(message.kind, message.id))
    match message.kind:
        case "booking":
            _apply_update(context, BookingUpdate.from_payload(document))
        case "data-request":
            receive_data_request(context, message.id, DataRequest.from_payload(document))
        case _:
            raise LookupError("unknown kind of inbox message")


def _apply_update(context: UnlockedContext, update: BookingUpdate) -> None:
    records = EncryptedRecordRepository(context.work, context.vault, VISITS)
    found = records.list(RecordFilter(equal={"booking_id": update.booking_id}), 1)
    if found:
        _update_visit(context, records, found[0], update.snapshot)
        return
    facts = booking_facts(context.work, update.booking_id) or _UNKNOWN_FACTS
    if update.snapshot.state in _CALLED_OFF and not facts.was_confirmed:
        return  # Requested and withdrawn before it was confirmed: no visit, and no client.
    client_id = _get_or_add_client(context, update, facts)
    records.add(client_id, _new_visit(update, facts), context.now())


def _update_visit(
    context: UnlockedContext,
    records: EncryptedRecordRepository[Visit],
    stored: Stored[Visit],
    update: BookingSnapshot,
) -> None:
    """Update the visit from its booking, except columns that the provider edited."""
    visit, before = stored.payload, stored.payload.booking_snapshot
    merged = before.merge(update) if before else update
    if before == merged:
        return
    changed = replace(visit, booking_snapshot=merged)
    # Without a snapshot the visit's texts were deleted by retention: then every column counts as edited.
    if before and visit.status is before.status:
        changed = replace(changed, status=merged.status)
    if before and all(
        getattr(visit, name) == value for name, value in before.payment_columns().items()
    ):
        changed = replace(changed, **merged.payment_columns())
    records.replace(stored.id, stored.version, changed, context.now())


def _new_visit(update: BookingUpdate, facts: BookingFacts) -> Visit:
    kind = VisitType(facts.venue)
    if kind is not VisitType.TRAVEL and update.duration_minutes >= _OVERNIGHT_MINUTES:
        kind = VisitType.OVERNIGHT
    return Visit(
        starts_at=update.starts_at,
        time_zone=facts.time_zone,
        duration_minutes=update.duration_minutes,
        type=kind,
        status=update.snapshot.status,
        booking_id=update.booking_id,
        booking_snapshot=update.snapshot,
        **({"currency": "EUR"} | update.snapshot.payment_columns()),
    )


def _get_or_add_client(
    context: UnlockedContext, update: BookingUpdate, facts: BookingFacts
) -> UUID:
    """Return the client of the booking's account; add one named by the date if there is none."""
    clients = ClientRepository(context.work, context.vault)
    if known := clients.ids_by_token("account", update.client_account.hex):
        return known[0]
    day = update.starts_at.astimezone(ZoneInfo(facts.time_zone))
    profile = ClientProfile(
        name=_("Client of %(day)s", day=format_date(day.date())), account_id=update.client_account
    )
    status = ClientStatus(source=ClientSource.BOOKING)
    return clients.add(new_id(), profile, status, context.now()).id


def aad_context(kind: str, row_id: UUID) -> dict[str, str]:
    """Return the encryption context of an inbox message: copied to another id or kind, it does not decrypt."""
    return {"kind": kind, "id": row_id.hex}
