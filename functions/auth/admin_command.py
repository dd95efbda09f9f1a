"""One-off admin commands, invoked by hand: `{"command": "create-admin", "email": "..."}`."""

from dataclasses import asdict
from typing import Any

from auth import settings
from auth.publisher import AccountEvents
from auth.repository.accounts import AccountRepository
from auth.repository.credentials import TokenRepository
from auth.service.administrators import Administrators
from kit import clock
from kit.db import Database, UnitOfWork

database = Database.from_environment()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Run the command and return its result; the link in the result is a secret."""
    match event:
        case {"command": "create-admin", "email": str(email)}:
            return database.run(lambda work: asdict(_administrators(work).create_admin(email)))
    raise ValueError('expected {"command": "create-admin", "email": "name@example.com"}')


def _administrators(work: UnitOfWork) -> Administrators:
    return Administrators(
        accounts=AccountRepository(work),
        tokens=TokenRepository(work),
        events=AccountEvents(work.outbox),
        origin=settings.public_origin(),
        now=clock.now,
    )
