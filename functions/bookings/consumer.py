"""Event entry: a captured payment confirms what waited for it; a closed account calls off what is ahead."""

from typing import Any

from bookings.service.closing import Closing
from bookings.service.paying import Paying
from contracts.auth import AccountClosed
from contracts.payments import PaymentCaptured
from kit import clock
from kit.consumer import batch_handler
from kit.db import Database, UnitOfWork
from kit.money import Money

database = Database.from_environment()


def _captured(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    event = PaymentCaptured.from_envelope(envelope)
    amount = Money(event.amount_minor, event.currency)
    is_deposit = event.purpose == "deposit"
    Paying(work, clock.now).captured(event.booking_id, amount, is_deposit=is_deposit)


def _closed(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    Closing(work, clock.now).close(AccountClosed.from_envelope(envelope).user_id)


_HANDLERS = {PaymentCaptured.event_type(): _captured, AccountClosed.event_type(): _closed}


def _handle(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    _HANDLERS[envelope["type"]](work, envelope)


handler = batch_handler(lambda: database, "bookings.events", _handle)
