"""Event entry: a captured payment confirms the booking that waited for it."""

from typing import Any

from bookings.service.paying import Paying
from contracts.payments import PaymentCaptured
from kit import clock
from kit.consumer import batch_handler
from kit.db import Database, UnitOfWork
from kit.money import Money

database = Database.from_environment()


def _handle(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    event = PaymentCaptured.from_envelope(envelope)
    Paying(work, clock.now).captured(event.booking_id, Money(event.amount_minor, event.currency))


handler = batch_handler(lambda: database, "bookings.payments", _handle)
