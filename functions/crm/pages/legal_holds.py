"""Legal holds: what must stay, and why."""

from typing import Annotated
from uuid import UUID

from fastapi.responses import Response
from pydantic import Field

from crm.dependencies import UnlockedDep
from crm.pages.context import (
    WRITE_DEPENDENCIES,
    LockAwarePageContext,
    LockAwarePageDep,
    page_router,
)
from crm.schemas.fields import Line
from crm.service.clients import ClientQuery, ClientService
from crm.service.legal_holds import LegalHoldService
from crm.service.unlocked_context import UnlockedContext
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/settings/holds")
_NAMES = 100


class HoldForm(Body):
    """What must stay, and why; nobody: the whole book."""

    client: Annotated[UUID | None, Field(title="Whose entries")] = None
    reason: Annotated[Line, Field(title="Why")]


@router.get("")
async def holds_page(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Show the holds, those in force first."""
    return _page(
        context, unlocked, Form({"client": context.request.query_params.get("client", "")})
    )


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def place(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Place one."""

    def do(form: HoldForm) -> Response:
        LegalHoldService(unlocked, context.access.audit_log).place(form.client, form.reason)
        return context.redirect("/settings/holds", "added")

    return await context.handle_form(
        HoldForm, do, lambda form, s: _page(context, unlocked, form, s)
    )


@router.post("/{hold_id}/release", dependencies=WRITE_DEPENDENCIES)
async def release(context: LockAwarePageDep, unlocked: UnlockedDep, hold_id: UUID) -> Response:
    """Lift one."""
    LegalHoldService(unlocked, context.access.audit_log).release(hold_id)
    return context.redirect("/settings/holds", "saved")


def _page(
    context: LockAwarePageContext,
    unlocked: UnlockedContext,
    form: Form | FormErrors,
    status: int = 200,
) -> Response:
    page = LegalHoldService(unlocked, context.access.audit_log).list()
    people = ClientService(unlocked).list(ClientQuery(limit=_NAMES)).items
    rows = [
        {
            "id": one.id,
            "client": one.client_id,
            "whom": page.names.get(one.client_id, "") if one.client_id else "The whole book",
            "reason": one.reason,
            "since": context.format_datetime(one.placed_at),
            "until": context.format_datetime(one.released_at),
        }
        for one in page.items
    ]
    return context.render(
        "holds.html",
        status,
        heading="Legal holds",
        form=form,
        rows=rows,
        people=[(str(one.id), one.profile.name) for one in people],
    )
