"""Clearing of a workspace: all clients are deleted, keys included; the workspace, its passphrase and audit log stay.

Different from deleting it (`delete_workspace`): the same keys open it afterwards, so an export can be imported again at
once.
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
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.observability import log_failure

_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class ClearResult:
    """Deleted rows, the number of clients that stay under a hold, and whether the nightly job still has keys to
    destroy.
    """

    counts: dict[str, int]
    held: int
    keys_pending: bool


def clear_confirmation(slug: str) -> Confirmation:
    """Return the warning before a workspace is cleared."""
    return Confirmation(
        N_("Delete all clients"),
        (
            N_("Every client is deleted, with visits, screenings, references, messages and tasks."),
            N_("Their keys are destroyed, so that no backup of the rows can be read either."),
            N_(
                "Your client book, its passphrase and its settings stay; an export can be imported again."
            ),
            N_("Clients under a legal hold stay."),
        ),
        _("delete all clients of %(slug)s", slug=slug),
    )


def clear_workspace(
    context: UnlockedContext,
    key_deletion: KeyDeletion,
    slug: str,
    confirm: str,
    tick: Callable[[], float] = time.monotonic,
) -> ClearResult:
    """Delete all clients of the workspace. It commits. Raises `Invalid`, and `InvalidState` under a hold of the
    workspace.
    """
    require_confirmation(clear_confirmation(slug), confirm)
    _drain(context, tick)
    rows = WorkspaceClearing(context.work, context.provider_id)
    rows.lock()
    if rows.is_held():
        raise InvalidState(
            "legal-hold",
            _(
                "Your client book is under a legal hold and must stay: release the hold first, if you may."
            ),
        )
    now = context.now()
    counts, held = rows.clear(now), rows.clients_left()
    RetentionRepository(context.work, context.provider_id).add_receipt("clear", counts, now)
    key_deletion.audit_log.append(AuditAction.WORKSPACE_CLEARED, held=held, **counts)
    _commit(context)
    return ClearResult(counts, held, _delete_keys(context, key_deletion, tick))


def _drain(context: UnlockedContext, tick: Callable[[], float]) -> None:
    """Process the inbox first, so that pending updates are deleted or kept together with their clients."""
    until = tick() + _SECONDS
    while drain(context):
        _commit(context)
        if tick() > until:
            return


def _delete_keys(
    context: UnlockedContext, key_deletion: KeyDeletion, tick: Callable[[], float]
) -> bool:
    """Destroy the keys, within the time of one response; tell whether some are left for the nightly job.

    The rows are deleted by now, so an outage of the key table is no failure: the pending keys are destroyed later.
    """
    until = tick() + _SECONDS
    try:
        while key_deletion.process():
            _commit(context)
            if tick() > until:
                return True
    except Unavailable as error:
        log_failure("keys of a cleared workspace are still pending", error)
        context.work.rollback()
        set_tenant(context.work, context.provider_id)
        return True
    return False


def _commit(context: UnlockedContext) -> None:
    context.work.commit()
    set_tenant(context.work, context.provider_id)
