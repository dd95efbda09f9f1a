"""First page of the dashboard: publication checklist, views and status."""

from datetime import timedelta

from fastapi.responses import Response

from escorts.dashboard_dependencies import ViewStatisticsDep
from escorts.domain.verification import OPEN_STATUSES, Verification, VerificationStatus
from escorts.pages.dashboard.context import ProviderContext, ProviderContextDep, dashboard_router
from escorts.pages.labels import VERIFICATION_LABELS, build_profile_view, render_avatar
from escorts.service.my_profile import ProfileOverview
from kit import clock, formats
from kit.i18n import N_, ngettext
from kit.i18n import gettext as _

router = dashboard_router()
_RENEWAL_NOTICE_DAYS = 60
"""Days before the end from which on a verification can be renewed, and the page says so."""
_PAGE_OF_ITEM = {
    "bio": "profile",
    "languages": "profile",
    "services": "profile",
    "jurisdiction": "profile",
    "rates": "rates",
    "locations": "places",
    "availability": "weekly-hours",
    "publish": "visibility",
    "consent": "visibility",
    "hidden": "visibility",
    "text": "profile",
    "text-places": "places",
    "text-address": "visibility",
    "verification": "visibility",
}
_LINK_LABELS = {
    "profile": N_("Edit the profile"),
    "rates": N_("Edit rates"),
    "places": N_("Edit places"),
    "weekly-hours": N_("Open weekly hours"),
    "visibility": N_("Open visibility"),
}


@router.get("")
async def overview_page(context: ProviderContextDep, viewing: ViewStatisticsDep) -> Response:
    """Show the checklist, the views and the profile's status."""
    overview = context.profile_service.get_overview(context.profile)
    today = clock.now().date()
    views = viewing.for_period(
        context.profile.id, today - timedelta(days=6), today, user_id=context.owner.user_id
    )
    return context.render(
        "dashboard_overview.html",
        overview=overview,
        checklist=[(item, _link(context, item.code)) for item in overview.checklist],
        state=publication_badge(overview),
        verification=verification_summary(overview.verification),
        week=sum(day.views for day in views.days),
        total=views.total,
        counted_until=views.counted_until,
    )


@router.get("/preview")
async def preview_page(context: ProviderContextDep) -> Response:
    """Show the profile as the public would see it."""
    return context.render(
        "dashboard_preview.html",
        profile_view=build_profile_view(context.profile),
        appearance=context.settings_service.appearances.get(context.profile.id),
        verified_at=None,
        render_avatar=render_avatar,
    )


def publication_badge(overview: ProfileOverview) -> tuple[str, str, str]:
    """Return text, tone and icon of the badge for the publication state."""
    standing = overview.profile.publication
    if overview.public:
        return _("Public"), "success", "check"
    if standing.status == "suspended":
        return _("Suspended"), "danger", "ban"
    if any(item.code.startswith("text") for item in overview.checklist):
        return _("Not public: a text has to be changed"), "danger", "eye-off"
    if standing.hidden:
        return _("Hidden"), "warning", "eye-off"
    if standing.status == "inactive":
        return _("Draft"), "neutral", "pencil"
    return _("Not public yet"), "warning", "clock"


def verification_summary(latest: Verification | None) -> tuple[str, str]:
    """Return the verification's status, and the provider's next step if there is one."""
    if latest is None:
        return _("Not requested yet"), ""
    if latest.status in OPEN_STATUSES:
        return _("Pending since %(date)s", date=formats.format_date(latest.submitted_at.date())), ""
    now = clock.now()
    if latest.status is not VerificationStatus.VERIFIED or not latest.is_current(now):
        return _(VERIFICATION_LABELS[latest.status]), latest.reason or ""
    assert latest.expires_at is not None  # noqa: S101 - a verified one has an end
    days = (latest.expires_at - now).days
    until = _("Verified until %(date)s", date=formats.format_date(latest.expires_at.date()))
    if days > _RENEWAL_NOTICE_DAYS:
        return until, ""
    return until, ngettext(
        "It ends in %(count)s day: request the next one under Visibility.",
        "It ends in %(count)s days: request the next one under Visibility.",
        days,
    )


def _link(context: ProviderContext, code: str) -> tuple[str, str]:
    if code == "account":
        return "/account", _("Open the account")
    part = _PAGE_OF_ITEM.get(code, "")
    return (f"{context.base_path}/{part}", _(_LINK_LABELS[part])) if part else ("", "")
