"""Emptying a book: everybody goes, keys included; the book, its passphrase and what happened to it stay.

Different from destroying it (`wiping`): the same keys open it afterwards, so an export can come back at once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from crm.domain.audit_log import AuditAction
from crm.domain.confirmations import Confirmation, require_confirmation
from crm.repository.retention import RetentionRepository
from crm.repository.workspace_deletion import WorkspaceClearing
from crm.service.booking_sync import drain
from crm.service.key_deletion import KeyDeletion
from crm.service.unlocked_context import UnlockedContext, set_tenant
from kit.errors import InvalidState, Unavailable
from kit.observability import log_failure

_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class ClearResult:
    """What went, how many clients stay under a hold, and how many keys the night has still to destroy."""

    counts: dict[str, int]
    held: int
    keys_waiting: bool


def clear_confirmation(slug: str) -> Confirmation:
    """Return what is said before a book is emptied."""
    return Confirmation(
        "Empty this book",
        (
            "Every client is forgotten, with visits, checks, references, messages and tasks.",
            "Their keys are destroyed, so that no backup of the rows can be read either.",
            "Your book, its passphrase and its settings stay; an export can be imported again.",
            "Clients under a legal hold stay.",
        ),
        f"empty {slug}",
    )


def clear_workspace(
    context: UnlockedContext,
    shredding: KeyDeletion,
    slug: str,
    confirm: str,
    tick: Callable[[], float] = time.monotonic,
) -> ClearResult:
    """Take everybody out of the book. It commits. Raises `Invalid`, and `InvalidState` under a hold of the book."""
    require_confirmation(clear_confirmation(slug), confirm)
    _drain(context, tick)
    rows = WorkspaceClearing(context.work, context.provider_id)
    rows.lock()
    if rows.is_held():
        raise InvalidState(
            "legal-hold",
            "Your book is under a legal hold and must stay: lift the hold first, if you may.",
        )
    now = context.now()
    counts, held = rows.clear(now), rows.left()
    RetentionRepository(context.work, context.provider_id).add_receipt("wipe", counts, now)
    shredding.audit_log.append(AuditAction.BOOK_WIPED, held=held, **counts)
    _commit(context)
    return ClearResult(counts, held, _shred(context, shredding, tick))


def _drain(context: UnlockedContext, tick: Callable[[], float]) -> None:
    """Write in what waits, so that it goes with those who go and is kept with those who stay."""
    until = tick() + _SECONDS
    while drain(context):
        _commit(context)
        if tick() > until:
            return


def _shred(context: UnlockedContext, shredding: KeyDeletion, tick: Callable[[], float]) -> bool:
    """Destroy the keys, for as long as an answer may take; tell whether some are left for the night.

    The rows are gone by now, so an outage of the keys is no refusal: what waits is destroyed later.
    """
    until = tick() + _SECONDS
    try:
        while shredding.process():
            _commit(context)
            if tick() > until:
                return True
    except Unavailable as error:
        log_failure("the keys of an emptied book still wait", error)
        context.work.rollback()
        set_tenant(context.work, context.provider_id)
        return True
    return False


def _commit(context: UnlockedContext) -> None:
    context.work.commit()
    set_tenant(context.work, context.provider_id)
