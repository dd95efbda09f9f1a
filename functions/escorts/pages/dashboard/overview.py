"""The room's first page: what is missing until the profile is public, and how it stands."""

from datetime import timedelta

from fastapi.responses import Response

from escorts.dashboard_dependencies import OwnViews
from escorts.domain.verification import OPEN, Verification, VerificationStatus
from escorts.pages.dashboard.context import InRoom, Room, room_router
from escorts.pages.labels import build_profile_view, render_avatar
from escorts.service.my_profile import Overview
from kit import clock

router = room_router()
_SOON = 60
"""Days before the end when renewing becomes possible, and worth saying."""
_PAGES = {
    "bio": "profile",
    "languages": "profile",
    "services": "profile",
    "jurisdiction": "profile",
    "rates": "rates",
    "locations": "places",
    "availability": "week",
    "publish": "visibility",
    "consent": "visibility",
    "hidden": "visibility",
    "text": "profile",
    "text-places": "places",
    "text-address": "visibility",
    "verification": "visibility",
}
_LABELS = {
    "profile": "Open the profile",
    "rates": "Open the rates",
    "places": "Open the places",
    "week": "Open the week",
    "visibility": "Open visibility",
}


@router.get("")
async def overview_page(room: InRoom, viewing: OwnViews) -> Response:
    """Show what is missing until the profile is public, and how it stands."""
    overview = room.provider.overview(room.profile)
    today = clock.now().date()
    views = viewing.for_period(
        room.profile.id, today - timedelta(days=6), today, user_id=room.owner.user_id
    )
    return room.show(
        "admin_overview.html",
        overview=overview,
        todo=[(item, _link(room, item.code)) for item in overview.todo],
        state=state_of(overview),
        verification=verification_says(overview.verification),
        week=sum(day.views for day in views.days),
        total=views.total,
        counted_until=views.counted_until,
    )


@router.get("/preview")
async def preview_page(room: InRoom) -> Response:
    """Show the profile as the public would see it."""
    return room.show(
        "admin_preview.html",
        profile_view=build_profile_view(room.profile),
        look=room.uses.appearances.of(room.profile.id),
        verified_at=None,
        render_avatar=render_avatar,
    )


def state_of(overview: Overview) -> tuple[str, str, str]:
    """Return whether the profile is public, as words, tone and icon of a badge."""
    standing = overview.profile.standing
    if overview.public:
        return "Public", "success", "check"
    if standing.status == "suspended":
        return "Suspended", "danger", "ban"
    if any(item.code.startswith("text") for item in overview.todo):
        return "Not shown: a text has to be changed", "danger", "eye-off"
    if standing.hidden:
        return "Hidden", "warning", "eye-off"
    if standing.status == "inactive":
        return "Draft", "neutral", "pencil"
    return "Not public yet", "warning", "clock"


def verification_says(latest: Verification | None) -> tuple[str, str]:
    """Return where the verification stands and, if something is to be done about it, what."""
    if latest is None:
        return "Not asked for yet", ""
    if latest.status in OPEN:
        return f"Waiting for our staff since {latest.submitted_at:%d %B %Y}", ""
    now = clock.now()
    if latest.status is not VerificationStatus.VERIFIED or not latest.is_current(now):
        return latest.status.value.replace("_", " ").capitalize(), latest.reason or ""
    assert latest.expires_at is not None  # noqa: S101 - a verified one has an end
    days = (latest.expires_at - now).days
    until = f"Verified until {latest.expires_at:%d %B %Y}"
    if days > _SOON:
        return until, ""
    return until, f"It ends in {days} days: ask for the next one under Visibility."


def _link(room: Room, code: str) -> tuple[str, str]:
    if code == "account":
        return "/account", "Open the account"
    part = _PAGES.get(code, "")
    return (f"{room.path}/{part}", _LABELS[part]) if part else ("", "")
