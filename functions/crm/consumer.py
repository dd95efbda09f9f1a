"""Event consumer: encrypts booking events to inboxes, and deletes the workspace of a provider who closed the account.

The function has no permission to KMS: it can encrypt to a workspace and delete one, and unlock none. A client who
closes their account changes nothing in a workspace: see docs/features/crm.md.
"""

from typing import Any

from contracts.auth import AccountClosed
from contracts.bookings import VISIT_EVENTS, BookingStatusEvent
from crm import settings
from crm.domain.booking_snapshot import BookingSnapshot, BookingState, BookingUpdate
from crm.repository.data_requests import delete_data_requests
from crm.service.account_closure import AccountClosure
from crm.service.booking_sync import BookingDelivery
from crm.vault import Inbox, Keyring
from kit import clock
from kit.consumer import batch_handler
from kit.db import Database, UnitOfWork
from kit.observability import logger

database = Database.from_environment()

_BOOKING_EVENTS = {event.event_type(): event for event in VISIT_EVENTS}


def _handle(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    if envelope["type"] == AccountClosed.event_type():
        closed = AccountClosed.from_envelope(envelope)
        # Without a KMS key: deleting keys needs none.
        keyring = Keyring(settings.keys_table(), "")
        done = AccountClosure(work, keyring, clock.now).on_account_closed(closed.user_id)
        delete_data_requests(work, closed.user_id)
    else:
        event = _BOOKING_EVENTS[envelope["type"]].from_envelope(envelope)
        delivery = BookingDelivery(work, Inbox(settings.keys_table()))
        update = _to_booking_update(event)
        done = delivery.deliver(event.provider_id, event.id, update, clock.now())
    logger().info("event handled", type=envelope["type"], has_workspace=done)


def _to_booking_update(event: BookingStatusEvent) -> BookingUpdate:
    fields = event.model_dump(include=set(_AMOUNT_FIELDS))
    return BookingUpdate(
        booking_id=event.booking_id,
        client_account=event.client_id,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        snapshot=BookingSnapshot(state=BookingState(event.status), **fields),
    )


# Amounts that some of the events report and others do not.
_AMOUNT_FIELDS = ("currency", "amount_minor", "paid_minor", "fee_minor", "refund_minor")

handler = batch_handler(lambda: database, "crm.events", _handle)
