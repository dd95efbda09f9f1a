"""Page of one booking on a provider's dashboard: status and actions."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from fastapi.responses import Response

from bookings.domain.booking import Booking
from bookings.domain.transitions import Action, Status
from bookings.pages.booking_forms import (
    PARTICIPANT_FORMS,
    action_form,
    add_form_routes,
    build_forms,
    reason_form,
)
from bookings.pages.presenter import booking_view, conflicts, labelled_answers
from bookings.pages.provider_context import (
    WRITES,
    ProviderBookingContext,
    ProviderPageDep,
    provider_router,
)
from bookings.pages.reschedule import suggested_slots
from bookings.pages.transitions import PROVIDER_BUTTONS, ActionButton
from bookings.service.queries import BookingDetail
from kit.formats import format_money
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form

router = provider_router("/{booking_id}")


class ProviderBookingPage(ProviderBookingContext):
    """Request context of a provider on the page of a booking."""

    def redirect(self, after: object, done: str) -> Response:
        """Redirect to the booking, or to the one that replaced it."""
        booking_id = after.id if isinstance(after, Booking) else self.booking_id
        return self.context.redirect(f"/{booking_id}", done)

    def render_errors(self, status: int, forms: Mapping[str, Form]) -> Response:
        """Render the page, with the errors of a refused form."""
        view, services = self.view(), self.context.services
        booking = view.booking
        preferences = services.profiles.settings_for(
            booking.profile_id, booking.provider_id
        ).settings
        negotiates = Action.PROPOSE in view.actions
        buttons = _offered_buttons(view)
        return self.context.render(
            "provider_booking.html",
            status,
            **booking_view(view),
            **build_forms(forms, {"note": {"note": view.note}}),
            conflicts=conflicts(view, services.queries.list_conflicting(booking)),
            here=f"{self.context.dashboard_path}/bookings/{booking.id}",
            answers=labelled_answers(view, preferences.questions),
            suggested_slots=suggested_slots(services.requests, services.profiles, view)
            if negotiates
            else [],
            cancel_button=buttons.pop(Action.CANCEL, None),
            buttons=list(buttons.values()),
            back=[
                _(sentence, amount=format_money(amount))
                for amount, sentence in (
                    (
                        booking.platform_refund(booking.paid),
                        N_("%(amount)s is refunded to the client."),
                    ),
                    (
                        booking.offline_refund(booking.paid),
                        N_("%(amount)s is refunded to the client by you, as you received it."),
                    ),
                )
                if amount.minor_units
            ],
        )


async def provider_booking_page(context: ProviderPageDep, booking_id: UUID) -> ProviderBookingPage:
    """Return the context of a provider on a booking's page."""
    page = ProviderBookingPage(context, booking_id)
    page.view()
    return page


type ProviderBookingDep = Annotated[ProviderBookingPage, Depends(provider_booking_page)]


@router.get("")
async def booking_page(page: ProviderBookingDep) -> Response:
    """Render a booking."""
    return page.render_errors(200, {})


_BUTTON_FORMS = (
    reason_form(button.path, button.action)
    if button.takes_reason
    else action_form(button.path, button.action)
    for button in PROVIDER_BUTTONS
)
add_form_routes(router, provider_booking_page, (*_BUTTON_FORMS, *PARTICIPANT_FORMS), WRITES)


def _offered_buttons(view: BookingDetail) -> dict[Action, ActionButton]:
    """Return the buttons of the actions that are possible now."""
    possible = set(view.actions)
    if view.booking.status is Status.ACCEPTED:
        # The table allows the payment once the deposit is complete, and recording it makes it so.
        possible.add(Action.PAY)
    return {button.action: button for button in PROVIDER_BUTTONS if button.action in possible}
