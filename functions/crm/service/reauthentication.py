"""Before a whole book leaves or goes: the passphrase once more; where there is none, a sign-in of just now.

Whoever finds her phone unlocked has the room's session, and nothing else.
"""

from crm.service.unlocked_context import Desk
from crm.service.vault_access import Door
from kit.errors import Invalid


def prove_again(door: Door, desk: Desk, passphrase: str | None, *, during: str) -> None:
    """Raise unless this is the book's passphrase, or it has none and she signed in just now.

    A wrong one is counted and written down.
    """
    if not desk.vault.has_passphrase:
        door.require_fresh()
        return
    if not passphrase:
        raise Invalid(
            "passphrase-missing", "Enter your book's passphrase once more.", field="passphrase"
        )
    with door.proved(during=during):
        door.prove(passphrase)
