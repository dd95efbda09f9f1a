"""The state of a workspace, as a page shows it before anything is opened."""

from dataclasses import dataclass
from datetime import datetime

from crm.repository.audit_log import AuditLogRepository
from crm.repository.rekey import RekeyRepository
from crm.service.encryption import due_at
from crm.service.rekey import RekeyProgress
from crm.service.vault_access import VaultAccess
from crm.vault import (
    OpenVault,
    UnlockExpired,
    VaultDestroyed,
    VaultLocked,
    VaultNotCreated,
    VaultState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceState:
    """State of a workspace. While it is locked, `generation` and `rekey` are as the last unlocked request saw them."""

    mode: VaultState
    locked: bool
    unlocked_until: datetime | None
    generation: int
    rekey: RekeyProgress | None
    passphrase_changed_at: datetime | None
    recovery_code_at: datetime | None
    disable_due_at: datetime | None


def workspace_state(access: VaultAccess) -> WorkspaceState:
    """Return the state; an unlock of the request is tried, which may need KMS. Raises `Unavailable` if KMS is out of
    reach.
    """
    mode, metadata = access.state(), access.key_metadata.read()
    vault = _vault(access, mode)
    unlocked_until = None
    if vault is not None and vault.has_passphrase:
        table = AuditLogRepository(access.work, access.provider_id)
        unlocked_until = table.last_unlock(access.session.id)
    return WorkspaceState(
        mode=mode,
        locked=mode is VaultState.PASSPHRASE and vault is None,
        unlocked_until=unlocked_until,
        generation=vault.generation if vault else metadata.key_version,
        rekey=_progress(access, vault) if vault else None,
        passphrase_changed_at=metadata.passphrase_changed_at,
        recovery_code_at=metadata.recovery_code_at,
        disable_due_at=due_at(metadata.disable_requested_at, access.clock()),
    )


def _vault(access: VaultAccess, mode: VaultState) -> OpenVault | None:
    is_locked = mode is VaultState.PASSPHRASE and access.unlock is None
    if is_locked or mode in {VaultState.NONE, VaultState.SHREDDED}:
        return None
    try:
        return access.open()
    except (VaultNotCreated, VaultLocked, VaultDestroyed, UnlockExpired):
        return None


def _progress(access: VaultAccess, vault: OpenVault) -> RekeyProgress:
    generations = len(vault.generations)
    remaining, unreadable = (
        RekeyRepository(access.work, vault).clients_left() if generations > 1 else (0, 0)
    )
    return RekeyProgress(generations > 1, remaining, unreadable, generations)
