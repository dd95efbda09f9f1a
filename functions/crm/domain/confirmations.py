"""What is said before keys are changed, and what is to be typed so that nobody does it by accident.

One place for the API and for the pages, so that both say the same.
"""

from dataclasses import dataclass

from kit.errors import Invalid


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What to know beforehand, and the words to type."""

    title: str
    sentences: tuple[str, ...]
    confirm: str


ENABLE = Confirmation(
    "Put a passphrase on your book",
    (
        "From now on your book opens with your passphrase and not without it: for you, for us, for anybody.",
        "We do not keep it and cannot reset it. Your account's password does not replace it.",
        "You get a recovery code, once. Write it on paper and keep it apart from this device.",
        "Without the passphrase and without the code, everything in this book is lost for good.",
    ),
    "I will keep my recovery code",
)
DISABLE = Confirmation(
    "Take the passphrase off your book",
    (
        "Your book stays encrypted, but from then on it opens with your sign-in alone.",
        "Whoever gets into your account gets into your book.",
        "It happens 24 hours after you ask for it, when you enter the passphrase once more.",
        "Until then you can take it back at any time.",
    ),
    "take the passphrase off",
)
RECOVERY_CODE = Confirmation(
    "Make a new recovery code",
    (
        "The code that you have now stops working. Write the new one down at once: it is shown once.",
    ),
    "",
)
ROTATE = Confirmation(
    "Change the keys",
    (
        "Every entry is sealed again under new keys, in the background. You can go on working.",
        "Do this when you fear that somebody had a copy of the keys; your passphrase stays the same.",
    ),
    "",
)
RECREATE = Confirmation(
    "Begin a new book",
    ("The keys of the book before were destroyed. The new one is empty and has keys of its own.",),
    "begin again",
)
_DESTROY = "destroy"


def delete_workspace_confirmation(slug: str) -> Confirmation:
    """Return what is said before a whole book is destroyed."""
    return Confirmation(
        "Destroy this book",
        (
            "All keys of your book are destroyed, and every entry in it is deleted.",
            "Nobody can undo this: not you with your passphrase or your code, not we, not from any backup.",
            "What happened to the book, without any name in it, stays written down.",
            "If you want to keep something, export it first.",
        ),
        f"{slug} {_DESTROY}",
    )


def require_confirmation(warned: Confirmation, typed: str) -> None:
    """Raise `Invalid` where the words were not typed; case and spaces do not matter."""
    if _plain(typed) != _plain(warned.confirm):
        raise Invalid("not-confirmed", f"Type: {warned.confirm}", field="confirm")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
