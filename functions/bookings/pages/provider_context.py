"""Request context that a provider's booking pages share."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from bookings.dependencies import to_caller
from bookings.domain.transitions import Actor
from bookings.page_dependencies import PROVIDER_ONLY, Provider, limit_provider_writes
from bookings.pages.client_booking import PageServices, PageServicesDep
from bookings.pages.forms import pages
from bookings.pages.transitions import done_messages
from bookings.repository.directory import Profile
from bookings.service.actions import BookingActions
from bookings.service.actor import Caller
from bookings.service.queries import BookingDetail
from bookings.service.transitions import booking_not_found
from kit.db import UnitOfWork
from kit.errors import NotFound
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import redirect

WRITES = [Depends(limit_provider_writes)]
TABS = (
    ("bookings", N_("Requests")),
    ("bookings/all", N_("All bookings")),
    ("bookings/calendar", N_("Calendar")),
    ("bookings/settings", N_("Settings")),
    ("", N_("Your profile")),
)
DONE_MESSAGES = {
    **done_messages(Actor.PROVIDER),
    "noted": N_("Your note is saved."),
    "saved": N_("Saved."),
    "added": N_("Added."),
    "removed": N_("Removed."),
    "revoked": N_("The calendar link is deleted."),
}


def provider_router(part: str = "") -> APIRouter:
    """Return a router for dashboard pages; each requires the provider's own session."""
    return APIRouter(
        prefix=f"/{{slug}}/admin/bookings{part}",
        dependencies=[PROVIDER_ONLY],
        include_in_schema=False,
    )


@dataclass(frozen=True, slots=True)
class ProviderPageContext:
    """Request context of a provider's page."""

    request: Request
    caller: Caller
    profile: Profile
    services: PageServices

    @property
    def dashboard_path(self) -> str:
        """Path of the dashboard."""
        return f"/{self.profile.slug}/admin"

    def render(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Render a page of the dashboard; from status 400 on the transaction is rolled back."""
        return pages.render(
            self.request,
            template,
            status,
            base_path=self.dashboard_path,
            home=f"{self.dashboard_path}/bookings",
            nav=[(part, _(name)) for part, name in TABS],
            profile=self.profile,
            done=_(DONE_MESSAGES.get(self.request.query_params.get("done", ""), "")),
            **context,
        )

    def redirect(self, part: str, done: str) -> RedirectResponse:
        """Redirect after a form, so that reloading repeats nothing."""
        return redirect(f"{self.dashboard_path}/bookings{part}?done={done}")


@dataclass(frozen=True, slots=True)
class ProviderBookingContext:
    """Request context of a provider at one booking."""

    context: ProviderPageContext
    booking_id: UUID

    @property
    def request(self) -> Request:
        """The HTTP request."""
        return self.context.request

    @property
    def caller(self) -> Caller:
        """The provider."""
        return self.context.caller

    @property
    def work(self) -> UnitOfWork:
        """The transaction."""
        return self.context.services.work

    @property
    def actions(self) -> BookingActions:
        """The actions on bookings."""
        return self.context.services.actions

    def view(self) -> BookingDetail:
        """Return the booking; 404 unless the caller is its provider."""
        view = self.context.services.queries.get(self.context.caller, self.booking_id)
        if view.actor is not Actor.PROVIDER:
            raise booking_not_found()
        return view


async def provider_page(
    request: Request, slug: str, provider: Provider, services: PageServicesDep
) -> ProviderPageContext:
    """Return the context of the provider at this address; 404 for other providers."""
    profile = services.profiles.own(provider.user_id)
    if profile is None or profile.slug != slug:
        raise NotFound("profile-not-found", _("There is no such page."))
    return ProviderPageContext(request, to_caller(provider), profile, services)


type ProviderPageDep = Annotated[ProviderPageContext, Depends(provider_page)]
