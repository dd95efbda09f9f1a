"""Schedule entry, daily: {"job": "expire-screenings"}, {"job": "delete-expired-references"},
{"job": "delete-campaign-emails"} and {"job": "retention"}.

No job here needs a key: plaintext columns tell which rows have expired, and keys are only ever deleted.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from crm import settings
from crm.repository.expiry import ExpiryRepository
from crm.service.audit_log import AuditLog
from crm.service.for_each_workspace import for_each_workspace
from crm.service.key_deletion import process_all_workspaces
from crm.service.restore_cleanup import remove_keyless_clients
from crm.service.retention import RetentionService
from crm.vault import Keyring
from crm.vault.table import KeyTable
from kit import clock
from kit.db import Database, UnitOfWork
from kit.observability import logger

database = Database.from_environment()


def _expire_screenings(work: UnitOfWork, provider_id: UUID) -> int:
    return ExpiryRepository(work, provider_id).expire_screenings(clock.now())


def _delete_expired_references(work: UnitOfWork, provider_id: UUID) -> int:
    return ExpiryRepository(work, provider_id).delete_references(clock.now())


def _run_retention(work: UnitOfWork, provider_id: UUID) -> int:
    audit_log = AuditLog(work, provider_id, clock.now)
    return sum(RetentionService(work, provider_id, clock.now, audit_log).run().values())


def _delete_campaign_emails(work: UnitOfWork, provider_id: UUID) -> int:
    return ExpiryRepository(work, provider_id).delete_campaign_emails(clock.now())


def _clean_up_after_restore(work: UnitOfWork, provider_id: UUID) -> int:
    return remove_keyless_clients(work, provider_id, KeyTable(settings.keys_table()), clock.now)


# The jobs, each run once per workspace.
_JOBS: dict[str, Callable[[UnitOfWork, UUID], int]] = {
    "expire-screenings": _expire_screenings,
    "delete-expired-references": _delete_expired_references,
    "delete-campaign-emails": _delete_campaign_emails,
    "retention": _run_retention,
    # Run by an operator, see docs/runbooks/restore.md.
    "after-restore": _clean_up_after_restore,
}


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Run the job that the schedule names, in every workspace."""
    job = event["job"]
    count = for_each_workspace(database, _JOBS[job])
    if job == "retention":
        # Whether retention or a request by day deleted the clients: their keys go with the rows.
        process_all_workspaces(database, Keyring(settings.keys_table(), ""), clock.now)
    logger().info("job done", job=job, count=count)
    return {"count": count}
