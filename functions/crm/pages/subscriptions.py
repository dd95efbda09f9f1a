"""Pages of area subscriptions and campaigns."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi.responses import Response
from pydantic import Field

from crm.dependencies import CampaignsDep
from crm.domain.enums import NotificationChannel
from crm.domain.subscriptions import AreaSubscription
from crm.pages.client_detail import at_noon
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.forms import client_options, parse_uuid
from crm.pages.labels import Labels, format_date, options
from crm.pages.record_list import render_record_list
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.schemas.fields import Line, ShortText
from crm.schemas.subscriptions import Message
from crm.service.campaigns import MAX_EMAILS_PER_DAY
from crm.service.dashboard import time_zone_of
from crm.service.subscriptions import CampaignAudience, SubscriptionInput, SubscriptionService
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.ids import new_id
from kit.pages import Form, FormErrors, VersionForm

router = page_router()
PER_PAGE = 25
CHANNEL_LABELS = Labels(
    {
        NotificationChannel.EMAIL: N_("E-mail"),
        NotificationChannel.SMS: N_("Text message"),
        NotificationChannel.BOTH: N_("E-mail and text message"),
    }
)


class SubscriptionForm(Body):
    """Form of an area subscription."""

    client: Annotated[UUID, Field(title=N_("Client"))]
    area: Annotated[Line, Field(title=N_("Area"))]
    channel: Annotated[NotificationChannel, Field(title=N_("Channel"))] = NotificationChannel.EMAIL
    asked: Annotated[date, Field(title=N_("Consent given on"))]
    how: Annotated[ShortText, Field(title=N_("How the client asked"))] = ""
    entry: UUID | None = None

    def to_input(self, context: UnlockedPageContext) -> SubscriptionInput:
        """Return the input of the service."""
        now, time_zone = context.unlocked.now(), time_zone_of(context.unlocked)
        at = at_noon(self.asked, time_zone)
        if at > now and format_date(at, time_zone) == format_date(now, time_zone):
            at = now
        return SubscriptionInput(
            area=self.area, channel=self.channel, consented_at=at, how=self.how
        )


class AreaForm(Body):
    """Form that chooses an area."""

    area: Annotated[Line, Field(title=N_("Area"))]


class CampaignForm(AreaForm):
    """Form of a campaign; the id comes from the page, so that a repeated submission sends nothing."""

    message: Annotated[Message, Field(title=N_("Message"))]
    announcement: UUID


@router.get("/area-subscriptions")
async def subscriptions_page(context: UnlockedPageDep) -> Response:
    """Show the subscriptions, the latest first."""
    return _render_list(context)


@router.post("/area-subscriptions", dependencies=WRITE_DEPENDENCIES)
async def add_subscription(context: UnlockedPageDep) -> Response:
    """Add a subscription."""

    def save(form: SubscriptionForm) -> Response:
        SubscriptionService(context.unlocked).add(form.client, form.to_input(context), form.entry)
        return context.redirect("/area-subscriptions", "added")

    return await context.handle_form(
        SubscriptionForm,
        save,
        lambda form, s: _render_list(context, s, form),
        field_names={"consentedAt": "asked"},
    )


@router.post("/campaigns/preview", dependencies=WRITE_DEPENDENCIES)
async def preview_campaign(context: UnlockedPageDep) -> Response:
    """Show the recipients of an area, and ask for the message."""

    def preview(form: AreaForm) -> Response:
        values = {"area": form.area, "announcement": new_id()}
        return _render_preview(context, form.area, Form(values, prefix="campaign"))

    return await context.handle_form(
        AreaForm,
        preview,
        lambda form, s: _render_list(context, s, preview_form=form),
        prefix="preview",
    )


@router.post("/campaigns", dependencies=WRITE_DEPENDENCIES)
async def send_campaign(context: UnlockedPageDep, campaigns: CampaignsDep) -> Response:
    """Send a campaign."""

    def send(form: CampaignForm) -> Response:
        done = campaigns.send(form.announcement, form.area, form.message)
        return context.render(
            "campaign_sent.html",
            heading=_("Campaign sent"),
            email_count=done.email_count,
            manual_recipients=[(one.id, one.profile.name) for one in done.manual_recipients],
        )

    def render_errors(form: FormErrors, status: int) -> Response:
        area = form.value("area")
        return (
            _render_preview(context, area, form, status)
            if area
            else context.redirect("/area-subscriptions")
        )

    return await context.handle_form(CampaignForm, send, render_errors, prefix="campaign")


@router.post("/area-subscriptions/{subscription_id}/unsubscribe", dependencies=WRITE_DEPENDENCIES)
async def end_subscription(context: UnlockedPageDep, subscription_id: UUID) -> Response:
    """End a subscription for the client."""

    def unsubscribe(form: VersionForm) -> Response:
        SubscriptionService(context.unlocked).unsubscribe(subscription_id, form.version)
        return context.redirect("/area-subscriptions", "saved")

    return await context.handle_form(
        VersionForm, unsubscribe, lambda form, s: _render_list(context, s, form)
    )


@router.post("/area-subscriptions/{subscription_id}/remove", dependencies=WRITE_DEPENDENCIES)
async def remove_subscription(context: UnlockedPageDep, subscription_id: UUID) -> Response:
    """Delete a subscription."""
    SubscriptionService(context.unlocked).delete(subscription_id)
    return context.redirect("/area-subscriptions", "removed")


def _render_list(
    context: UnlockedPageContext,
    status: int = 200,
    form: Form | None = None,
    preview_form: Form | None = None,
) -> Response:
    client = parse_uuid(context.request.query_params.get("client", ""))
    subscriptions = SubscriptionService(context.unlocked)
    today = context.unlocked.now().date().isoformat()
    form = form or Form({"client": client or "", "asked": today, "channel": "email"})
    return render_record_list(
        context,
        "area_subscriptions.html",
        "/area-subscriptions",
        filters={"client": client},
        load_page=lambda cursor: subscriptions.list(
            RecordFilter(client_id=client), cursor, PER_PAGE
        ),
        view=lambda page: {
            "heading": _("Area subscriptions"),
            "form": form,
            "preview_form": preview_form or Form(prefix="preview"),
            "channels": options(CHANNEL_LABELS),
            "clients": client_options(context.unlocked, form.value("client")),
            "rows": [
                _to_row(context, one, page.names.get(one.client_id, "")) for one in page.items
            ],
        },
        status=status,
    )


def _render_preview(
    context: UnlockedPageContext, area: str, form: Form, status: int = 200
) -> Response:
    audience: CampaignAudience = SubscriptionService(context.unlocked).recipients(area)
    return context.render(
        "campaign_preview.html",
        status,
        heading=_("Campaign: %(area)s", area=area),
        form=form,
        area=area,
        by_mail=len(audience.email_recipients),
        resting=audience.in_cooldown,
        manual_recipients=[(one.id, one.profile.name) for one in audience.manual_recipients],
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
