"""Emptying a book: everybody goes, keys included; the book, its passphrase and what happened to it stay.

Different from destroying it (`wiping`): the same keys open it afterwards, so an export can come back at once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from crm.domain.audit_log import TrailAction
from crm.domain.confirmations import Warned, require_typed
from crm.repository.retention import RetentionTable
from crm.repository.workspace_deletion import Emptying
from crm.service.booking_sync import drain
from crm.service.key_deletion import Shredding
from crm.service.unlocked_context import Desk, enter_as
from kit.errors import InvalidState, Unavailable
from kit.observability import log_failure

_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Emptied:
    """What went, how many clients stay under a hold, and how many keys the night has still to destroy."""

    counts: dict[str, int]
    held: int
    keys_waiting: bool


def empty_warning(slug: str) -> Warned:
    """Return what is said before a book is emptied."""
    return Warned(
        "Empty this book",
        (
            "Every client is forgotten, with visits, checks, references, messages and tasks.",
            "Their keys are destroyed, so that no backup of the rows can be read either.",
            "Your book, its passphrase and its settings stay; an export can be imported again.",
            "Clients under a legal hold stay.",
        ),
        f"empty {slug}",
    )


def empty(
    desk: Desk,
    shredding: Shredding,
    slug: str,
    confirm: str,
    tick: Callable[[], float] = time.monotonic,
) -> Emptied:
    """Take everybody out of the book. It commits. Raises `Invalid`, and `InvalidState` under a hold of the book."""
    require_typed(empty_warning(slug), confirm)
    _drain(desk, tick)
    rows = Emptying(desk.work, desk.provider_id)
    rows.settle()
    if rows.is_held():
        raise InvalidState(
            "legal-hold",
            "Your book is under a legal hold and must stay: lift the hold first, if you may.",
        )
    now = desk.now()
    counts, held = rows.empty(now), rows.left()
    RetentionTable(desk.work, desk.provider_id).prove("wipe", counts, now)
    shredding.trail.note(TrailAction.BOOK_WIPED, held=held, **counts)
    _commit(desk)
    return Emptied(counts, held, _shred(desk, shredding, tick))


def _drain(desk: Desk, tick: Callable[[], float]) -> None:
    """Write in what waits, so that it goes with those who go and is kept with those who stay."""
    until = tick() + _SECONDS
    while drain(desk):
        _commit(desk)
        if tick() > until:
            return


def _shred(desk: Desk, shredding: Shredding, tick: Callable[[], float]) -> bool:
    """Destroy the keys, for as long as an answer may take; tell whether some are left for the night.

    The rows are gone by now, so an outage of the keys is no refusal: what waits is destroyed later.
    """
    until = tick() + _SECONDS
    try:
        while shredding.work_off():
            _commit(desk)
            if tick() > until:
                return True
    except Unavailable as error:
        log_failure("the keys of an emptied book still wait", error)
        desk.work.rollback()
        enter_as(desk.work, desk.provider_id)
        return True
    return False


def _commit(desk: Desk) -> None:
    desk.work.commit()
    enter_as(desk.work, desk.provider_id)
