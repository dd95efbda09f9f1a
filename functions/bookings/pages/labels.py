"""Labels of booking pages: times, places, prices, policies."""

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta

from bookings.domain.booking import Booking
from bookings.domain.policy import Policy, settle_fee
from bookings.domain.pricing import Quote
from bookings.domain.transitions import Status
from bookings.domain.venue import Venue
from contracts.services import SERVICES
from kit.formats import (
    format_date,
    format_datetime,
    format_duration,
    format_list,
    format_money,
    format_percent,
    format_period,
    format_time_range,
    local_moment,
    time_zone_city,
)
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.intervals import Interval
from kit.money import Money

CLIENT_VENUE_LABELS = {
    Venue.INCALL: N_("At the provider's place"),
    Venue.OUTCALL: N_("At your place"),
    Venue.TRAVEL: N_("Travel together"),
}
PROVIDER_VENUE_LABELS = {
    Venue.INCALL: N_("At your place"),
    Venue.OUTCALL: N_("At the client's place"),
    Venue.TRAVEL: N_("Travel together"),
}
_RATE_LABELS = {
    Venue.INCALL: N_("%(service)s, at the provider's place, %(duration)s"),
    Venue.OUTCALL: N_("%(service)s, at your place, %(duration)s"),
    Venue.TRAVEL: N_("%(service)s, travel together, %(duration)s"),
}
_SAME_DAY = timedelta(hours=20)
"""Up to this length a meeting shows one date, although it may end on the next day."""


def service_label(key: str) -> str:
    """Return the name of a service."""
    label = SERVICES.get(key)
    return _(label) if label else key.replace("-", " ").capitalize()


def services_label(keys: tuple[str, ...]) -> str:
    """Return the names of several services."""
    return format_list([service_label(key) for key in keys])


def rate_label(service: str, venue: Venue, minutes: int) -> str:
    """Return service, venue and duration of a rate."""
    return _(_RATE_LABELS[venue], service=service_label(service), duration=format_duration(minutes))


def zone_label(zone: str) -> str:
    """Return the name of a time zone: "Berlin time"."""
    return _("%(city)s time", city=time_zone_city(zone))


def city_label(slug: str) -> str:
    """Return the name of a city from its slug."""
    return slug.replace("-", " ").title()


def time_label(at: datetime, zone: str) -> str:
    """Return a date and time in the time zone."""
    return format_datetime(at, zone, "short-this-year")


def interval_label(interval: Interval, zone: str) -> str:
    """Return start and end with the year, since the interval may be long past."""
    if interval.length >= _SAME_DAY:
        return format_period(interval.start, interval.end, zone)
    start, end = (local_moment(at, zone) for at in (interval.start, interval.end))
    return _(
        "%(date)s, %(times)s",
        date=format_date(start.date(), "weekday"),
        times=format_time_range(start, end),
    )


def booking_time_label(booking: Booking) -> str:
    """Return start and end of a booking."""
    return interval_label(booking.period, booking.place.time_zone)


def price_lines(quote: Quote) -> list[tuple[str, str]]:
    """Return the lines of a price with their amounts."""
    return [
        (
            _(
                "%(service)s, %(duration)s",
                service=service_label(line.label),
                duration=format_duration(quote.duration_minutes),
            )
            if line.kind == "service"
            else line.label,
            format_money(Money(line.amount, quote.total.currency)),
        )
        for line in quote.lines
    ]


def hours_label(hours: int) -> str:
    """Return a number of hours as words."""
    return format_duration(hours * 60)


def policy_sentences(policy: Policy, total: Money) -> list[str]:
    """Return a policy as sentences, with the amounts for this price."""
    sentences = [
        _("A request costs nothing, and cancelling is free until the booking is confirmed.")
    ]
    if policy.deposit_percent:
        sentences.append(
            _(
                "Deposit: %(amount)s (%(percent)s), within %(time)s after the request is accepted. "
                "It counts towards the price.",
                amount=format_money(policy.deposit(total)),
                percent=format_percent(policy.deposit_percent),
                time=hours_label(policy.deposit_hours),
            )
        )
    steps = sorted(policy.steps, reverse=True)
    if steps:
        sentences.append(
            _(
                "Cancelled %(time)s or more before the start: free.",
                time=hours_label(steps[0].hours),
            )
        )
    sentences += [_step_sentence(total, step.hours, step.percent) for step in steps]
    if not steps:
        sentences.append(_("Cancelling is free until the start."))
    elif policy.grace_minutes:
        sentences.append(
            _(
                "Cancelled within %(grace)s after confirmation, and %(time)s or more before the start: free.",
                grace=format_duration(policy.grace_minutes),
                time=hours_label(policy.grace_hours),
            )
        )
    sentences.append(_no_show_sentence(total, policy.no_show_percent))
    sentences.append(_("If your companion cancels, all payments are refunded."))
    return sentences


def late_cancellation_reason(booking: Booking, now: datetime) -> str:
    """Return the policy step that a late cancellation falls under, as a sentence."""
    step = booking.policy.step_at(now, booking.period.start)
    if step is None:
        return ""
    return _(
        "The start is less than %(time)s away: by the policy that you agreed to, the fee is %(percent)s "
        "of the price of %(price)s.",
        time=hours_label(step.hours),
        percent=format_percent(step.percent),
        price=format_money(booking.quote.total),
    )


def grace_sentence(booking: Booking, now: datetime) -> str:
    """Return the time until which cancelling is free, if only the grace period makes it free."""
    policy, start, confirmed_at = booking.policy, booking.period.start, booking.confirmed_at
    if confirmed_at is None or not (
        policy.is_within_grace(now, start, confirmed_at) and policy.step_at(now, start)
    ):
        return ""
    until = min(
        confirmed_at + timedelta(minutes=policy.grace_minutes),
        start - timedelta(hours=policy.grace_hours),
    )
    return _(
        "It is free until %(time)s, since the booking was confirmed just now.",
        time=time_label(until, booking.place.time_zone),
    )


_NO_SHOW_FEE = {
    True: N_(
        "You did not come: by the policy that you agreed to, that is %(percent)s of the price of %(price)s, "
        "so %(fee)s."
    ),
    False: N_(
        "The client did not come: by the policy that the client agreed to, that is %(percent)s of the price of "
        "%(price)s, so %(fee)s."
    ),
}
_LATE_FEE = {
    True: N_(
        "You cancelled less than %(time)s before the start: by the policy that you agreed to, that is %(percent)s "
        "of the price of %(price)s, so %(fee)s."
    ),
    False: N_(
        "The client cancelled less than %(time)s before the start: by the policy that the client agreed to, that "
        "is %(percent)s of the price of %(price)s, so %(fee)s."
    ),
}
_OTHER_FEE = {
    True: N_(
        "You cancelled: by the policy that you agreed to, that is %(percent)s of the price of %(price)s, so %(fee)s."
    ),
    False: N_(
        "The client cancelled: by the policy that the client agreed to, that is %(percent)s of the price of "
        "%(price)s, so %(fee)s."
    ),
}


def fee_explanation(booking: Booking, *, to_client: bool) -> str:
    """Return the fee of an ended booking with its reason, and the amount still owed."""
    if booking.status is Status.CANCELLED and booking.fee and not booking.fee.minor_units:
        return (
            _("Cancelling cost nothing.") if to_client else _("Cancelling cost the client nothing.")
        )
    if not booking.fee or not booking.fee.minor_units:
        return ""
    sentence, percent, time = _NO_SHOW_FEE[to_client], booking.policy.no_show_percent, ""
    if booking.status is Status.CANCELLED:
        step = booking.policy.step_at(
            booking.ended_at or booking.period.start, booking.period.start
        )
        sentence, percent, time = (
            (_LATE_FEE[to_client], step.percent, hours_label(step.hours))
            if step
            else (_OTHER_FEE[to_client], 0, "")
        )
    reason = _(
        sentence,
        time=time,
        percent=format_percent(percent),
        price=format_money(booking.quote.total),
        fee=format_money(booking.fee),
    )
    owed = settle_fee(booking.fee, booking.paid).owed
    return f"{reason} {owed_sentence(owed) or _('It is paid.')}"


def owed_sentence(owed: Money) -> str:
    """Return the part of a fee that is still to be paid, as a sentence."""
    if not owed.minor_units:
        return ""
    return _("%(amount)s of it is still to be paid.", amount=format_money(owed))


def new_key(known: Collection[str], text: str, fallback: str) -> str:
    """Return a key made of the text that is not among the known keys."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    word = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:36].strip("-") or fallback
    return next(
        key for n in range(1, 100) if (key := word if n == 1 else f"{word}-{n}") not in known
    )


def _step_sentence(total: Money, hours: int, percent: int) -> str:
    time = hours_label(hours)
    if not percent:
        return _("Cancelled less than %(time)s before: free.", time=time)
    return _(
        "Cancelled less than %(time)s before: %(amount)s (%(percent)s of the price).",
        time=time,
        amount=format_money(_share(total, percent)),
        percent=format_percent(percent),
    )


def _no_show_sentence(total: Money, percent: int) -> str:
    if not percent:
        return _("No-show: free.")
    return _(
        "No-show: %(amount)s (%(percent)s of the price).",
        amount=format_money(_share(total, percent)),
        percent=format_percent(percent),
    )


def _share(total: Money, percent: int) -> Money:
    return Money(-(-total.minor_units * percent // 100), total.currency)
