"""Context of the provider's dashboard: request, provider and navigation, shared by its pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from escorts.dashboard_dependencies import (
    PROVIDER_ONLY,
    AvailabilityDep,
    CurrentProvider,
    ProfileSettingsDep,
    limit_dashboard_writes,
)
from escorts.domain.profiles import Content, Profile
from escorts.pages.forms import pages
from escorts.service.availability import OwnAvailabilityService
from escorts.service.my_profile import ProfileService
from escorts.service.profile_settings import ProfileSettingsService as Uses
from kit.auth import Principal
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import FormErrors, handle_form, redirect

NAV = (
    ("", N_("Overview")),
    # Served by the bookings, in the same session.
    ("bookings", N_("Bookings")),
    ("profile", N_("Profile")),
    ("rates", N_("Rates")),
    ("places", N_("Places")),
    ("weekly-hours", N_("Weekly hours")),
    ("exceptions", N_("Exceptions")),
    ("tours", N_("Tours")),
    ("visibility", N_("Visibility")),
    ("appearance", N_("Appearance")),
)
_DONE = {
    "created": N_("Profile created. Only you can see it so far."),
    "saved": N_("Saved."),
    "added": N_("Added."),
    "removed": N_("Removed."),
    "copied": N_("Copied."),
    "now": N_("You are shown as available now. It ends by itself."),
    "ended": N_("You are no longer shown as available now."),
    "submitted": N_("Request sent. Our staff will review it."),
    "published": N_("Profile published."),
    "withdraw": N_("Your profile and your consent are withdrawn."),
    "hide": N_("Your profile is hidden."),
    "show": N_("Your profile is visible again."),
    "renamed": N_("Address changed. The old one redirects to the new one."),
}
# Every page of the dashboard uses this router, so that none of them can miss the access check.
WRITES = [Depends(limit_dashboard_writes)]


def dashboard_router() -> APIRouter:
    """Return a router for dashboard pages with the access check of the dashboard's session."""
    return APIRouter(prefix="/{slug}/admin", dependencies=[PROVIDER_ONLY], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """Request of a signed-in provider with the profile and its services."""

    request: Request
    owner: Principal
    profile: Profile
    settings_service: Uses
    availability: OwnAvailabilityService

    @property
    def profile_service(self) -> ProfileService:
        """Return the service for the provider's profile."""
        return self.settings_service.profile_service

    @property
    def base_path(self) -> str:
        """Return the path of the dashboard."""
        return f"/{self.profile.slug}/admin"

    def render(self, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        """Render a dashboard page; a status from 400 on rolls the transaction back."""
        return pages.render(
            self.request,
            template,
            status,
            base_path=self.base_path,
            nav=[(part, _(label)) for part, label in NAV],
            profile=self.profile,
            done=_(_DONE.get(self.request.query_params.get("done", ""), "")),
            **values,
        )

    def redirect(self, part: str, done: str, anchor: str = "") -> RedirectResponse:
        """Redirect the browser after a form, so that reloading repeats nothing."""
        place = f"{self.base_path}/{part}" if part else self.base_path
        where = f"#{anchor}" if anchor else ""
        return redirect(f"{place}?done={done}{where}")


async def provider_context(
    request: Request,
    slug: str,
    resident: CurrentProvider,
    uses: ProfileSettingsDep,
    time: AvailabilityDep,
) -> ProviderContext:
    """Return the context for the owner, at any slug of the profile; other callers get 404."""
    return ProviderContext(
        request, resident, uses.require_owner(resident.user_id, slug), uses, time
    )


type ProviderContextDep = Annotated[ProviderContext, Depends(provider_context)]


async def save_content_form[F: BaseModel](
    context: ProviderContext,
    model: type[F],
    change: Callable[[Content, F], Content],
    respond: Callable[[F], Response],
    render_errors: Callable[[FormErrors, int], Response],
) -> Response:
    """Read a form and save the content as `change` returns it, or render the page with errors.

    The profile is locked, so the change always applies to the content that is saved now.
    """

    def save(form: F) -> Response:
        profiles, owner = context.profile_service, context.owner.user_id
        profile = profiles.get_own_for_update(owner, context.profile.id)
        content = change(profile.content, form)
        if content != profile.content:
            profiles.update(owner, profile.id, profile.version, content)
        return respond(form)

    return await handle_form(context.request, model, save, render_errors)
