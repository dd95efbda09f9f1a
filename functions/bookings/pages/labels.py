"""Labels of booking pages: times, durations, money, policies."""

import re
import unicodedata
from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bookings.domain.booking import Booking
from bookings.domain.policy import Policy, settle_fee
from bookings.domain.pricing import Quote
from bookings.domain.transitions import Status
from bookings.domain.venue import Venue
from kit.intervals import Interval
from kit.money import Money
from kit.pages.formatting import duration

SERVICE_LABELS = {
    "culture": "Theatre, opera and museums",
    "couples": "Time with couples",
    "dance": "Dancing",
    "dinner": "Dinner date",
    "event": "Events and receptions",
    "intimacy": "Private time",
    "sport": "Sport and outdoors",
    "travel": "Travel companion",
    "video": "Video call",
}
"""Labels of services that differ from the key."""
CLIENT_VENUE_LABELS = {
    Venue.INCALL: "At the provider's place",
    Venue.OUTCALL: "At your place",
    Venue.TRAVEL: "Travel together",
}
PROVIDER_VENUE_LABELS = {
    Venue.INCALL: "At your place",
    Venue.OUTCALL: "At the client's place",
    Venue.TRAVEL: "Travel together",
}


def service_label(key: str) -> str:
    """Return the name of a service."""
    return SERVICE_LABELS.get(key) or key.replace("-", " ").capitalize()


def services_label(keys: tuple[str, ...]) -> str:
    """Return the names of several services."""
    return ", ".join(service_label(key) for key in keys)


def day_label(on: date) -> str:
    """Return a date with its weekday."""
    return f"{on:%A} {on.day} {on:%B}"


def zone_label(zone: str) -> str:
    """Return the name of a time zone: "Berlin time"."""
    return f"{zone.rpartition('/')[2].replace('_', ' ')} time"


def city_label(slug: str) -> str:
    """Return the name of a city from its slug."""
    return slug.replace("-", " ").title()


def time_label(at: datetime, zone: str) -> str:
    """Return a date and time in the time zone."""
    wall = at.astimezone(ZoneInfo(zone))
    return f"{wall:%a} {wall.day} {wall:%b}, {wall:%H:%M}"


def interval_label(interval: Interval, zone: str) -> str:
    """Return start and end with the year, since the interval may be long past."""
    start, end = (at.astimezone(ZoneInfo(zone)) for at in (interval.start, interval.end))
    first = f"{start:%A} {start.day} {start:%B %Y}, {start:%H:%M}"
    if end.date() == start.date() or interval.length < timedelta(hours=20):
        return f"{first} to {end:%H:%M}"
    return f"{first} to {end:%A} {end.day} {end:%B}, {end:%H:%M}"


def booking_time_label(booking: Booking) -> str:
    """Return start and end of a booking."""
    return interval_label(booking.period, booking.place.time_zone)


def amount_label(minor_units: int, currency: str) -> str:
    """Return an amount of money."""
    return str(Money(minor_units, currency))


def price_lines(quote: Quote) -> list[tuple[str, str]]:
    """Return the lines of a price with their amounts."""
    return [
        (
            f"{service_label(line.label)}, {duration(quote.duration_minutes)}"
            if line.kind == "service"
            else line.label,
            amount_label(line.amount, quote.total.currency),
        )
        for line in quote.lines
    ]


def hours_label(hours: int) -> str:
    """Return a number of hours as words."""
    if hours % 24 == 0 and hours > 24:
        return f"{hours // 24} days"
    return "1 hour" if hours == 1 else f"{hours} hours"


def policy_sentences(policy: Policy, total: Money) -> list[str]:
    """Return a policy as sentences, with the amounts for this price."""
    sentences = ["A request costs nothing, and cancelling is free until the booking is confirmed."]
    if policy.deposit_percent:
        sentences.append(
            f"Deposit: {policy.deposit(total)} ({policy.deposit_percent} %), within "
            f"{hours_label(policy.deposit_hours)} after the request is accepted. It counts towards the price."
        )
    steps = sorted(policy.steps, reverse=True)
    if steps:
        sentences.append(f"Cancelled {hours_label(steps[0].hours)} or more before the start: free.")
    sentences += [
        f"Cancelled less than {hours_label(step.hours)} before: {_share(total, step.percent)}."
        for step in steps
    ]
    if not steps:
        sentences.append("Cancelling is free until the start.")
    elif policy.grace_minutes:
        sentences.append(
            f"Cancelled within {duration(policy.grace_minutes)} after confirmation, and "
            f"{hours_label(policy.grace_hours)} or more before the start: free."
        )
    sentences.append(f"No-show: {_share(total, policy.no_show_percent)}.")
    sentences.append("If your companion cancels, all payments are refunded.")
    return sentences


def late_cancellation_reason(booking: Booking, now: datetime) -> str:
    """Return the policy step that a late cancellation falls under, as a sentence."""
    step = booking.policy.step_at(now, booking.period.start)
    if step is None:
        return ""
    return (
        f"The start is less than {hours_label(step.hours)} away: by the policy that you agreed to, the fee "
        f"is {step.percent} % of the price of {booking.quote.total}."
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
    return f"It is free until {time_label(until, booking.place.time_zone)}, since the booking was confirmed just now."


def fee_explanation(booking: Booking, *, to_client: bool) -> str:
    """Return the fee of an ended booking with its reason, and the amount still owed."""
    if booking.status is Status.CANCELLED and booking.fee and not booking.fee.minor_units:
        return "Cancelling cost nothing." if to_client else "Cancelling cost the client nothing."
    if not booking.fee or not booking.fee.minor_units:
        return ""
    who, agreed = ("You", "you") if to_client else ("The client", "the client")
    percent, did = booking.policy.no_show_percent, "did not come"
    if booking.status is Status.CANCELLED:
        step = booking.policy.step_at(
            booking.ended_at or booking.period.start, booking.period.start
        )
        percent, did = (
            (step.percent, f"cancelled less than {hours_label(step.hours)} before the start")
            if step
            else (0, "cancelled")
        )
    owed = settle_fee(booking.fee, booking.paid).owed
    rest = f"{owed} of it is still to be paid." if owed.minor_units else "It is paid."
    return (
        f"{who} {did}: by the policy that {agreed} agreed to, that is {percent} % of the price of "
        f"{booking.quote.total}, so {booking.fee}. {rest}"
    )


def new_key(known: Collection[str], text: str, fallback: str) -> str:
    """Return a key made of the text that is not among the known keys."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    word = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:36].strip("-") or fallback
    return next(
        key for n in range(1, 100) if (key := word if n == 1 else f"{word}-{n}") not in known
    )


def _share(total: Money, percent: int) -> str:
    if not percent:
        return "free"
    share = Money(-(-total.minor_units * percent // 100), total.currency)
    return f"{share} ({percent} % of the price)"
