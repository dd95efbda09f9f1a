"""Pages to edit or delete one communication (message or call)."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response
from pydantic import Field

from crm.domain.communications import Communication
from crm.domain.enums import CommunicationType, Direction
from crm.pages.client_detail import at_noon
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.labels import CHANNEL, DIRECTION, options
from crm.repository.communications import COMMUNICATIONS
from crm.repository.encrypted_records import Stored
from crm.schemas.fields import ShortText, Text, Version
from crm.service.dashboard import time_zone_of
from crm.service.records import RecordService
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors

router = page_router("/communications/{communication_id}")


class CommunicationForm(Body):
    """Form of a communication."""

    type: CommunicationType
    direction: Direction
    day: Annotated[date, Field(title=N_("Day"))]
    subject: ShortText = ""
    text: Text = ""
    version: Version


@router.get("")
async def communication_page(context: UnlockedPageDep, communication_id: UUID) -> Response:
    """Show the form of a communication."""
    stored = RecordService(context.unlocked, COMMUNICATIONS).get(communication_id)
    communication, time_zone = stored.payload, time_zone_of(context.unlocked)
    values = {
        "type": communication.type,
        "direction": communication.direction,
        "day": communication.happened_at.astimezone(ZoneInfo(time_zone)).date().isoformat(),
        "subject": communication.subject,
        "text": communication.text,
        "version": stored.version,
    }
    return _page(context, stored, Form(values))


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def change(context: UnlockedPageDep, communication_id: UUID) -> Response:
    """Update a communication."""
    service = RecordService(context.unlocked, COMMUNICATIONS)
    stored = service.get(communication_id)

    def save(form: CommunicationForm) -> Response:
        communication = Communication(
            type=form.type,
            direction=form.direction,
            happened_at=_happened_at(context, stored, form.day),
            subject=form.subject,
            text=form.text,
        )
        service.update(communication_id, form.version, communication)
        return context.redirect(f"/clients/{stored.client_id}", "saved")

    return await context.handle_form(
        CommunicationForm, save, lambda form, status: _page(context, stored, form, status)
    )


@router.post("/remove", dependencies=WRITE_DEPENDENCIES)
async def remove(context: UnlockedPageDep, communication_id: UUID) -> Response:
    """Delete a communication."""
    service = RecordService(context.unlocked, COMMUNICATIONS)
    stored = service.get(communication_id)
    service.delete(communication_id)
    return context.redirect(f"/clients/{stored.client_id}", "removed")


def _page(
    context: UnlockedPageContext,
    stored: Stored[Communication],
    form: Form | FormErrors,
    status: int = 200,
) -> Response:
    return context.render(
        "communication.html",
        status,
        heading=_("Message or call"),
        form=form,
        here=f"{context.path}/communications/{stored.id}",
        back=f"{context.path}/clients/{stored.client_id}",
        channels=options(CHANNEL),
        directions=options(DIRECTION),
        version=form.value("version") or str(stored.version),
    )


def _happened_at(
    context: UnlockedPageContext, stored: Stored[Communication], day: date
) -> datetime:
    """Return the time: the hour is kept, unless the day changes."""
    time_zone, before = time_zone_of(context.unlocked), stored.payload.happened_at
    same = before.astimezone(ZoneInfo(time_zone)).date() == day
    return before if same else at_noon(day, time_zone)
