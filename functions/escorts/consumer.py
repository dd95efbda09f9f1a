"""Event entry point: a closed or suspended account closes or delists its profile and deletes its saved items."""

from typing import Any

from contracts.auth import AccountClosed, UserSuspended
from escorts.publisher import ProfileEvents
from escorts.repository.maintenance import MaintenanceRepository
from escorts.repository.slugs import slug_reader
from escorts.service import saved_items
from escorts.service.maintenance import AccountClosure
from kit import clock
from kit.consumer import batch_handler
from kit.db import Database, UnitOfWork

database = Database.from_environment()


def _on_account_closed(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    event = AccountClosed.from_envelope(envelope)
    _account_closure(work).on_account_closed(event.user_id)
    saved_items.delete_account_items(work, event.user_id)


def _on_account_suspended(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    event = UserSuspended.from_envelope(envelope)
    _account_closure(work).on_account_suspended(event.user_id)


def _account_closure(work: UnitOfWork) -> AccountClosure:
    return AccountClosure(
        MaintenanceRepository(work), ProfileEvents(work.outbox, slug_reader(work)), clock.now
    )


_HANDLERS = {
    AccountClosed.event_type(): _on_account_closed,
    UserSuspended.event_type(): _on_account_suspended,
}


def _handle(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    _HANDLERS[envelope["type"]](work, envelope)


handler = batch_handler(lambda: database, "escorts.accounts", _handle)
