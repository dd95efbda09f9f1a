"""Rescheduling on booking pages: suggested times, and parsing of the form."""

from datetime import date, datetime, time

from bookings.domain.booking import Booking
from bookings.domain.proposals import ProposalStatus
from bookings.pages.forms import ProposalForm
from bookings.pages.slots import SlotButton, SlotQuery, nearest_slots, parse_start
from bookings.service.profile_lookup import ProfileLookup
from bookings.service.queries import BookingDetail
from bookings.service.requests import BookingRequests
from kit import clock
from kit.errors import Invalid
from kit.i18n import gettext as _
from kit.local_time import to_utc

MAX_SUGGESTED = 3


def suggested_slots(
    requests: BookingRequests,
    profiles: ProfileLookup,
    view: BookingDetail,
    most: int = MAX_SUGGESTED,
) -> list[SlotButton]:
    """Return free times close to the booking, without those already proposed."""
    booking = view.booking
    profile = profiles.by_id(booking.profile_id)
    if profile is None:
        return []
    now = clock.now()
    query = SlotQuery(profile, booking.period.length, booking.venue, now, 0)
    open_ones = {one.period.start for one in view.proposals if one.status is ProposalStatus.OPEN}
    found = nearest_slots(requests, query, max(booking.period.start, now), most + len(open_ones))
    return [slot for start, slot in found if start.at not in open_ones][:most]


def parse_proposed_start(form: ProposalForm, booking: Booking) -> datetime:
    """Return the proposed start, in the time zone of the booking."""
    if form.start:
        # The value of a suggested time ends with its city.
        return parse_start(form.start)
    try:
        day = date.fromisoformat(form.date)
    except ValueError:
        raise Invalid("date-missing", _("Choose a day."), field="date") from None
    try:
        at = time.fromisoformat(form.time)
    except ValueError:
        raise Invalid("time-missing", _("Choose a time."), field="time") from None
    return to_utc(day, at.replace(tzinfo=None), booking.place.time_zone)
