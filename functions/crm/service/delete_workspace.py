"""Destroying a whole book, and beginning another one in its place.

The rows are deleted first, not yet committed; then the keys are destroyed; then the rows are committed. Stopped before
the keys: nothing has happened. Stopped after them: nobody can read the book again, and the same request deletes the
rows, which are noise by then. Neither the passphrase nor KMS is needed, so that who lost both can begin anew.
"""

from crm.domain.audit_log import AuditAction
from crm.domain.confirmations import RECREATE, delete_workspace_confirmation, require_confirmation
from crm.repository.workspace_deletion import WorkspaceDeletion
from crm.service.vault_access import VaultAccess
from crm.vault import VaultState
from kit.errors import Conflict, InvalidState


def delete_workspace(access: VaultAccess, confirm: str) -> int:
    """Destroy every key of the book and delete its rows; return how many clients were in it.

    By somebody who signed in just now and typed what the warning says. Raises `InvalidState` under a legal hold; none
    can be placed meanwhile.
    """
    require_confirmation(delete_workspace_confirmation(access.slug), confirm)
    access.require_recent_login()
    access.key_metadata.lock()
    rows = WorkspaceDeletion(access.work, access.provider_id)
    if rows.is_held():
        raise InvalidState(
            "legal-hold",
            "Something in this book is under a legal hold and must stay: lift the hold first, if you may.",
        )
    state = access.state()
    if state is VaultState.NONE:
        raise Conflict("no-vault", "This book has not been begun yet.")
    clients = rows.clients()
    rows.delete()
    access.key_metadata.passphrase_gone()
    access.audit_log.append(AuditAction.BOOK_WIPED, clients=clients)
    # Again where it is shredded already: items that a request in flight wrote since are gone then, too.
    access.keyring.shred(access.provider_id)
    return clients


def recreate_workspace(access: VaultAccess, confirm: str) -> None:
    """Begin an empty book where one was destroyed. Stopped after the keys: it has begun, and once more says so."""
    require_confirmation(RECREATE, confirm)
    access.key_metadata.lock()
    if access.state() is not VaultState.SHREDDED:
        raise Conflict("book-exists", "Your book is there: there is nothing to begin again.")
    access.keyring.create(access.provider_id, again=True)
    access.audit_log.append(AuditAction.BOOK_BEGUN)
