"""Warnings before changes of keys, and the words to type so that none is confirmed by accident.

Kept in one place, so that the API and the pages say the same.
"""

from dataclasses import dataclass

from kit.errors import Invalid
from kit.i18n import N_
from kit.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A warning, and the words to type."""

    title: str
    sentences: tuple[str, ...]
    confirm: str


ENABLE = Confirmation(
    N_("Set a passphrase"),
    (
        N_(
            "From now on your client book opens only with your passphrase or your recovery code:"
            " not even we can open it."
        ),
        N_("We do not store it and cannot reset it. Your account's password does not replace it."),
        N_("You get a recovery code, once. Write it on paper and keep it away from this device."),
        N_("If you lose both the passphrase and the recovery code, all data is lost for good."),
    ),
    N_("I will keep my recovery code"),
)
DISABLE = Confirmation(
    N_("Remove the passphrase"),
    (
        N_("Your client book stays encrypted, but from then on signing in is enough to open it."),
        N_("Anyone who gets into your account gets into your client book."),
        N_("You can remove it 24 hours after you request it, by entering the passphrase again."),
        N_("Until then you can cancel it at any time."),
    ),
    N_("remove the passphrase"),
)
RECOVERY_CODE = Confirmation(
    N_("Create a new recovery code"),
    (N_("The current code stops working. Write the new one down at once: it is shown only once."),),
    "",
)
ROTATE = Confirmation(
    N_("Rotate the encryption keys"),
    (
        N_("All data is re-encrypted under new keys, in the background. You can go on working."),
        N_("Do this if you fear that the keys were copied; your passphrase stays the same."),
    ),
    "",
)
RECREATE = Confirmation(
    N_("Create a new client book"),
    (
        N_(
            "The keys of the deleted client book were destroyed. The new one is empty and has its own keys."
        ),
    ),
    N_("create a new client book"),
)


def delete_workspace_confirmation(slug: str) -> Confirmation:
    """Return the warning before a workspace is deleted."""
    return Confirmation(
        N_("Delete this client book"),
        (
            N_("All encryption keys are destroyed, and all data is deleted."),
            N_(
                "This cannot be undone: not with your passphrase or recovery code, not by us, not from any backup."
            ),
            N_("The activity log stays; it contains no names."),
            N_("Export first what you want to keep."),
        ),
        _("delete %(slug)s", slug=slug),
    )


def require_confirmation(confirmation: Confirmation, typed: str) -> None:
    """Raise `Invalid` if other words were typed; case and spaces do not matter."""
    words = _(confirmation.confirm)
    if _plain(typed) != _plain(words):
        raise Invalid("not-confirmed", _("Type: %(words)s", words=words), field="confirm")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
