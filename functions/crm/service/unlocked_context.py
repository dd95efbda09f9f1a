"""The context of a request to an unlocked workspace: one transaction, its keys, a clock."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm.vault import OpenVault
from kit.clock import Clock
from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class UnlockedContext:
    """Unit of work, vault and clock of a use case. The transaction sees this provider's rows alone."""

    work: UnitOfWork
    vault: OpenVault
    clock: Clock

    @property
    def provider_id(self) -> UUID:
        """Return the id of the provider who owns the workspace."""
        return self.vault.tenant

    def now(self) -> datetime:
        """Return the current time."""
        return self.clock()


def set_tenant(work: UnitOfWork, provider_id: UUID) -> None:
    """Restrict the rest of the transaction to one provider's rows (row level security)."""
    work.set_local("app.provider_id", str(provider_id))
