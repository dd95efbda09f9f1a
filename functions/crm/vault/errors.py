"""What can come of asking the vault; each a state that a page shows or a mistake of the caller.

They carry no secret and no text of the client book. Where KMS or DynamoDB is out of reach, `kit.errors.Unavailable` is
raised instead, and nothing has changed.
"""


class VaultError(Exception):
    """Anything the vault refuses."""


class VaultNotCreated(VaultError):
    """This tenant has not begun a client book."""


class VaultDestroyed(VaultError):
    """Its keys are gone for good."""


class VaultLocked(VaultError):
    """It has a passphrase, and no unlock was shown."""


class UnlockExpired(VaultError):
    """The unlock is over: expired, locked, ended in panic, from before another passphrase, or not one of ours."""


class WrongPassphrase(VaultError):
    """The passphrase does not open it."""


class WrongRecoveryCode(WrongPassphrase):
    """The recovery code does not open it, or was used up."""


class MalformedRecoveryCode(WrongRecoveryCode):
    """Not a recovery code at all: its checksum is wrong, so nothing was tried with it."""


class DecryptionFailed(VaultError):
    """Changed since it was sealed, or sealed for another place, client, tenant or generation."""


class RecordRekeyed(DecryptionFailed):
    """Sealed under a key that this client had before: the row was re-keyed since it was read."""


class VaultRekeyed(RecordRekeyed):
    """Sealed under keys that began after this vault was opened: open it again."""


class ClientShredded(VaultError):
    """This client has no key, or none any more."""


class InvalidVaultState(VaultError):
    """Not to be done in this state: a passphrase is there already, or there is none."""


class ConcurrentKeyChange(VaultError):
    """Somebody else changed the vault's keys at the same moment; nothing of ours was written."""
