"""What happened to a book, in words."""

from crm.domain.trail import TrailAction

_SAID = {
    TrailAction.SESSION_UNLOCKED: "Book unlocked",
    TrailAction.SESSION_UNLOCK_FAILED: "Wrong passphrase",
    TrailAction.SESSION_LOCKED: "Book locked",
    TrailAction.SESSION_PANIC: "All sessions locked at once",
    TrailAction.ENCRYPTION_ENABLED: "Passphrase put on",
    TrailAction.ENCRYPTION_DISABLED: "Passphrase taken off",
    TrailAction.ENCRYPTION_DISABLE_ASKED: "Asked to take the passphrase off",
    TrailAction.ENCRYPTION_DISABLE_CANCELLED: "Passphrase kept after all",
    TrailAction.PASSPHRASE_CHANGED: "Passphrase changed",
    TrailAction.RECOVERY_CODE_RENEWED: "New recovery code made",
    TrailAction.RECOVERED: "Opened by the recovery code",
    TrailAction.RECOVERY_FAILED: "Wrong recovery code",
    TrailAction.KEYS_ROTATED: "Keys changed",
    TrailAction.REKEY_FINISHED: "Everything sealed under the new keys",
    TrailAction.OLDER_KEYS_REFUSED: "Older keys were put back: the book stayed shut",
    TrailAction.OLDER_KEYS_TAKEN: "Older keys were put back by us, after a restore",
    TrailAction.CLIENT_FORGOTTEN: "Client forgotten",
    TrailAction.CLIENTS_MERGED: "Clients merged",
    TrailAction.BOOK_BEGUN: "New book begun",
    TrailAction.BOOK_WIPED: "Book destroyed",
    TrailAction.EXPORTED: "Book exported",
    TrailAction.IMPORTED: "Entries imported",
    TrailAction.SETTINGS_CHANGED: "Settings changed",
    TrailAction.HOLD_PLACED: "Legal hold placed",
    TrailAction.HOLD_RELEASED: "Legal hold lifted",
    TrailAction.RETENTION_RUN: "Old entries cleared by rule",
    TrailAction.AREA_ANNOUNCED: "Area announced",
    TrailAction.SUBJECT_ANSWERED: "Somebody's request answered",
}


def said(action: TrailAction) -> str:
    """Return what an entry of the trail is called."""
    return _SAID.get(action) or action.replace("-", " ").replace(".", ": ").capitalize()
