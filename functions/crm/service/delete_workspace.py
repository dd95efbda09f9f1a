"""Destroying a whole book, and beginning another one in its place.

The rows are deleted first, not yet committed; then the keys are destroyed; then the rows are committed. Stopped before
the keys: nothing has happened. Stopped after them: nobody can read the book again, and the same request deletes the
rows, which are noise by then. Neither the passphrase nor KMS is needed, so that who lost both can begin anew.
"""

from crm.domain.audit_log import TrailAction
from crm.domain.confirmations import BEGIN, require_typed, shred
from crm.repository.workspace_deletion import Wiping
from crm.service.vault_access import Door
from crm.vault import VaultState
from kit.errors import Conflict, InvalidState


def destroy(door: Door, confirm: str) -> int:
    """Destroy every key of the book and delete its rows; return how many clients were in it.

    By somebody who signed in just now and typed what the warning says. Raises `InvalidState` under a legal hold; none
    can be placed meanwhile.
    """
    require_typed(shred(door.slug), confirm)
    door.require_fresh()
    door.notes.hold()
    rows = Wiping(door.work, door.provider_id)
    if rows.is_held():
        raise InvalidState(
            "legal-hold",
            "Something in this book is under a legal hold and must stay: lift the hold first, if you may.",
        )
    state = door.state()
    if state is VaultState.NONE:
        raise Conflict("no-vault", "This book has not been begun yet.")
    clients = rows.clients()
    rows.empty()
    door.notes.passphrase_gone()
    door.trail.note(TrailAction.BOOK_WIPED, clients=clients)
    # Again where it is shredded already: items that a request in flight wrote since are gone then, too.
    door.keyring.shred(door.provider_id)
    return clients


def begin_again(door: Door, confirm: str) -> None:
    """Begin an empty book where one was destroyed. Stopped after the keys: it has begun, and once more says so."""
    require_typed(BEGIN, confirm)
    door.notes.hold()
    if door.state() is not VaultState.SHREDDED:
        raise Conflict("book-exists", "Your book is there: there is nothing to begin again.")
    door.keyring.create(door.provider_id, again=True)
    door.trail.note(TrailAction.BOOK_BEGUN)
