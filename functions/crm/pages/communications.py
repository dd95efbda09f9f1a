"""What was said, put right or taken out."""

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
from crm.repository.encrypted_records import Stored
from crm.repository.record_types import COMMUNICATIONS
from crm.schemas.fields import ShortText, Text, Version
from crm.service.dashboard import time_zone_of
from crm.service.records import RecordService
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/said/{said_id}")


class CommunicationForm(Body):
    """A message or a call, as it is to be from now on."""

    type: CommunicationType
    direction: Direction
    day: Annotated[date, Field(title="Day")]
    subject: ShortText = ""
    text: Text = ""
    version: Version


@router.get("")
async def communication_page(context: UnlockedPageDep, said_id: UUID) -> Response:
    """Show it, to be put right."""
    stored = RecordService(context.unlocked, COMMUNICATIONS).get(said_id)
    said, time_zone = stored.payload, time_zone_of(context.unlocked)
    values = {
        "type": said.type,
        "direction": said.direction,
        "day": said.happened_at.astimezone(ZoneInfo(time_zone)).date().isoformat(),
        "subject": said.subject,
        "text": said.text,
        "version": stored.version,
    }
    return _page(context, stored, Form(values))


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def change(context: UnlockedPageDep, said_id: UUID) -> Response:
    """Put it right."""
    entries = RecordService(context.unlocked, COMMUNICATIONS)
    stored = entries.get(said_id)

    def keep(form: CommunicationForm) -> Response:
        said = Communication(
            type=form.type,
            direction=form.direction,
            happened_at=_happened(context, stored, form.day),
            subject=form.subject,
            text=form.text,
        )
        entries.update(said_id, form.version, said)
        return context.redirect(f"/clients/{stored.client_id}", "saved")

    return await context.handle_form(
        CommunicationForm, keep, lambda form, status: _page(context, stored, form, status)
    )


@router.post("/remove", dependencies=WRITE_DEPENDENCIES)
async def remove(context: UnlockedPageDep, said_id: UUID) -> Response:
    """Take it out."""
    entries = RecordService(context.unlocked, COMMUNICATIONS)
    stored = entries.get(said_id)
    entries.delete(said_id)
    return context.redirect(f"/clients/{stored.client_id}", "removed")


def _page(
    context: UnlockedPageContext,
    stored: Stored[Communication],
    form: Form | FormErrors,
    status: int = 200,
) -> Response:
    return context.render(
        "said.html",
        status,
        heading="A message or a call",
        form=form,
        here=f"{context.path}/said/{stored.id}",
        back=f"{context.path}/clients/{stored.client_id}",
        channels=options(CHANNEL),
        directions=[(key.value, said.capitalize()) for key, said in DIRECTION.items()],
        version=form.value("version") or str(stored.version),
    )


def _happened(context: UnlockedPageContext, stored: Stored[Communication], day: date) -> datetime:
    """Return when: the hour stays, where the day does."""
    time_zone, before = time_zone_of(context.unlocked), stored.payload.happened_at
    same = before.astimezone(ZoneInfo(time_zone)).date() == day
    return before if same else at_noon(day, time_zone)
