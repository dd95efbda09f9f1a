"""What happened to a book, in words."""

from crm.domain.trail import Action

_SAID = {
    Action.SESSION_UNLOCKED: "Book unlocked",
    Action.SESSION_UNLOCK_FAILED: "Wrong passphrase",
    Action.SESSION_LOCKED: "Book locked",
    Action.SESSION_PANIC: "All sessions locked at once",
    Action.ENCRYPTION_ENABLED: "Passphrase put on",
    Action.ENCRYPTION_DISABLED: "Passphrase taken off",
    Action.ENCRYPTION_DISABLE_ASKED: "Asked to take the passphrase off",
    Action.ENCRYPTION_DISABLE_CANCELLED: "Passphrase kept after all",
    Action.PASSPHRASE_CHANGED: "Passphrase changed",
    Action.RECOVERY_CODE_RENEWED: "New recovery code made",
    Action.RECOVERED: "Opened by the recovery code",
    Action.RECOVERY_FAILED: "Wrong recovery code",
    Action.KEYS_ROTATED: "Keys changed",
    Action.REKEY_FINISHED: "Everything sealed under the new keys",
    Action.CLIENT_FORGOTTEN: "Client forgotten",
    Action.CLIENTS_MERGED: "Clients merged",
    Action.BOOK_BEGUN: "New book begun",
    Action.BOOK_WIPED: "Book destroyed",
    Action.EXPORTED: "Book exported",
    Action.IMPORTED: "Entries imported",
    Action.SETTINGS_CHANGED: "Settings changed",
    Action.HOLD_PLACED: "Legal hold placed",
    Action.HOLD_RELEASED: "Legal hold lifted",
    Action.RETENTION_RUN: "Old entries cleared by rule",
    Action.AREA_ANNOUNCED: "Area announced",
}


def said(action: Action) -> str:
    """Return what an entry of the trail is called."""
    return _SAID.get(action) or action.replace("-", " ").replace(".", ": ").capitalize()
