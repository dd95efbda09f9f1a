"""Closure of a provider's account: rows are deleted, the workspace's keys destroyed, and the audit log stays."""

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
    """Deletes the workspaces of closed accounts."""

    work: UnitOfWork
    keyring: Keyring
    clock: Clock

    def on_account_closed(self, user_id: UUID) -> bool:
        """Delete the workspace of a closed account; return False for accounts without one, clients among them.

        Stopped after the keys, before the commit: the event is delivered again, and finds rows that nobody can read.
        """
        set_tenant(self.work, user_id)
        if not lock_workspace(self.work, user_id):
            return False
        rows = WorkspaceDeletion(self.work, user_id)
        if rows.is_held():
            # The provider cannot sign in any more; data under a hold stays, encrypted.
            logger().warning("a closed account's workspace is under a legal hold")
            return False
        clients = rows.count_clients()
        rows.delete()
        AuditLog(self.work, user_id, self.clock).append(
            AuditAction.WORKSPACE_CLOSED, reason="account-closed", clients=clients
        )
        with suppress(VaultNotCreated):
            self.keyring.shred(user_id)
        return True
