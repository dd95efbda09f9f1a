"""What comes into a book."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from crm.dependencies import AtDesk, InRoom, limit_writes
from crm.routes.router_base import book_router
from crm.schemas.export_schema import fitted
from crm.schemas.imports import ImportBody, ImportQuery, ImportsView, ImportView, ReportView
from crm.service.import_jobs import Importing
from crm.service.settings import settings_of

router = book_router("/import")
_WRITES = [Depends(limit_writes)]


@router.post("", status_code=201, dependencies=_WRITES)
async def begin_import(body: ImportBody, room: InRoom, desk: AtDesk) -> ImportView:
    """Read a file and keep it sealed; nothing of it is in the book before `continue`."""
    region = body.region or settings_of(room.work, room.provider_id).default_region
    job = Importing(desk, room.trail).begin(
        body.data(),
        file_name=body.file_name,
        export_passphrase=body.export_passphrase,
        region=region,
    )
    return ImportView.of(job)


@router.get("")
async def list_imports(room: InRoom, desk: AtDesk) -> ImportsView:
    """Return the last files."""
    return ImportsView(items=[ImportView.of(job) for job in Importing(desk, room.trail).latest()])


@router.post("/{import_id}/continue", dependencies=_WRITES)
async def continue_import(import_id: UUID, room: InRoom, desk: AtDesk) -> ImportView:
    """Work on it for two seconds; again until `isFinished`."""
    return ImportView.of(Importing(desk, room.trail).go_on(import_id, fitted))


@router.get("/{import_id}")
async def read_import(
    import_id: UUID, query: Annotated[ImportQuery, Query()], room: InRoom, desk: AtDesk
) -> ReportView:
    """Return how far it is, and what came of its rows, a hundred lines at a time."""
    importing = Importing(desk, room.trail)
    job = importing.one(import_id)
    return ReportView.with_lines(job, importing.report(import_id, query.outcome, query.cursor))


@router.delete("/{import_id}", status_code=204, dependencies=_WRITES)
async def remove_import(import_id: UUID, room: InRoom, desk: AtDesk) -> None:
    """Forget a file and its report; what was brought in stays."""
    Importing(desk, room.trail).remove(import_id)
