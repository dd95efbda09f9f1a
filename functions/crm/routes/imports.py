"""What comes into a book."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from crm.dependencies import ProviderDep, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.export_schema import fitted
from crm.schemas.imports import ImportBody, ImportQuery, ImportsView, ImportView, ReportView
from crm.service.import_jobs import ImportService
from crm.service.settings import load_settings

router = crm_router("/import")
_WRITES = [Depends(limit_writes)]


@router.post("", status_code=201, dependencies=_WRITES)
async def begin_import(
    body: ImportBody, provider: ProviderDep, unlocked: UnlockedDep
) -> ImportView:
    """Read a file and keep it sealed; nothing of it is in the book before `continue`."""
    region = body.region or load_settings(provider.work, provider.provider_id).default_region
    job = ImportService(unlocked, provider.audit_log).begin(
        body.data(),
        file_name=body.file_name,
        export_passphrase=body.export_passphrase,
        region=region,
    )
    return ImportView.from_domain(job)


@router.get("")
async def list_imports(provider: ProviderDep, unlocked: UnlockedDep) -> ImportsView:
    """Return the last files."""
    return ImportsView(
        items=[
            ImportView.from_domain(job)
            for job in ImportService(unlocked, provider.audit_log).list()
        ]
    )


@router.post("/{import_id}/continue", dependencies=_WRITES)
async def continue_import(
    import_id: UUID, provider: ProviderDep, unlocked: UnlockedDep
) -> ImportView:
    """Work on it for two seconds; again until `isFinished`."""
    return ImportView.from_domain(
        ImportService(unlocked, provider.audit_log).resume(import_id, fitted)
    )


@router.get("/{import_id}")
async def read_import(
    import_id: UUID,
    query: Annotated[ImportQuery, Query()],
    provider: ProviderDep,
    unlocked: UnlockedDep,
) -> ReportView:
    """Return how far it is, and what came of its rows, a hundred lines at a time."""
    importing = ImportService(unlocked, provider.audit_log)
    job = importing.get(import_id)
    return ReportView.with_lines(job, importing.report(import_id, query.outcome, query.cursor))


@router.delete("/{import_id}", status_code=204, dependencies=_WRITES)
async def remove_import(import_id: UUID, provider: ProviderDep, unlocked: UnlockedDep) -> None:
    """Forget a file and its report; what was brought in stays."""
    ImportService(unlocked, provider.audit_log).delete(import_id)
