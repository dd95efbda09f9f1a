"""Books without HTTP: use cases at a desk, each in a transaction of its own, as the CRM's web function."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.domain.clients import Client, ClientProfile
from crm.repository.workspaces import WorkspaceRepository
from crm.service.audit_log import AuditLog
from crm.service.clients import ClientService, NewClient
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.vault import Keyring
from kit import clock
from kit.db import Database
from kit.errors import DomainError
from tests.factories.database_waits import count_lock_waits
from tests.factories.waiting import PATIENCE, wait_until


@dataclass(frozen=True)
class Study:
    """Where one provider works; each `at_desk` is one request."""

    connect: Callable[[], Database]
    keyring: Keyring
    provider_id: UUID
    now: Callable[[], datetime] = clock.now

    @contextmanager
    def at_desk(self) -> Iterator[UnlockedContext]:
        """Open the book for one transaction on a connection of its own."""
        with self.connect().transaction() as work:
            set_tenant(work, self.provider_id)
            WorkspaceRepository(work).ensure(self.provider_id, self.now())
            self.keyring.create(self.provider_id)
            yield UnlockedContext(work, self.keyring.open(self.provider_id), self.now)

    def trail(self, desk: UnlockedContext) -> AuditLog:
        """Return where it is written down what happens at a desk."""
        return AuditLog(desk.work, self.provider_id, self.now)

    def client(self, name: str = "Leo Brandt", **details: Any) -> Client:
        """Keep somebody."""
        with self.at_desk() as desk:
            return self.add(desk, name, **details)

    def add(self, desk: UnlockedContext, name: str, **details: Any) -> Client:
        """Keep somebody in the transaction of a desk."""
        new = NewClient(details=ClientProfile(name=name, **details))
        return ClientService(desk).add(new, allow_duplicate=True)

    def has_key(self, client_id: UUID) -> bool:
        """Tell whether somebody's documents could still be opened."""
        with self.at_desk() as desk:
            desk.vault.load([client_id])
            return client_id in desk.vault._clients._items


def outcome(act: Callable[[], object]) -> str:
    """Return what came of a use case: "done", or the code of its refusal."""
    try:
        act()
    except DomainError as refusal:
        return refusal.code
    return "done"


def meanwhile(owner: Database, first: Iterator[Any], second: Callable[[], object]) -> str:
    """Do `first` up to its yield, let `second` run until it waits, finish `first`; return what came of `second`."""
    next(first)
    with ThreadPoolExecutor(1) as pool:
        waiting: Future[str] = pool.submit(outcome, second)
        wait_until(lambda: waiting.done() or count_lock_waits(owner), "the second waiting")
        assert not waiting.done(), waiting.result()
        assert next(first, None) is None
        return waiting.result(PATIENCE)
