"""Before a whole book leaves or goes: the passphrase once more, where there is one."""

from crm.domain.trail import TrailAction
from crm.service.desk import Desk
from crm.service.door import Door
from kit.errors import Invalid


def prove_again(door: Door, desk: Desk, passphrase: str | None, *, during: str) -> None:
    """Raise unless the book has no passphrase, or this is it. A wrong one is counted and written down."""
    if not desk.vault.has_passphrase:
        return
    if not passphrase:
        raise Invalid(
            "passphrase-missing", "Enter your book's passphrase once more.", field="passphrase"
        )
    with door.tried(TrailAction.SESSION_UNLOCK_FAILED, during=during):
        door.prove(passphrase)
