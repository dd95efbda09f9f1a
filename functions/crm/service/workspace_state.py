"""What state a book is in, as a page shows it before anything is opened."""

from dataclasses import dataclass
from datetime import datetime

from crm.repository.audit_log import TrailTable
from crm.repository.rekey import SealedRows
from crm.service.encryption import due_at
from crm.service.rekey import Progress
from crm.service.vault_access import Door
from crm.vault import NoVault, OpenVault, UnlockExpired, VaultLocked, VaultShredded, VaultState


@dataclass(frozen=True, slots=True, kw_only=True)
class BookState:
    """`generation` and `rekey` are as the last opened request saw them while the book is locked."""

    mode: VaultState
    locked: bool
    unlocked_until: datetime | None
    generation: int
    rekey: Progress | None
    passphrase_changed_at: datetime | None
    recovery_code_at: datetime | None
    disable_due_at: datetime | None


def book_state(door: Door) -> BookState:
    """Return it; where an unlock is shown it is tried, which may need KMS. Raises `Unavailable` where that is away."""
    mode, notes = door.state(), door.notes.read()
    vault = _vault(door, mode)
    unlocked_until = None
    if vault is not None and vault.has_passphrase:
        table = TrailTable(door.work, door.provider_id)
        unlocked_until = table.last_unlock(door.stay.id)
    return BookState(
        mode=mode,
        locked=mode is VaultState.PASSPHRASE and vault is None,
        unlocked_until=unlocked_until,
        generation=vault.generation if vault else notes.key_generation,
        rekey=_progress(door, vault) if vault else None,
        passphrase_changed_at=notes.passphrase_changed_at,
        recovery_code_at=notes.recovery_code_at,
        disable_due_at=due_at(notes.disable_asked_at, door.clock()),
    )


def _vault(door: Door, mode: VaultState) -> OpenVault | None:
    is_shut = mode is VaultState.PASSPHRASE and door.unlock is None
    if is_shut or mode in {VaultState.NONE, VaultState.SHREDDED}:
        return None
    try:
        return door.opened()
    except (NoVault, VaultLocked, VaultShredded, UnlockExpired):
        return None


def _progress(door: Door, vault: OpenVault) -> Progress:
    generations = len(vault.generations)
    left, unreadable = SealedRows(door.work, vault).clients_left() if generations > 1 else (0, 0)
    return Progress(generations > 1, left, unreadable, generations)
