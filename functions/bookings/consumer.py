"""Event entry point: captured payments, closed and suspended accounts, closed profiles."""

from typing import Any

from bookings.service.account_closure import AccountClosure
from bookings.service.payments import PaymentHandler
from contracts.auth import AccountClosed, UserSuspended
from contracts.escorts import ProfileClosed
from contracts.payments import PaymentCaptured
from kit import clock
from kit.consumer import batch_handler
from kit.db import Database, UnitOfWork
from kit.money import Money

database = Database.from_environment()


def _on_payment_captured(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    event = PaymentCaptured.from_envelope(envelope)
    amount = Money(event.amount_minor, event.currency)
    is_deposit = event.purpose == "deposit"
    PaymentHandler(work, clock.now).on_captured(event.booking_id, amount, is_deposit=is_deposit)


def _on_account_closed(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    AccountClosure(work, clock.now).on_account_closed(AccountClosed.from_envelope(envelope).user_id)


def _on_user_suspended(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    AccountClosure(work, clock.now).on_suspended(UserSuspended.from_envelope(envelope).user_id)


def _on_profile_closed(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    AccountClosure(work, clock.now).on_profile_closed(
        ProfileClosed.from_envelope(envelope).profile_id
    )


_HANDLERS = {
    PaymentCaptured.event_type(): _on_payment_captured,
    AccountClosed.event_type(): _on_account_closed,
    UserSuspended.event_type(): _on_user_suspended,
    ProfileClosed.event_type(): _on_profile_closed,
}


def _handle(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    _HANDLERS[envelope["type"]](work, envelope)


handler = batch_handler(lambda: database, "bookings.events", _handle)
