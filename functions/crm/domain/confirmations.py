"""Warnings before changes of keys, and the words to type so that none is confirmed by accident.

Kept in one place, so that the API and the pages say the same.
"""

from dataclasses import dataclass

from kit.errors import Invalid


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A warning, and the words to type."""

    title: str
    sentences: tuple[str, ...]
    confirm: str


ENABLE = Confirmation(
    "Set a passphrase",
    (
        "From now on your client book opens only with your passphrase or your recovery code: not even we can open it.",
        "We do not store it and cannot reset it. Your account's password does not replace it.",
        "You get a recovery code, once. Write it on paper and keep it away from this device.",
        "If you lose both the passphrase and the recovery code, all data is lost for good.",
    ),
    "I will keep my recovery code",
)
DISABLE = Confirmation(
    "Remove the passphrase",
    (
        "Your client book stays encrypted, but from then on signing in is enough to open it.",
        "Anyone who gets into your account gets into your client book.",
        "You can remove it 24 hours after you request it, by entering the passphrase again.",
        "Until then you can cancel it at any time.",
    ),
    "remove the passphrase",
)
RECOVERY_CODE = Confirmation(
    "Create a new recovery code",
    ("The current code stops working. Write the new one down at once: it is shown only once.",),
    "",
)
ROTATE = Confirmation(
    "Rotate the encryption keys",
    (
        "All data is re-encrypted under new keys, in the background. You can go on working.",
        "Do this if you fear that the keys were copied; your passphrase stays the same.",
    ),
    "",
)
RECREATE = Confirmation(
    "Create a new client book",
    (
        "The keys of the deleted client book were destroyed. The new one is empty and has its own keys.",
    ),
    "create a new client book",
)
_DELETE = "delete"


def delete_workspace_confirmation(slug: str) -> Confirmation:
    """Return the warning before a workspace is deleted."""
    return Confirmation(
        "Delete this client book",
        (
            "All encryption keys are destroyed, and all data is deleted.",
            "This cannot be undone: not with your passphrase or recovery code, not by us, not from any backup.",
            "The activity log stays; it contains no names.",
            "Export first what you want to keep.",
        ),
        f"{_DELETE} {slug}",
    )


def require_confirmation(confirmation: Confirmation, typed: str) -> None:
    """Raise `Invalid` if other words were typed; case and spaces do not matter."""
    if _plain(typed) != _plain(confirmation.confirm):
        raise Invalid("not-confirmed", f"Type: {confirmation.confirm}", field="confirm")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
