"""A provider closes her account: her rows go, the keys of her book are destroyed, and what happened to it stays."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from crm.domain.audit_log import TrailAction
from crm.repository.workspace_deletion import Wiping
from crm.repository.workspaces import hold_book
from crm.service.audit_log import Trail
from crm.service.unlocked_context import enter_as
from crm.vault import Keyring, NoVault
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.observability import logger


@dataclass(frozen=True, slots=True)
class Leaving:
    """Ends books."""

    work: UnitOfWork
    keyring: Keyring
    clock: Clock

    def end(self, user_id: UUID) -> bool:
        """End somebody's book; False for all those who have none, clients among them.

        Stopped after the keys, before the commit: it comes again, and finds rows that nobody can read.
        """
        enter_as(self.work, user_id)
        if not hold_book(self.work, user_id):
            return False
        rows = Wiping(self.work, user_id)
        if rows.is_held():
            # Nobody signs in to it any more; what the law wants kept is kept, sealed.
            logger().warning("a closed account's book is under a legal hold")
            return False
        clients = rows.clients()
        rows.empty()
        Trail(self.work, user_id, self.clock).note(
            TrailAction.BOOK_WIPED, reason="account-closed", clients=clients
        )
        with suppress(NoVault):
            self.keyring.shred(user_id)
        return True
