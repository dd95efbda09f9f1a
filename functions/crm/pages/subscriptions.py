"""Who wants to hear of which area, and telling them."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi.responses import Response
from pydantic import Field

from crm.dependencies import Announcer
from crm.domain.enums import NotificationChannel
from crm.domain.subscriptions import AreaConsent
from crm.pages.client_detail import at_noon
from crm.pages.context import WRITES, AtSheet, Sheet, page_router
from crm.pages.forms import id_of, people_options
from crm.pages.labels import day, options
from crm.repository.encrypted_records import Kept, Wanted
from crm.schemas.fields import Line, ShortText, Version
from crm.schemas.subscriptions import Message
from crm.service.campaigns import LETTERS_A_DAY
from crm.service.dashboard import home_zone
from crm.service.subscriptions import Areas, Audience, NewConsent
from kit.errors import Invalid
from kit.http import Request as Body
from kit.ids import new_id
from kit.pages import Form, FormErrors

router = page_router("/areas")
PER_PAGE = 25
CHANNEL = {
    NotificationChannel.EMAIL: "By e-mail",
    NotificationChannel.SMS: "By text message",
    NotificationChannel.BOTH: "By both",
}


class ConsentForm(Body):
    """A client's wish."""

    client: Annotated[UUID, Field(title="Who")]
    area: Annotated[Line, Field(title="Area")]
    channel: Annotated[NotificationChannel, Field(title="How")] = NotificationChannel.EMAIL
    asked: Annotated[date, Field(title="Asked for it on")]
    how: Annotated[ShortText, Field(title="In which words")] = ""
    entry: UUID | None = None

    def to_new(self, sheet: Sheet) -> NewConsent:
        """Return it as the use case takes it."""
        now, zone = sheet.desk.now(), home_zone(sheet.desk)
        at = at_noon(self.asked, zone)
        if at > now and day(at, zone) == day(now, zone):
            at = now
        return NewConsent(area=self.area, channel=self.channel, consented_at=at, how=self.how)


class AreaForm(Body):
    """Which area."""

    area: Annotated[Line, Field(title="Area")]


class AnnounceForm(AreaForm):
    """What is told; the id is this page's, so that sent twice it is sent once."""

    message: Annotated[Message, Field(title="Your words")]
    announcement: UUID


class VersionForm(Body):
    """Which version was seen."""

    version: Version


@router.get("")
async def areas_page(sheet: AtSheet) -> Response:
    """Show the wishes, the latest first."""
    return _page(sheet)


@router.post("", dependencies=WRITES)
async def add(sheet: AtSheet) -> Response:
    """Write a wish down."""

    def keep(form: ConsentForm) -> Response:
        Areas(sheet.desk).add(form.client, form.to_new(sheet), form.entry)
        return sheet.see("/areas", "added")

    return await sheet.take(
        ConsentForm, keep, lambda form, s: _page(sheet, s, form), fields={"consentedAt": "asked"}
    )


@router.post("/audience", dependencies=WRITES)
async def audience(sheet: AtSheet) -> Response:
    """Say who would hear of an area, and ask for the words."""

    def look(form: AreaForm) -> Response:
        values = {"area": form.area, "announcement": new_id()}
        return _announce(sheet, form.area, Form(values, prefix="tell"))

    return await sheet.take(AreaForm, look, lambda form, s: _page(sheet, s, tell=form), prefix="to")


@router.post("/announce", dependencies=WRITES)
async def announce(sheet: AtSheet, announcer: Announcer) -> Response:
    """Tell them."""

    def tell(form: AnnounceForm) -> Response:
        done = announcer.announce(form.announcement, form.area, form.message)
        return sheet.show(
            "announced.html",
            heading="Told",
            letters=done.letters,
            by_herself=[(one.id, one.details.name) for one in done.by_herself],
        )

    def again(form: FormErrors, status: int) -> Response:
        area = form.value("area")
        return _announce(sheet, area, form, status) if area else sheet.see("/areas")

    return await sheet.take(AnnounceForm, tell, again, prefix="tell")


@router.post("/{consent_id}/end", dependencies=WRITES)
async def end(sheet: AtSheet, consent_id: UUID) -> Response:
    """Note that somebody wants to hear no more."""

    def stop(form: VersionForm) -> Response:
        Areas(sheet.desk).end(consent_id, form.version)
        return sheet.see("/areas", "saved")

    return await sheet.take(VersionForm, stop, lambda form, s: _page(sheet, s, form))


@router.post("/{consent_id}/remove", dependencies=WRITES)
async def remove(sheet: AtSheet, consent_id: UUID) -> Response:
    """Take one away."""
    Areas(sheet.desk).remove(consent_id)
    return sheet.see("/areas", "removed")


def _page(
    sheet: Sheet, status: int = 200, form: Form | None = None, tell: Form | None = None
) -> Response:
    asked = sheet.request.query_params
    client = id_of(asked.get("client", ""))
    kept = {"client": str(client)} if client else {}
    try:
        page = Areas(sheet.desk).page(
            Wanted(client_id=client), asked.get("cursor") or None, PER_PAGE
        )
    except Invalid:
        return sheet.see("/areas")
    today = sheet.desk.now().date().isoformat()
    form = form or Form(kept | {"asked": today, "channel": "email"})
    more = urlencode(kept | {"cursor": page.next_cursor or ""})
    return sheet.show(
        "areas.html",
        status,
        heading="Areas",
        form=form,
        tell=tell or Form(prefix="to"),
        channels=options(CHANNEL),
        people=people_options(sheet.desk, form.value("client")),
        rows=[_row(sheet, one, page.names.get(one.client_id, "")) for one in page.items],
        next_url=f"{sheet.path}/areas?{more}" if page.next_cursor else "",
    )


def _announce(sheet: Sheet, area: str, form: Form, status: int = 200) -> Response:
    found: Audience = Areas(sheet.desk).audience(area)
    return sheet.show(
        "announce.html",
        status,
        heading=f"News of {area}",
        form=form,
        area=area,
        by_mail=len(found.by_mail),
        resting=found.resting,
        by_herself=[(one.id, one.details.name) for one in found.by_herself],
        most=LETTERS_A_DAY,
    )


def _row(sheet: Sheet, kept: Kept[AreaConsent], name: str) -> dict[str, Any]:
    one, zone = kept.entry, home_zone(sheet.desk)
    return {
        "id": kept.id,
        "version": kept.version,
        "client": kept.client_id,
        "name": name,
        "area": one.area,
        "channel": CHANNEL[one.channel],
        "how": one.how,
        "since": day(one.consented_at, zone),
        "ended": day(one.unsubscribed_at, zone) if one.unsubscribed_at else "",
    }
