"""A provider closes her account: her rows go, the keys of her book are destroyed, and what happened to it stays."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.repository.workspace_deletion import WorkspaceDeletion
from crm.repository.workspaces import lock_workspace
from crm.service.audit_log import AuditLog
from crm.service.unlocked_context import set_tenant
from crm.vault import Keyring, VaultNotCreated
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.observability import logger


@dataclass(frozen=True, slots=True)
class AccountClosure:
    """Ends books."""

    work: UnitOfWork
    keyring: Keyring
    clock: Clock

    def on_account_closed(self, user_id: UUID) -> bool:
        """End somebody's book; False for all those who have none, clients among them.

        Stopped after the keys, before the commit: it comes again, and finds rows that nobody can read.
        """
        set_tenant(self.work, user_id)
        if not lock_workspace(self.work, user_id):
            return False
        rows = WorkspaceDeletion(self.work, user_id)
        if rows.is_held():
            # Nobody signs in to it any more; what the law wants kept is kept, sealed.
            logger().warning("a closed account's book is under a legal hold")
            return False
        clients = rows.clients()
        rows.delete()
        AuditLog(self.work, user_id, self.clock).append(
            AuditAction.BOOK_WIPED, reason="account-closed", clients=clients
        )
        with suppress(VaultNotCreated):
            self.keyring.shred(user_id)
        return True
