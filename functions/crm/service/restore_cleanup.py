"""Cleanup after a restore of PostgreSQL: rows of clients erased since the backup exist again.

Nobody can read them, since their keys are gone for good, and a list that contains one fails. They are recognised by the
missing key in the key table, and deleted again. Run by an operator, once the key table is known to be right: if it is
not, rows without a key are not noise but everything, so a workspace with too many of them stays as it is.
"""

from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.repository.retention import RetentionRepository
from crm.service.audit_log import AuditLog
from crm.vault.table import BUNDLE, KeyTable, client_item
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.observability import logger

MAX_KEYLESS = 20
MAX_KEYLESS_ONE_IN = 10
"""At most so many clients, or one in so many, may have been erased since a backup; more indicates another fault."""


def remove_keyless_clients(work: UnitOfWork, provider_id: UUID, keys: KeyTable, now: Clock) -> int:
    """Delete clients without a key from one workspace; return how many there were."""
    rows = RetentionRepository(work, provider_id)
    rows.lock_workspace()
    clients = rows.client_ids()
    items = keys.read(provider_id, [BUNDLE, *map(client_item, clients)])
    keyless = [client_id for client_id in clients if client_item(client_id) not in items]
    if not keyless:
        return 0
    if BUNDLE not in items or len(keyless) > max(MAX_KEYLESS, len(clients) // MAX_KEYLESS_ONE_IN):
        logger().error(
            "too many clients without a key: is the key table right?", count=len(keyless)
        )
        return 0
    counts = {"clients": rows.delete_clients(keyless)}
    rows.add_receipt("after_restore", counts, now())
    AuditLog(work, provider_id, now).append(
        AuditAction.RETENTION_RUN, reason="after-restore", **counts
    )
    return len(keyless)
