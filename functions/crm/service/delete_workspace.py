"""Deletion of a whole workspace, and its recreation.

The rows are deleted first, not yet committed; then the keys are destroyed; then the rows are committed. Stopped before
the keys: nothing has happened. Stopped after them: nobody can read the workspace again, and the same request deletes
the rows, which are noise by then. Neither the passphrase nor KMS is needed, so that a provider who lost both can start
again.
"""

from crm.domain.audit_log import AuditAction
from crm.domain.confirmations import RECREATE, delete_workspace_confirmation, require_confirmation
from crm.repository.workspace_deletion import WorkspaceDeletion
from crm.service.vault_access import VaultAccess
from crm.vault import VaultState
from kit.errors import Conflict, InvalidState
from kit.i18n import gettext as _


def delete_workspace(access: VaultAccess, confirm: str) -> int:
    """Destroy every key of the workspace and delete its rows; return how many clients were in it.

    Requires a recent login and the typed words of the warning. Raises `InvalidState` under a legal hold; none can be
    placed meanwhile.
    """
    require_confirmation(delete_workspace_confirmation(access.slug), confirm)
    access.require_recent_login()
    access.key_metadata.lock()
    rows = WorkspaceDeletion(access.work, access.provider_id)
    if rows.is_held():
        raise InvalidState(
            "legal-hold",
            _("Some data is under a legal hold and must stay: release the hold first, if you may."),
        )
    state = access.state()
    if state is VaultState.NONE:
        raise Conflict("workspace-not-created", _("This client book does not exist yet."))
    clients = rows.count_clients()
    rows.delete()
    access.key_metadata.clear_passphrase()
    access.audit_log.append(AuditAction.WORKSPACE_DELETED, clients=clients)
    # Repeated for a shredded vault: items that a concurrent request wrote meanwhile are deleted then, too.
    access.keyring.shred(access.provider_id)
    return clients


def recreate_workspace(access: VaultAccess, confirm: str) -> None:
    """Create an empty workspace in place of a deleted one. Stopped after the keys, a repetition says that it exists."""
    require_confirmation(RECREATE, confirm)
    access.key_metadata.lock()
    if access.state() is not VaultState.SHREDDED:
        raise Conflict(
            "workspace-exists", _("Your client book exists: there is nothing to create.")
        )
    access.keyring.create(access.provider_id, recreate=True)
    access.audit_log.append(AuditAction.WORKSPACE_RECREATED)
