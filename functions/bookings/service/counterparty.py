"""Check that the other participant's account is active."""

from bookings.domain.booking import Booking
from bookings.domain.transitions import Actor
from bookings.repository.accounts import AccountRepository
from kit.db import UnitOfWork
from kit.errors import Conflict
from kit.i18n import gettext as _


def require_active_counterparty(work: UnitOfWork, booking: Booking, actor: Actor) -> None:
    """Refuse to agree with a blocked or closed account; its bookings are being cancelled."""
    is_provider = actor is Actor.PROVIDER
    if not AccountRepository(work).is_blocked(
        booking.client_id if is_provider else booking.provider_id
    ):
        return
    if is_provider:
        raise Conflict(
            "client-inactive", _("This client's account is no longer active: decline the request.")
        )
    raise Conflict(
        "provider-inactive", _("Your companion no longer takes bookings: cancel this one.")
    )
