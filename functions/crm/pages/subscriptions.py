"""Who wants to hear of which area, and telling them."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi.responses import Response
from pydantic import Field

from crm.dependencies import CampaignsDep
from crm.domain.enums import NotificationChannel
from crm.domain.subscriptions import AreaSubscription
from crm.pages.client_detail import at_noon
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.forms import client_options, parse_uuid
from crm.pages.labels import format_date, options
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.schemas.fields import Line, ShortText, Version
from crm.schemas.subscriptions import Message
from crm.service.campaigns import MAX_EMAILS_PER_DAY
from crm.service.dashboard import time_zone_of
from crm.service.subscriptions import CampaignAudience, SubscriptionInput, SubscriptionService
from kit.errors import Invalid
from kit.http import Request as Body
from kit.ids import new_id
from kit.pages import Form, FormErrors

router = page_router("/areas")
PER_PAGE = 25
CHANNEL_LABELS = {
    NotificationChannel.EMAIL: "By e-mail",
    NotificationChannel.SMS: "By text message",
    NotificationChannel.BOTH: "By both",
}


class SubscriptionForm(Body):
    """A client's wish."""

    client: Annotated[UUID, Field(title="Who")]
    area: Annotated[Line, Field(title="Area")]
    channel: Annotated[NotificationChannel, Field(title="How")] = NotificationChannel.EMAIL
    asked: Annotated[date, Field(title="Asked for it on")]
    how: Annotated[ShortText, Field(title="In which words")] = ""
    entry: UUID | None = None

    def to_input(self, context: UnlockedPageContext) -> SubscriptionInput:
        """Return it as the use case takes it."""
        now, time_zone = context.unlocked.now(), time_zone_of(context.unlocked)
        at = at_noon(self.asked, time_zone)
        if at > now and format_date(at, time_zone) == format_date(now, time_zone):
            at = now
        return SubscriptionInput(area=self.area, channel=self.channel, consented_at=at, how=self.how)


class AreaForm(Body):
    """Which area."""

    area: Annotated[Line, Field(title="Area")]


class CampaignForm(AreaForm):
    """What is told; the id is this page's, so that sent twice it is sent once."""

    message: Annotated[Message, Field(title="Your words")]
    announcement: UUID


class VersionForm(Body):
    """Which version was seen."""

    version: Version


@router.get("")
async def subscriptions_page(context: UnlockedPageDep) -> Response:
    """Show the wishes, the latest first."""
    return _render_list(context)


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def add_subscription(context: UnlockedPageDep) -> Response:
    """Write a wish down."""

    def keep(form: SubscriptionForm) -> Response:
        SubscriptionService(context.unlocked).add(form.client, form.to_input(context), form.entry)
        return context.redirect("/areas", "added")

    return await context.handle_form(
        SubscriptionForm,
        keep,
        lambda form, s: _render_list(context, s, form),
        fields={"consentedAt": "asked"},
    )


@router.post("/audience", dependencies=WRITE_DEPENDENCIES)
async def preview_campaign(context: UnlockedPageDep) -> Response:
    """Say who would hear of an area, and ask for the words."""

    def look(form: AreaForm) -> Response:
        values = {"area": form.area, "announcement": new_id()}
        return _render_preview(context, form.area, Form(values, prefix="tell"))

    return await context.handle_form(
        AreaForm, look, lambda form, s: _render_list(context, s, tell=form), prefix="to"
    )


@router.post("/announce", dependencies=WRITE_DEPENDENCIES)
async def send_campaign(context: UnlockedPageDep, announcer: CampaignsDep) -> Response:
    """Tell them."""

    def tell(form: CampaignForm) -> Response:
        done = announcer.send(form.announcement, form.area, form.message)
        return context.render(
            "announced.html",
            heading="Told",
            letters=done.email_count,
            by_herself=[(one.id, one.profile.name) for one in done.manual_recipients],
        )

    def again(form: FormErrors, status: int) -> Response:
        area = form.value("area")
        return _render_preview(context, area, form, status) if area else context.redirect("/areas")

    return await context.handle_form(CampaignForm, tell, again, prefix="tell")


@router.post("/{consent_id}/end", dependencies=WRITE_DEPENDENCIES)
async def end_subscription(context: UnlockedPageDep, consent_id: UUID) -> Response:
    """Note that somebody wants to hear no more."""

    def stop(form: VersionForm) -> Response:
        SubscriptionService(context.unlocked).unsubscribe(consent_id, form.version)
        return context.redirect("/areas", "saved")

    return await context.handle_form(VersionForm, stop, lambda form, s: _render_list(context, s, form))


@router.post("/{consent_id}/remove", dependencies=WRITE_DEPENDENCIES)
async def remove_subscription(context: UnlockedPageDep, consent_id: UUID) -> Response:
    """Take one away."""
    SubscriptionService(context.unlocked).delete(consent_id)
    return context.redirect("/areas", "removed")


def _render_list(
    context: UnlockedPageContext,
    status: int = 200,
    form: Form | None = None,
    tell: Form | None = None,
) -> Response:
    asked = context.request.query_params
    client = parse_uuid(asked.get("client", ""))
    stored = {"client": str(client)} if client else {}
    try:
        page = SubscriptionService(context.unlocked).list(
            RecordFilter(client_id=client), asked.get("cursor") or None, PER_PAGE
        )
    except Invalid:
        return context.redirect("/areas")
    today = context.unlocked.now().date().isoformat()
    form = form or Form(stored | {"asked": today, "channel": "email"})
    more = urlencode(stored | {"cursor": page.next_cursor or ""})
    return context.render(
        "areas.html",
        status,
        heading="Areas",
        form=form,
        tell=tell or Form(prefix="to"),
        channels=options(CHANNEL_LABELS),
        people=client_options(context.unlocked, form.value("client")),
        rows=[_to_row(context, one, page.names.get(one.client_id, "")) for one in page.items],
        next_url=f"{context.path}/areas?{more}" if page.next_cursor else "",
    )


def _render_preview(context: UnlockedPageContext, area: str, form: Form, status: int = 200) -> Response:
    found: CampaignAudience = SubscriptionService(context.unlocked).recipients(area)
    return context.render(
        "announce.html",
        status,
        heading=f"News of {area}",
        form=form,
        area=area,
        by_mail=len(found.by_mail),
        resting=found.resting,
        by_herself=[(one.id, one.profile.name) for one in found.by_herself],
        most=MAX_EMAILS_PER_DAY,
    )


def _to_row(
    context: UnlockedPageContext, stored: Stored[AreaSubscription], name: str
) -> dict[str, Any]:
    one, time_zone = stored.payload, time_zone_of(context.unlocked)
    return {
        "id": stored.id,
        "version": stored.version,
        "client": stored.client_id,
        "name": name,
        "area": one.area,
        "channel": CHANNEL_LABELS[one.channel],
        "how": one.how,
        "since": format_date(one.consented_at, time_zone),
        "ended": format_date(one.unsubscribed_at, time_zone) if one.unsubscribed_at else "",
    }
