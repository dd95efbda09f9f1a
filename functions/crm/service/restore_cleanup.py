"""After PostgreSQL was brought back to an earlier moment: rows of clients who were forgotten since are there again.

Nobody can read them, since their keys are gone for good, and a list in which one stands does not open. They are told by
what is missing in the key table, and go once more. Run by hand, once the key table is known to be right: where it is
not, rows without a key are not noise but everything, so a book in which too many of them are stays as it is.
"""

from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.repository.retention import RetentionRepository
from crm.service.audit_log import AuditLog
from crm.vault.table import BAG, KeyTable, client_item
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.observability import logger

FEW = 20
SHARE = 10
"""Few, or one client in so many, may have been forgotten since a backup; more than that is another accident."""


def remove_keyless_clients(work: UnitOfWork, provider_id: UUID, keys: KeyTable, now: Clock) -> int:
    """Take clients without a key out of one book; return how many it was."""
    table = RetentionRepository(work, provider_id)
    table.settle()
    clients = table.client_ids()
    found = keys.read(provider_id, [BAG, *map(client_item, clients)])
    gone = [one for one in clients if client_item(one) not in found]
    if not gone:
        return 0
    if BAG not in found or len(gone) > max(FEW, len(clients) // SHARE):
        logger().error("too many clients without a key: is the key table right?", count=len(gone))
        return 0
    counts = {"clients": table.remove_clients(gone)}
    table.add_receipt("after_restore", counts, now())
    AuditLog(work, provider_id, now).append(
        AuditAction.RETENTION_RUN, reason="after-restore", **counts
    )
    return len(gone)
