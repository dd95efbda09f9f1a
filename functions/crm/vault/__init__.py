"""The vault: keeps a provider's client book so that nobody else can read it. It knows no HTTP and no SQL.

`Keyring` begins, opens, locks and shreds vaults; `OpenVault` seals and opens documents, each bound to its `Place`;
`Inbox` seals what arrives while a vault is locked. docs/adr 0013 to 0016 say which layer protects against which attack.
"""

from crm.vault.document_ref import JSON, Place
from crm.vault.errors import (
    ChangedMeanwhile,
    ClientShredded,
    MistypedCode,
    NoVault,
    StaleRow,
    StaleVault,
    UnlockExpired,
    Unreadable,
    VaultError,
    VaultLocked,
    VaultShredded,
    WrongPassphrase,
    WrongRecoveryCode,
    WrongState,
)
from crm.vault.inbox import Inbox
from crm.vault.key_bundle import VaultState
from crm.vault.keyring import Keyring
from crm.vault.open_vault import OpenVault
from crm.vault.recovery_code import require_whole
from crm.vault.session_unlocks import Unlock

__all__ = [
    "JSON",
    "ChangedMeanwhile",
    "ClientShredded",
    "Inbox",
    "Keyring",
    "MistypedCode",
    "NoVault",
    "OpenVault",
    "Place",
    "StaleRow",
    "StaleVault",
    "Unlock",
    "UnlockExpired",
    "Unreadable",
    "VaultError",
    "VaultLocked",
    "VaultShredded",
    "VaultState",
    "WrongPassphrase",
    "WrongRecoveryCode",
    "WrongState",
    "require_whole",
]
