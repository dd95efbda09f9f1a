"""The page of legal holds."""

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
from kit.errors import Invalid, NotFound
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors

router = page_router("/settings/holds")
_MAX_OPTIONS = 100


class LegalHoldForm(Body):
    """The client to place under a hold (none: the whole workspace), and the reason."""

    client: Annotated[UUID | None, Field(title=N_("Client"))] = None
    reason: Annotated[Line, Field(title=N_("Reason"))]


@router.get("")
async def holds_page(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Show the holds, those in force first."""
    return _page(
        context, unlocked, Form({"client": context.request.query_params.get("client", "")})
    )


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def place(context: LockAwarePageDep, unlocked: UnlockedDep) -> Response:
    """Place a hold."""

    def action(form: LegalHoldForm) -> Response:
        try:
            LegalHoldService(unlocked, context.access.audit_log).place(form.client, form.reason)
        except NotFound as error:
            # The client was deleted since the page was opened: the form keeps the reason.
            raise Invalid(error.code, error.message, field="client") from error
        return context.redirect("/settings/holds", "added")

    return await context.handle_form(
        LegalHoldForm, action, lambda form, status: _page(context, unlocked, form, status)
    )


@router.post("/{hold_id}/release", dependencies=WRITE_DEPENDENCIES)
async def release(context: LockAwarePageDep, unlocked: UnlockedDep, hold_id: UUID) -> Response:
    """Release a hold."""
    LegalHoldService(unlocked, context.access.audit_log).release(hold_id)
    return context.redirect("/settings/holds", "saved")


def _page(
    context: LockAwarePageContext,
    unlocked: UnlockedContext,
    form: Form | FormErrors,
    status: int = 200,
) -> Response:
    page = LegalHoldService(unlocked, context.access.audit_log).list()
    clients = ClientService(unlocked).list(ClientQuery(limit=_MAX_OPTIONS)).items
    rows = [
        {
            "id": hold.id,
            "client": hold.client_id,
            "name": page.names.get(hold.client_id, "")
            if hold.client_id
            else _("The whole client book"),
            "reason": hold.reason,
            "since": context.format_datetime(hold.placed_at),
            "until": context.format_datetime(hold.released_at),
        }
        for hold in page.items
    ]
    return context.render(
        "legal_holds.html",
        status,
        heading=_("Legal holds"),
        form=form,
        rows=rows,
        clients=[(str(hold.id), hold.profile.name) for hold in clients],
    )
