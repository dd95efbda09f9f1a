"""Public profile page."""

from email.utils import format_datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from escorts.age_gate import PAGE_AGE_GATE, VARY
from escorts.dependencies import PublicAvailabilityDep, PublicProfilesDep
from escorts.domain.appearance import Appearance
from escorts.domain.profiles import PublicProfile
from escorts.pages.labels import build_profile_view, price_from, render_avatar
from escorts.pages.seo import profile_meta
from escorts.pages.weekly_schedule import build_weekly_schedule
from escorts.service.public_availability import UpcomingAvailability
from escorts.service.public_profiles import SlugRedirect
from kit import clock
from kit.auth import public
from kit.http import capped_max_age
from kit.pages import TemplateRenderer

PROFILE_SECONDS = 1800
pages = TemplateRenderer("escorts")
router = APIRouter(include_in_schema=False)


@router.get("/{slug}", dependencies=[public(), PAGE_AGE_GATE])
async def profile_page(
    request: Request, slug: str, profiles: PublicProfilesDep, availability: PublicAvailabilityDep
) -> Response:
    """Render a profile; a former slug redirects to the current one."""
    found = profiles.get_with_redirect(slug)
    if isinstance(found, SlugRedirect):
        return RedirectResponse(f"/{found.slug}", 301)
    if slug != found.slug:
        return RedirectResponse(f"/{found.slug}", 302)
    return _render_profile(
        request, found, profiles.get_appearance(found), availability.upcoming(found.id)
    )


def _render_profile(
    request: Request,
    profile: PublicProfile,
    appearance: Appearance,
    upcoming: UpcomingAvailability,
) -> Response:
    # Only the URL without a query string is cached, since the CDN is purged by path.
    longest = 0 if request.url.query else PROFILE_SECONDS
    return pages.render(
        request,
        "profile.html",
        cache_seconds=capped_max_age(longest, clock.now(), profile.public_until),
        headers={"Last-Modified": format_datetime(profile.updated_at, usegmt=True), "Vary": VARY},
        meta=profile_meta(profile),
        profile_view=build_profile_view(profile),
        price=price_from(profile.content.rates),
        appearance=appearance,
        verified_at=profile.verified_at,
        time=build_weekly_schedule(upcoming),
        render_avatar=render_avatar,
    )
