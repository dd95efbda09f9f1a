"""Errors of the vault; each is a state that a page shows, or a mistake of the caller.

No error carries a secret or text of the workspace. If KMS or DynamoDB is out of reach, `kit.errors.Unavailable` is
raised instead, and nothing has changed.
"""


class VaultError(Exception):
    """Base class of the vault's errors."""


class VaultNotCreated(VaultError):
    """The tenant has not created a workspace."""


class VaultDestroyed(VaultError):
    """The tenant's keys were destroyed for good."""


class VaultLocked(VaultError):
    """The vault has a passphrase, and the request carries no unlock."""


class UnlockExpired(VaultError):
    """The unlock has ended: expired, locked, locked everywhere, older than the passphrase, or not issued by us."""


class WrongPassphrase(VaultError):
    """The passphrase does not open the vault."""


class WrongRecoveryCode(WrongPassphrase):
    """The recovery code does not open the vault, or was used up."""


class MalformedRecoveryCode(WrongRecoveryCode):
    """The text is no recovery code: its checksum is wrong, so nothing was tried with it."""


class DecryptionFailed(VaultError):
    """The ciphertext was changed, or was sealed for another row, client, tenant or generation."""


class RecordRekeyed(DecryptionFailed):
    """The document was sealed under an earlier key of this client: the row was re-keyed after it was read."""


class VaultRekeyed(RecordRekeyed):
    """The document was sealed under keys newer than this opened vault: open the vault again."""


class ClientShredded(VaultError):
    """The client has no key, or no longer has one."""


class InvalidVaultState(VaultError):
    """The operation is not possible in this state: a passphrase is set already, or none is set."""


class ConcurrentKeyChange(VaultError):
    """Another request changed the vault's keys at the same moment; nothing of this request was written."""
