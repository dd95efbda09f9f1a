"""Event entry: a closed or suspended account takes its profile along, and what its owner kept."""

from typing import Any

from contracts.auth import AccountClosed, UserSuspended
from escorts.publisher import Publisher
from escorts.repository.maintenance import Upkeep
from escorts.repository.slugs import slug_reader
from escorts.service import saved_items
from escorts.service.maintenance import Closing
from kit import clock
from kit.consumer import batch_handler
from kit.db import Database, UnitOfWork

database = Database.from_environment()


def _close(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    event = AccountClosed.from_envelope(envelope)
    _closing(work).close(event.user_id)
    saved_items.delete_account_items(work, event.user_id)


def _shut_out(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    event = UserSuspended.from_envelope(envelope)
    _closing(work).shut_out(event.user_id)


def _closing(work: UnitOfWork) -> Closing:
    return Closing(Upkeep(work), Publisher(work.outbox, slug_reader(work)), clock.now)


_HANDLERS = {AccountClosed.event_type(): _close, UserSuspended.event_type(): _shut_out}


def _handle(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    _HANDLERS[envelope["type"]](work, envelope)


handler = batch_handler(lambda: database, "escorts.accounts", _handle)
