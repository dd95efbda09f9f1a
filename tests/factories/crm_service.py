"""Workspace without HTTP: service calls, each in its own transaction as in the CRM web function."""

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
from crm.service.clients import ClientInput, ClientService
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.vault import Keyring
from kit import clock
from kit.db import Database
from kit.errors import DomainError
from tests.factories.database_waits import count_lock_waits
from tests.factories.waiting import PATIENCE, wait_until


@dataclass(frozen=True)
class CrmServiceWorld:
    """Workspace of one provider; each `unlocked` is one request."""

    connect: Callable[[], Database]
    keyring: Keyring
    provider_id: UUID
    now: Callable[[], datetime] = clock.now

    @contextmanager
    def unlocked(self) -> Iterator[UnlockedContext]:
        """Open the workspace for one transaction on its own connection."""
        with self.connect().transaction() as work:
            set_tenant(work, self.provider_id)
            WorkspaceRepository(work).ensure(self.provider_id, self.now())
            self.keyring.create(self.provider_id)
            yield UnlockedContext(work, self.keyring.open(self.provider_id), self.now)

    def audit_log(self, context: UnlockedContext) -> AuditLog:
        """Return the audit log of a context."""
        return AuditLog(context.work, self.provider_id, self.now)

    def create_client(self, name: str = "Leo Brandt", **details: Any) -> Client:
        """Add a client."""
        with self.unlocked() as context:
            return self.add_client(context, name, **details)

    def add_client(self, context: UnlockedContext, name: str, **details: Any) -> Client:
        """Add a client in the transaction of a context."""
        new = ClientInput(profile=ClientProfile(name=name, **details))
        return ClientService(context).add(new, allow_duplicate=True)

    def has_key(self, client_id: UUID) -> bool:
        """Return whether the client's documents can still be decrypted."""
        with self.unlocked() as context:
            context.vault.load([client_id])
            return client_id in context.vault._clients._items


def outcome(act: Callable[[], object]) -> str:
    """Return "done", or the error code of the call."""
    try:
        act()
    except DomainError as refusal:
        return refusal.code
    return "done"


def run_while_waiting(owner: Database, first: Iterator[Any], second: Callable[[], object]) -> str:
    """Run `first` up to its yield, let `second` run until it waits, finish `first`; return the outcome of `second`."""
    next(first)
    with ThreadPoolExecutor(1) as pool:
        waiting: Future[str] = pool.submit(outcome, second)
        wait_until(lambda: waiting.done() or count_lock_waits(owner), "the second waiting")
        assert not waiting.done(), waiting.result()
        assert next(first, None) is None
        return waiting.result(PATIENCE)
