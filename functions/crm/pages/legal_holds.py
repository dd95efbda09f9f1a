"""Legal holds: what must stay, and why."""

from typing import Annotated
from uuid import UUID

from fastapi.responses import Response
from pydantic import Field

from crm.dependencies import AtDesk
from crm.pages.context import WRITES, AtHall, Hall, page_router
from crm.schemas.fields import Line
from crm.service.clients import ClientBook, Query
from crm.service.legal_holds import LegalHolds
from crm.service.unlocked_context import Desk
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/settings/holds")
_NAMES = 100


class HoldForm(Body):
    """What must stay, and why; nobody: the whole book."""

    client: Annotated[UUID | None, Field(title="Whose entries")] = None
    reason: Annotated[Line, Field(title="Why")]


@router.get("")
async def holds_page(hall: AtHall, desk: AtDesk) -> Response:
    """Show the holds, those in force first."""
    return _page(hall, desk, Form({"client": hall.request.query_params.get("client", "")}))


@router.post("", dependencies=WRITES)
async def place(hall: AtHall, desk: AtDesk) -> Response:
    """Place one."""

    def do(form: HoldForm) -> Response:
        LegalHolds(desk, hall.door.trail).place(form.client, form.reason)
        return hall.see("/settings/holds", "added")

    return await hall.take(HoldForm, do, lambda form, s: _page(hall, desk, form, s))


@router.post("/{hold_id}/release", dependencies=WRITES)
async def release(hall: AtHall, desk: AtDesk, hold_id: UUID) -> Response:
    """Lift one."""
    LegalHolds(desk, hall.door.trail).release(hold_id)
    return hall.see("/settings/holds", "saved")


def _page(hall: Hall, desk: Desk, form: Form | FormErrors, status: int = 200) -> Response:
    page = LegalHolds(desk, hall.door.trail).all()
    people = ClientBook(desk).page(Query(limit=_NAMES)).items
    rows = [
        {
            "id": one.id,
            "client": one.client_id,
            "whom": page.names.get(one.client_id, "") if one.client_id else "The whole book",
            "reason": one.reason,
            "since": hall.when(one.placed_at),
            "until": hall.when(one.released_at),
        }
        for one in page.items
    ]
    return hall.show(
        "holds.html",
        status,
        heading="Legal holds",
        form=form,
        rows=rows,
        people=[(str(one.id), one.details.name) for one in people],
    )
