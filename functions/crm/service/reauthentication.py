"""Before a whole book leaves or goes: the passphrase once more; where there is none, a sign-in of just now.

Whoever finds her phone unlocked has the room's session, and nothing else.
"""

from crm.service.unlocked_context import UnlockedContext
from crm.service.vault_access import VaultAccess
from kit.errors import Invalid


def require_reauthentication(
    access: VaultAccess, context: UnlockedContext, passphrase: str | None, *, during: str
) -> None:
    """Raise unless this is the book's passphrase, or it has none and she signed in just now.

    A wrong one is counted and written down.
    """
    if not context.vault.has_passphrase:
        access.require_recent_login()
        return
    if not passphrase:
        raise Invalid(
            "passphrase-missing", "Enter your book's passphrase once more.", field="passphrase"
        )
    with access.confirm_passphrase(during=during):
        access.verify_passphrase(passphrase)
