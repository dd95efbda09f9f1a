"""Runs a nightly job in every workspace, as its tenant, in a transaction of its own."""

from collections.abc import Callable
from uuid import UUID

from crm.repository.workspaces import provider_ids_after
from crm.service.unlocked_context import set_tenant
from kit.db import Database, UnitOfWork
from kit.observability import log_failure

BATCH_SIZE = 500


def for_each_workspace(database: Database, job: Callable[[UnitOfWork, UUID], int]) -> int:
    """Run `job` in each workspace; return the sum. A failing workspace does not stop the others."""
    done, last = 0, UUID(int=0)
    while batch := _next_provider_ids(database, last):
        done += sum(_run_in_workspace(database, one, job) for one in batch)
        last = batch[-1]
    return done


def _next_provider_ids(database: Database, last: UUID) -> list[UUID]:
    return database.run(lambda work: provider_ids_after(work, last, BATCH_SIZE))


def _run_in_workspace(
    database: Database, provider_id: UUID, job: Callable[[UnitOfWork, UUID], int]
) -> int:
    def run_as_provider(work: UnitOfWork) -> int:
        set_tenant(work, provider_id)
        return job(work, provider_id)

    try:
        return database.run(run_as_provider)
    except Exception as error:
        log_failure("a job failed in a workspace", error, provider_id=str(provider_id))
        return 0
