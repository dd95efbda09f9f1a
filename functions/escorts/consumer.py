"""Event entry: a closed account takes its profile along."""

from typing import Any

from contracts.auth import AccountClosed
from escorts.publisher import Publisher
from escorts.repository.upkeep import Upkeep
from escorts.service.upkeep import Closing
from kit import clock
from kit.consumer import batch_handler
from kit.db import Database, UnitOfWork

database = Database.from_environment()


def _close(work: UnitOfWork, envelope: dict[str, Any]) -> None:
    event = AccountClosed.from_envelope(envelope)
    Closing(Upkeep(work), Publisher(work.outbox), clock.now).close(event.user_id)


handler = batch_handler(lambda: database, "escorts.accounts", _close)
