"""Imports, as the API serves them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from crm.dependencies import ProviderDep, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.export_schema import normalize_record
from crm.schemas.imports import ImportBody, ImportQuery, ImportsView, ImportView, ReportView
from crm.service.import_jobs import ImportService
from crm.service.settings import load_settings

router = crm_router("/import")
_WRITES = [Depends(limit_writes)]


@router.post("", status_code=201, dependencies=_WRITES)
async def begin_import(
    body: ImportBody, provider: ProviderDep, unlocked: UnlockedDep
) -> ImportView:
    """Parse a file and store it encrypted; no record is imported before `continue`."""
    region = body.region or load_settings(provider.work, provider.provider_id).default_region
    job = ImportService(unlocked, provider.audit_log).begin(
        body.decode_content(),
        file_name=body.file_name,
        export_passphrase=body.export_passphrase,
        region=region,
    )
    return ImportView.from_domain(job)


@router.get("")
async def list_imports(provider: ProviderDep, unlocked: UnlockedDep) -> ImportsView:
    """Return the latest imports."""
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
    """Import rows for two seconds; repeat until `isFinished`."""
    return ImportView.from_domain(
        ImportService(unlocked, provider.audit_log).resume(import_id, normalize_record)
    )


@router.get("/{import_id}")
async def read_import(
    import_id: UUID,
    query: Annotated[ImportQuery, Query()],
    provider: ProviderDep,
    unlocked: UnlockedDep,
) -> ReportView:
    """Return the progress of an import, and its report, a hundred lines at a time."""
    imports = ImportService(unlocked, provider.audit_log)
    job = imports.get(import_id)
    return ReportView.with_lines(job, imports.report(import_id, query.outcome, query.cursor))


@router.delete("/{import_id}", status_code=204, dependencies=_WRITES)
async def delete_import(import_id: UUID, provider: ProviderDep, unlocked: UnlockedDep) -> None:
    """Delete an import and its report; imported records stay."""
    ImportService(unlocked, provider.audit_log).delete(import_id)
