"""How pages say what the domain counts: times, lengths, money, rules."""

import re
import unicodedata
from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bookings.domain.booking import Booking
from bookings.domain.policy import Policy, settled
from bookings.domain.pricing import Quote
from bookings.domain.spans import Span
from bookings.domain.transitions import Status
from bookings.domain.venue import Venue
from kit.money import Money
from kit.pages.formatting import duration

SERVICES = {
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
"""Keys of the directory whose words are not the key itself."""
TO_CLIENT = {
    Venue.INCALL: "At their place",
    Venue.OUTCALL: "They come to me",
    Venue.TRAVEL: "We travel together",
}
TO_PROVIDER = {
    Venue.INCALL: "At your place",
    Venue.OUTCALL: "At the client's",
    Venue.TRAVEL: "On the way together",
}
STATES = {
    Status.REQUESTED: ("Waiting for an answer", "warning", "clock"),
    Status.ACCEPTED: ("Waiting for the deposit", "warning", "clock"),
    Status.CONFIRMED: ("Confirmed", "success", "check"),
    Status.COMPLETED: ("Took place", "neutral", "check"),
    Status.NO_SHOW: ("Client did not come", "danger", "ban"),
    Status.DECLINED: ("Declined", "neutral", "x"),
    Status.EXPIRED: ("Expired", "neutral", "clock"),
    Status.CANCELLED: ("Cancelled", "neutral", "x"),
    Status.RESCHEDULED: ("Moved to another time", "neutral", "arrow-right"),
}


def service(key: str) -> str:
    """Return what a service is called."""
    return SERVICES.get(key) or key.replace("-", " ").capitalize()


def services(keys: tuple[str, ...]) -> str:
    """Return several of them."""
    return ", ".join(service(key) for key in keys)


def day(on: date) -> str:
    """Return a day as people say it."""
    return f"{on:%A} {on.day} {on:%B}"


def zone_name(zone: str) -> str:
    """Return whose clock it is: "Berlin time"."""
    return f"{zone.rpartition('/')[2].replace('_', ' ')} time"


def city(slug: str) -> str:
    """Return a city's name as its address has it."""
    return slug.replace("-", " ").title()


def moment(at: datetime, zone: str) -> str:
    """Return a date and time on the clock of `zone`."""
    wall = at.astimezone(ZoneInfo(zone))
    return f"{wall:%a} {wall.day} {wall:%b}, {wall:%H:%M}"


def span(of: Span, zone: str) -> str:
    """Return from when to when, with the year: it may be long ago."""
    start, end = (at.astimezone(ZoneInfo(zone)) for at in (of.start, of.end))
    first = f"{start:%A} {start.day} {start:%B %Y}, {start:%H:%M}"
    if end.date() == start.date() or of.length < timedelta(hours=20):
        return f"{first} to {end:%H:%M}"
    return f"{first} to {end:%A} {end.day} {end:%B}, {end:%H:%M}"


def when(booking: Booking) -> str:
    """Return a booking's time."""
    return span(booking.span, booking.place.zone)


def amount(minor_units: int, currency: str) -> str:
    """Return money of a price's line."""
    return str(Money(minor_units, currency))


def lines(quote: Quote) -> list[tuple[str, str]]:
    """Return the parts of a price, each with its amount."""
    return [
        (
            f"{service(line.label)}, {duration(quote.duration_minutes)}"
            if line.kind == "service"
            else line.label,
            amount(line.amount, quote.total.currency),
        )
        for line in quote.lines
    ]


def notice(hours: int) -> str:
    """Return hours as people say them."""
    if hours % 24 == 0 and hours > 24:
        return f"{hours // 24} days"
    return "1 hour" if hours == 1 else f"{hours} hours"


def rules(policy: Policy, total: Money) -> list[str]:
    """Return a policy as sentences, with what it means for this price."""
    said = ["A request costs nothing, and until it is confirmed cancelling is free."]
    if policy.deposit_percent:
        said.append(
            f"Deposit: {policy.deposit(total)} ({policy.deposit_percent} %), within "
            f"{notice(policy.deposit_hours)} after the request is accepted. It counts towards the price."
        )
    steps = sorted(policy.steps, reverse=True)
    if steps:
        said.append(f"Cancelled {notice(steps[0].hours)} or more before it begins: free.")
    said += [
        f"Cancelled less than {notice(step.hours)} before: {_share(total, step.percent)}."
        for step in steps
    ]
    if not steps:
        said.append("Cancelling is free until it begins.")
    elif policy.grace_minutes:
        said.append(
            f"Cancelled within {duration(policy.grace_minutes)} after it is confirmed, and "
            f"{notice(policy.grace_hours)} or more before it begins: free."
        )
    said.append(f"Not coming: {_share(total, policy.no_show_percent)}.")
    said.append("If your companion cancels, everything that was paid goes back.")
    return said


def why_so_much(booking: Booking, now: datetime) -> str:
    """Return which step of its policy a late cancellation falls under."""
    step = booking.policy.step(now, booking.span.start)
    if step is None:
        return ""
    return (
        f"It begins in less than {notice(step.hours)}, and by the policy that you agreed to "
        f"that is {step.percent} % of the price of {booking.quote.total}."
    )


def free_until(booking: Booking, now: datetime) -> str:
    """Return until when cancelling is free, where only the grace after confirming makes it so."""
    policy, start, confirmed_at = booking.policy, booking.span.start, booking.confirmed_at
    if confirmed_at is None or not (
        policy.spares(now, start, confirmed_at) and policy.step(now, start)
    ):
        return ""
    until = min(
        confirmed_at + timedelta(minutes=policy.grace_minutes),
        start - timedelta(hours=policy.grace_hours),
    )
    return f"It is free until {moment(until, booking.place.zone)}, as it was confirmed just now."


def why_it_cost(booking: Booking, *, to_client: bool) -> str:
    """Return what an end cost the client, by which rule, and what of it is still owed."""
    if booking.status is Status.CANCELLED and booking.fee and not booking.fee.minor_units:
        return "Cancelling cost nothing." if to_client else "Cancelling cost the client nothing."
    if not booking.fee or not booking.fee.minor_units:
        return ""
    who, agreed = ("You", "you") if to_client else ("The client", "the client")
    percent, did = booking.policy.no_show_percent, "did not come"
    if booking.status is Status.CANCELLED:
        step = booking.policy.step(booking.ended_at or booking.span.start, booking.span.start)
        percent, did = (
            (step.percent, f"cancelled less than {notice(step.hours)} before it began")
            if step
            else (0, "cancelled")
        )
    owed = settled(booking.fee, booking.paid).owed
    rest = f"{owed} of it is still to be paid." if owed.minor_units else "It is paid."
    return (
        f"{who} {did}: by the policy that {agreed} agreed to, that is {percent} % of the price of "
        f"{booking.quote.total}, so {booking.fee}. {rest}"
    )


def new_key(known: Collection[str], text: str, fallback: str) -> str:
    """Return a key that says the text, as none of those that are known."""
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
