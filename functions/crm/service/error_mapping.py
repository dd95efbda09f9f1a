"""What keeps a book shut, said to a person."""

from crm import vault
from kit.errors import Conflict, DomainError, Gone, Invalid, Locked

_ERRORS: dict[type[vault.VaultError], tuple[type[DomainError], str, str, str | None]] = {
    vault.VaultNotCreated: (Conflict, "no-vault", "This book has not been begun yet.", None),
    vault.VaultLocked: (
        Locked, "vault-locked", "Your book is locked: unlock it with your passphrase.", None,
    ),
    vault.UnlockExpired: (
        Locked, "unlock-expired", "Your book locked itself: unlock it with your passphrase.", None,
    ),
    vault.WrongPassphrase: (
        Invalid, "wrong-passphrase", "This is not your passphrase.", "passphrase",
    ),
    vault.WrongRecoveryCode: (
        Invalid, "wrong-recovery-code",
        "This recovery code does not open your book, or was used already.", "code",
    ),
    vault.MalformedRecoveryCode: (
        Invalid, "mistyped-code",
        "This is not a whole recovery code: look for a letter that was mistaken for another.", "code",
    ),
    vault.RecordRekeyed: (
        Conflict, "book-busy", "Your book is being changed at this moment: try again.", None,
    ),
    vault.VaultDestroyed: (
        Gone, "vault-shredded", "The keys of this book were destroyed: nobody can read it.", None,
    ),
    vault.ClientShredded: (
        Gone, "client-shredded", "The key of this entry was destroyed: nobody can read it.", None,
    ),
    vault.DecryptionFailed: (
        Conflict, "unreadable",
        "This entry does not open with its key: somebody changed it behind your back. Tell us.",
        None,
    ),
}  # fmt: skip


def to_domain_error(error: vault.VaultError) -> DomainError:
    """Return what a person is told about `error`, and which status it has."""
    for kind in type(error).__mro__:
        if kind in _ERRORS:
            refused, code, message, field = _ERRORS[kind]
            return refused(code, message, field=field)
    return Conflict("book-busy", "Your book is being changed at this moment: try again.")
