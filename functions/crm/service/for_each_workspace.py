"""Going through every book at night, each as its owner, in a transaction of its own."""

from collections.abc import Callable
from uuid import UUID

from crm.repository.workspaces import provider_ids_after
from crm.service.unlocked_context import set_tenant
from kit.db import Database, UnitOfWork
from kit.observability import log_failure

BATCH_SIZE = 500


def for_each_workspace(database: Database, job: Callable[[UnitOfWork, UUID], int]) -> int:
    """Run `do` in each book; return the sum. A book in which it fails stops no other."""
    done, last = 0, UUID(int=0)
    while batch := _next_provider_ids(database, last):
        done += sum(_run_in_workspace(database, one, job) for one in batch)
        last = batch[-1]
    return done


def _next_provider_ids(database: Database, last: UUID) -> list[UUID]:
    return database.run(lambda work: provider_ids_after(work, last, BATCH_SIZE))


def _run_in_workspace(database: Database, provider_id: UUID, do: Callable[[UnitOfWork, UUID], int]) -> int:
    def entered(work: UnitOfWork) -> int:
        set_tenant(work, provider_id)
        return do(work, provider_id)

    try:
        return database.run(entered)
    except Exception as error:
        log_failure("a book was left as it is", error, provider_id=str(provider_id))
        return 0
