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
from crm.pages.context import WRITES, AtSheet, Sheet, page_router
from crm.pages.labels import CHANNEL, DIRECTION, options
from crm.repository.encrypted_records import Kept
from crm.repository.record_types import COMMUNICATIONS
from crm.schemas.fields import ShortText, Text, Version
from crm.service.dashboard import home_zone
from crm.service.records import Entries
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/said/{said_id}")


class SaidForm(Body):
    """A message or a call, as it is to be from now on."""

    type: CommunicationType
    direction: Direction
    day: Annotated[date, Field(title="Day")]
    subject: ShortText = ""
    text: Text = ""
    version: Version


@router.get("")
async def said_page(sheet: AtSheet, said_id: UUID) -> Response:
    """Show it, to be put right."""
    kept = Entries(sheet.desk, COMMUNICATIONS).one(said_id)
    said, zone = kept.entry, home_zone(sheet.desk)
    values = {
        "type": said.type,
        "direction": said.direction,
        "day": said.happened_at.astimezone(ZoneInfo(zone)).date().isoformat(),
        "subject": said.subject,
        "text": said.text,
        "version": kept.version,
    }
    return _page(sheet, kept, Form(values))


@router.post("", dependencies=WRITES)
async def change(sheet: AtSheet, said_id: UUID) -> Response:
    """Put it right."""
    entries = Entries(sheet.desk, COMMUNICATIONS)
    kept = entries.one(said_id)

    def keep(form: SaidForm) -> Response:
        said = Communication(
            type=form.type,
            direction=form.direction,
            happened_at=_happened(sheet, kept, form.day),
            subject=form.subject,
            text=form.text,
        )
        entries.replace(said_id, form.version, said)
        return sheet.see(f"/clients/{kept.client_id}", "saved")

    return await sheet.take(SaidForm, keep, lambda form, status: _page(sheet, kept, form, status))


@router.post("/remove", dependencies=WRITES)
async def remove(sheet: AtSheet, said_id: UUID) -> Response:
    """Take it out."""
    entries = Entries(sheet.desk, COMMUNICATIONS)
    kept = entries.one(said_id)
    entries.remove(said_id)
    return sheet.see(f"/clients/{kept.client_id}", "removed")


def _page(
    sheet: Sheet, kept: Kept[Communication], form: Form | FormErrors, status: int = 200
) -> Response:
    return sheet.show(
        "said.html",
        status,
        heading="A message or a call",
        form=form,
        here=f"{sheet.path}/said/{kept.id}",
        back=f"{sheet.path}/clients/{kept.client_id}",
        channels=options(CHANNEL),
        directions=[(key.value, said.capitalize()) for key, said in DIRECTION.items()],
        version=form.value("version") or str(kept.version),
    )


def _happened(sheet: Sheet, kept: Kept[Communication], day: date) -> datetime:
    """Return when: the hour stays, where the day does."""
    zone, before = home_zone(sheet.desk), kept.entry.happened_at
    same = before.astimezone(ZoneInfo(zone)).date() == day
    return before if same else at_noon(day, zone)
