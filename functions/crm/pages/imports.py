"""Bringing a file in: chosen, read, worked off, and a report of what came of each row."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi.responses import Response

from crm.dependencies import AtDesk
from crm.domain.client_import import Line, Outcome
from crm.domain.export_schema import BY_NAME, CLIENTS
from crm.pages.context import WRITES, AtHall, Hall, page_router
from crm.pages.labels import Badge, chosen, options
from crm.repository.import_jobs import Job
from crm.schemas.export_schema import fitted
from crm.schemas.uploads import Upload, read_upload
from crm.service.client_import import WHAT
from crm.service.import_jobs import Importing
from crm.service.settings import settings_of
from crm.service.unlocked_context import Desk
from kit.errors import DomainError, Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/import")
OUTCOME: dict[Outcome, Badge] = {
    Outcome.CREATED: ("New", "success"),
    Outcome.UPDATED: ("Added to", "accent"),
    Outcome.UNCHANGED: ("Was there already", "neutral"),
    Outcome.SKIPPED: ("Left out", "warning"),
    Outcome.REFUSED: ("Not taken", "danger"),
}


class NothingForm(Body):
    """A button alone."""


@router.get("")
async def import_page(hall: AtHall, desk: AtDesk) -> Response:
    """Ask for a file, and show those that came before."""
    return _page(hall, desk, Form())


@router.post("", dependencies=WRITES)
async def send(hall: AtHall, desk: AtDesk) -> Response:
    """Read a file, and work off as much of it as one answer has time for."""
    try:
        job = _begun(hall, desk, await read_upload(hall.request))
    except DomainError as error:
        hall.undo()
        field = error.field if error.field == "exportPassphrase" else "file"
        labels = {"file": "File", "exportPassphrase": "Passphrase of the archive"}
        return _page(hall, desk, FormErrors({}, {field: error.message}, labels), error.status)
    return _go_on(hall, desk, job.id)


@router.get("/{import_id}")
async def report_page(hall: AtHall, desk: AtDesk, import_id: UUID) -> Response:
    """Show how far a file is and what came of its rows. Looking changes nothing: its form goes on, sent by a script."""
    importing = Importing(desk, hall.door.trail)
    job = importing.one(import_id)
    going = hall.request.query_params.get("going") == "on" and job.finished_at is None
    return _report(hall, importing, job, going=going)


@router.post("/{import_id}/continue", dependencies=WRITES)
async def go_on(hall: AtHall, desk: AtDesk, import_id: UUID) -> Response:
    """Work on it, and go on from there."""

    def do(_: NothingForm) -> Response:
        return _go_on(hall, desk, import_id)

    return await hall.take(NothingForm, do, lambda form, s: _page(hall, desk, form, s))


@router.post("/{import_id}/remove", dependencies=WRITES)
async def remove(hall: AtHall, desk: AtDesk, import_id: UUID) -> Response:
    """Forget a file and its report."""
    Importing(desk, hall.door.trail).remove(import_id)
    return hall.see("/import", "removed")


def _go_on(hall: Hall, desk: Desk, import_id: UUID) -> Response:
    job = Importing(desk, hall.door.trail).go_on(import_id, fitted)
    going = "" if job.finished_at else "?going=on"
    return hall.see(f"/import/{import_id}{going}")


def _begun(hall: Hall, desk: Desk, sent: Upload) -> Job:
    if not sent.content:
        raise Invalid("file-missing", "Choose a file.", field="file")
    return Importing(desk, hall.door.trail).begin(
        sent.content,
        file_name=sent.file_name,
        export_passphrase=sent.fields.get("exportPassphrase") or None,
        region=settings_of(desk.work, desk.provider_id).default_region,
    )


def _page(hall: Hall, desk: Desk, form: Form, status: int = 200) -> Response:
    jobs = Importing(desk, hall.door.trail).latest()
    rows = [_row(hall, job) for job in jobs]
    region = settings_of(desk.work, desk.provider_id).default_region
    heading = "Bring something in"
    return hall.show("import.html", status, heading=heading, form=form, rows=rows, region=region)


def _report(hall: Hall, importing: Importing, job: Job, *, going: bool) -> Response:
    asked = hall.request.query_params
    outcome = chosen(Outcome, asked.get("outcome"))
    found = importing.report(job.id, outcome, asked.get("cursor") or None)
    more = {"outcome": outcome.value if outcome else "", "cursor": found.next_cursor}
    here = f"{hall.path}/import/{job.id}"
    return hall.show(
        "import_report.html",
        heading="What came in",
        job=_row(hall, job),
        here=here,
        going=going,
        outcomes=options(OUTCOME),
        form=Form({"outcome": more["outcome"]}),
        lines=[_line(one) for one in found.lines],
        next_url=f"{here}?{urlencode(more)}" if found.next_cursor else "",
    )


def _row(hall: Hall, job: Job) -> dict[str, Any]:
    counts = [(OUTCOME[one], job.counts.get(one, 0)) for one in Outcome]
    part = job.about.get("part")
    return {
        "id": job.id,
        "name": job.about["fileName"] or ("An archive" if job.kind == "archive" else "A list"),
        "part": part if part and not (part == 1 and job.about.get("isLast")) else None,
        "rows": job.rows,
        "done": job.done,
        "counts": [(badge, number) for badge, number in counts if number],
        "not_taken": job.about.get("notTaken", []),
        "when": hall.when(job.created_at),
        "finished": job.finished_at is not None,
    }


def _line(line: Line) -> dict[str, Any]:
    of_client = line.what in (WHAT, CLIENTS.name)
    shelf = BY_NAME.get(line.what)
    return {
        "number": line.line,
        "what": "Row" if line.what == WHAT else (shelf.said if shelf else line.what).capitalize(),
        "outcome": OUTCOME[line.outcome],
        "field": line.field,
        "message": line.message or "",
        "client": line.record_id if of_client and line.outcome is not Outcome.REFUSED else None,
    }
