"""A provider's own room: who is in it, and what all its pages share."""

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
from escorts.pages.forms import UNPROCESSABLE, pages
from escorts.service.availability import OwnAvailabilityService
from escorts.service.my_profile import ProfileService
from escorts.service.profile_settings import ProfileSettingsService as Uses
from kit.auth import Principal
from kit.errors import DomainError
from kit.pages import Form, FormErrors, read_form

NAV = (
    ("", "Overview"),
    # Served by the bookings, behind the same door.
    ("bookings", "Bookings"),
    ("profile", "Profile"),
    ("rates", "Rates"),
    ("places", "Places"),
    ("weekly-hours", "Weekly hours"),
    ("exceptions", "Exceptions"),
    ("tours", "Tours"),
    ("visibility", "Visibility"),
    ("appearance", "Appearance"),
)
_DONE = {
    "created": "Your profile has begun. Nobody but you sees it yet.",
    "saved": "Saved.",
    "added": "Added.",
    "removed": "Removed.",
    "copied": "Copied.",
    "now": "You are available now. It ends by itself.",
    "ended": "You are not available now any more.",
    "submitted": "We have your request. A person of our staff looks at it next.",
    "published": "Your profile may be public again.",
    "withdraw": "Your profile is withdrawn, and your consent with it.",
    "hide": "Your profile is hidden.",
    "show": "Your profile is shown again.",
    "renamed": "Your profile has its new address. The former one leads to it.",
}
# Every page of the room is one router's: none of them can forget the door.
WRITES = [Depends(limit_dashboard_writes)]


def dashboard_router() -> APIRouter:
    """Return a router for pages of the room; each of them is behind its door."""
    return APIRouter(prefix="/{slug}/admin", dependencies=[PROVIDER_ONLY], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """One request of a provider in her room."""

    request: Request
    owner: Principal
    profile: Profile
    settings_service: Uses
    availability: OwnAvailabilityService

    @property
    def profile_service(self) -> ProfileService:
        """What she may do with her profile."""
        return self.settings_service.profile_service

    @property
    def base_path(self) -> str:
        """Where the room is."""
        return f"/{self.profile.slug}/admin"

    def render(self, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        """Answer with a page of the room; from 400 on the transaction is undone."""
        return pages.render(
            self.request,
            template,
            status,
            room=self.base_path,
            parts=NAV,
            profile=self.profile,
            done=_DONE.get(self.request.query_params.get("done", ""), ""),
            **values,
        )

    def redirect(self, part: str, done: str, anchor: str = "") -> RedirectResponse:
        """Lead the browser on after a form, so that reloading repeats nothing."""
        place = f"{self.base_path}/{part}" if part else self.base_path
        where = f"#{anchor}" if anchor else ""
        return RedirectResponse(f"{place}?done={done}{where}", status_code=303)


async def provider_context(
    request: Request,
    slug: str,
    resident: CurrentProvider,
    uses: ProfileSettingsDep,
    time: AvailabilityDep,
) -> ProviderContext:
    """Let the owner in at any address of her own; anybody else's is not there."""
    return ProviderContext(
        request, resident, uses.require_owner(resident.user_id, slug), uses, time
    )


type ProviderContextDep = Annotated[ProviderContext, Depends(provider_context)]


async def save_content_form[F: BaseModel](
    context: ProviderContext,
    model: type[F],
    change: Callable[[Content, F], Content],
    respond: Callable[[F], Response],
    render_errors: Callable[[Form, int], Response],
) -> Response:
    """Read a form and save the content as `changed` by it; or show the page `again`, and why.

    Nobody else changes the profile meanwhile, so a change is always made to what is saved now.
    """
    form = await read_form(context.request, model)
    if isinstance(form, FormErrors):
        return render_errors(form, UNPROCESSABLE)
    profile = context.profile_service.get_own_for_update(context.owner.user_id, context.profile.id)
    try:
        content = change(profile.content, form)
        if content != profile.content:
            context.profile_service.update(
                context.owner.user_id, profile.id, profile.version, content
            )
    except DomainError as error:
        return render_errors(FormErrors.from_error(error, form), error.status)
    return respond(form)
