"""The vault: encryption of a provider's workspace, so that nobody else can read it. The vault knows no HTTP and no SQL.

`Keyring` creates, opens, locks and shreds vaults; `OpenVault` seals and opens documents, each bound to its
`DocumentRef`; `Inbox` seals messages that arrive while a vault is locked. docs/adr 0013 to 0016 say which layer
protects against which attack.
"""

from crm.vault.document_ref import JSON, DocumentRef
from crm.vault.errors import (
    ClientShredded,
    ConcurrentKeyChange,
    DecryptionFailed,
    InvalidVaultState,
    MalformedRecoveryCode,
    RecordRekeyed,
    UnlockExpired,
    VaultDestroyed,
    VaultError,
    VaultLocked,
    VaultNotCreated,
    VaultRekeyed,
    WrongPassphrase,
    WrongRecoveryCode,
)
from crm.vault.inbox import Inbox
from crm.vault.key_bundle import VaultState
from crm.vault.keyring import Keyring
from crm.vault.open_vault import OpenVault
from crm.vault.recovery_code import require_well_formed
from crm.vault.session_unlocks import UnlockToken

__all__ = [
    "JSON",
    "ClientShredded",
    "ConcurrentKeyChange",
    "DecryptionFailed",
    "DocumentRef",
    "Inbox",
    "InvalidVaultState",
    "Keyring",
    "MalformedRecoveryCode",
    "OpenVault",
    "RecordRekeyed",
    "UnlockExpired",
    "UnlockToken",
    "VaultDestroyed",
    "VaultError",
    "VaultLocked",
    "VaultNotCreated",
    "VaultRekeyed",
    "VaultState",
    "WrongPassphrase",
    "WrongRecoveryCode",
    "require_well_formed",
]
