"""Whether both sides of a booking are still there to meet."""

from bookings.domain.booking import Booking
from bookings.domain.transitions import Actor
from bookings.repository.accounts import Accounts
from kit.db import UnitOfWork
from kit.errors import Conflict


def require_other_side(work: UnitOfWork, booking: Booking, actor: Actor) -> None:
    """Refuse to agree with an account that is shut out or closed; its bookings are being called off."""
    is_hers = actor is Actor.PROVIDER
    if not Accounts(work).may_not_act(booking.client_id if is_hers else booking.provider_id):
        return
    if is_hers:
        raise Conflict(
            "client-gone", "This client's account is not active any more: decline the request."
        )
    raise Conflict(
        "provider-gone", "Your companion does not take bookings any more: cancel this one."
    )
