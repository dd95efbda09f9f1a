"""A provider at work in her book: one request, one transaction, her keys at hand."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm.vault import OpenVault
from kit.clock import Clock
from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class UnlockedContext:
    """What every use case of an open book works with. The transaction sees this provider's rows alone."""

    work: UnitOfWork
    vault: OpenVault
    clock: Clock

    @property
    def provider_id(self) -> UUID:
        """Whose book it is."""
        return self.vault.tenant

    def now(self) -> datetime:
        """Return the time."""
        return self.clock()


def set_tenant(work: UnitOfWork, provider_id: UUID) -> None:
    """Let the rest of the transaction see one provider's rows, and nobody else's."""
    work.set_local("app.provider_id", str(provider_id))
