"""Another time for a booking: what a page offers, and what its form means."""

from datetime import date, datetime, time

from bookings.domain.booking import Booking
from bookings.domain.moments import instant
from bookings.domain.proposals import ProposalStatus
from bookings.pages.forms import ProposalForm
from bookings.pages.slots import Slot, Wanted, moment_of, next_ones
from bookings.service.profile_lookup import Profiles
from bookings.service.queries import View
from bookings.service.requests import Requesting
from kit import clock
from kit.errors import Invalid

OFFERED = 3


def offers(asking: Requesting, known: Profiles, view: View, most: int = OFFERED) -> list[Slot]:
    """Return free times around the booking's own, for one tap each; none that is asked for already."""
    booking = view.booking
    profile = known.by_id(booking.escort_id)
    if profile is None:
        return []
    now = clock.now()
    wanted = Wanted(profile, booking.span.length, booking.venue, now, 0)
    open_ones = {one.span.start for one in view.proposals if one.status is ProposalStatus.OPEN}
    found = next_ones(asking, wanted, max(booking.span.start, now), most + len(open_ones))
    return [slot for start, slot in found if start.at not in open_ones][:most]


def proposed(form: ProposalForm, booking: Booking) -> datetime:
    """Return the moment that a form means, on the clock of where the booking is."""
    if form.start:
        # The city of a time that was offered stands behind it.
        return moment_of(form.start)
    try:
        day = date.fromisoformat(form.date)
    except ValueError:
        raise Invalid("date-missing", "Choose a day.", field="date") from None
    try:
        at = time.fromisoformat(form.time)
    except ValueError:
        raise Invalid("time-missing", "Choose a time.", field="time") from None
    return instant(day, at.replace(tzinfo=None), booking.place.zone)
