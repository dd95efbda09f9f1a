"""Mapping of vault errors to domain errors with a status, a code and a text."""

from crm import vault
from kit.errors import Conflict, DomainError, Gone, Invalid, Locked
from kit.i18n import N_
from kit.i18n import gettext as _

_ERRORS: dict[type[vault.VaultError], tuple[type[DomainError], str, str, str | None]] = {
    vault.VaultNotCreated: (Conflict, "workspace-not-created", N_("This client book does not exist yet."), None),
    vault.VaultLocked: (
        Locked, "vault-locked", N_("Your client book is locked: unlock it with your passphrase."), None,
    ),
    vault.UnlockExpired: (
        Locked, "unlock-expired", N_("Your client book was locked: unlock it with your passphrase."), None,
    ),
    vault.WrongPassphrase: (
        Invalid, "wrong-passphrase", N_("Wrong passphrase."), "passphrase",
    ),
    vault.WrongRecoveryCode: (
        Invalid, "wrong-recovery-code",
        N_("Wrong recovery code, or it was used already."), "code",
    ),
    vault.MalformedRecoveryCode: (
        Invalid, "mistyped-code",
        N_("This recovery code is mistyped: compare each letter with your note."), "code",
    ),
    vault.RecordRekeyed: (
        Conflict, "workspace-busy", N_("Your client book is being changed at the moment: try again."), None,
    ),
    vault.VaultDestroyed: (
        Gone, "vault-shredded",
        N_("This client book was deleted: its keys are destroyed, and nobody can read it."), None,
    ),
    vault.ClientShredded: (
        Gone, "client-shredded", N_("The key of this record was destroyed: nobody can read it."), None,
    ),
    vault.DecryptionFailed: (
        Conflict, "unreadable",
        N_("This record cannot be decrypted: it was changed outside the site. Contact support."),
        None,
    ),
}  # fmt: skip


def to_domain_error(error: vault.VaultError) -> DomainError:
    """Map a vault error to the domain error with its status and text."""
    for kind in type(error).__mro__:
        if kind in _ERRORS:
            refused, code, message, field = _ERRORS[kind]
            return refused(code, _(message), field=field)
    return Conflict(
        "workspace-busy", _("Your client book is being changed at the moment: try again.")
    )
