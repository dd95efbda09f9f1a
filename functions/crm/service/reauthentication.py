"""Reauthentication: export and clearing require the passphrase again or, without one, a login within 10 minutes.

A thief with an unlocked phone has the session, and nothing else.
"""

from crm.service.unlocked_context import UnlockedContext
from crm.service.vault_access import VaultAccess
from kit.errors import Invalid
from kit.i18n import gettext as _


def require_reauthentication(
    access: VaultAccess, context: UnlockedContext, passphrase: str | None, *, during: str
) -> None:
    """Raise unless this is the workspace's passphrase or, if it has none, the login is recent.

    A wrong passphrase is counted and audited.
    """
    if not context.vault.has_passphrase:
        access.require_recent_login()
        return
    if not passphrase:
        raise Invalid(
            "passphrase-missing", _("Enter your client book's passphrase."), field="passphrase"
        )
    with access.confirm_passphrase(during=during):
        access.verify_passphrase(passphrase)
