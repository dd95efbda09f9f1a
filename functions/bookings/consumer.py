"""Event entry: a captured payment confirms what waited for it; who leaves calls off what is ahead."""

from typing import Any

from bookings.service.account_closure import Closing
from bookings.service.payments import Paying
from contracts.auth import AccountClosed, UserSuspended
from contracts.escorts import ProfileClosed
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


def _shut_out(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    Closing(work, clock.now).shut_out(UserSuspended.from_envelope(envelope).user_id)


def _profile_closed(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    Closing(work, clock.now).close_profile(ProfileClosed.from_envelope(envelope).profile_id)


_HANDLERS = {
    PaymentCaptured.event_type(): _captured,
    AccountClosed.event_type(): _closed,
    UserSuspended.event_type(): _shut_out,
    ProfileClosed.event_type(): _profile_closed,
}


def _handle(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    _HANDLERS[envelope["type"]](work, envelope)


handler = batch_handler(lambda: database, "bookings.events", _handle)
