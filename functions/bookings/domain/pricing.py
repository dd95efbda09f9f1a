"""What a meeting costs: computed here from the rate card, never sent by anybody.

The rate card has a price per service, duration, venue and currency. For a duration between two of
them: the price of the longest one that fits, and each further half hour that has begun at that
price per half hour, rounded up to the next minor unit; but never more than a longer one of the card
costs. Shorter than the shortest is not offered. Of several services the dearest counts, because one
pays for the time. Extras come on top, each once: those chosen, and those that the venue, a night or
the hurry bring along.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bookings.domain.venue import Venue
from kit.errors import Invalid
from kit.money import Money

SHORTEST, LONGEST = 30, 14 * 24 * 60
"""Minutes."""
_HALF_HOUR = 30
NIGHT = "overnight"
COMPANION = "travel"


class When(StrEnum):
    """What brings an extra along."""

    CHOSEN = "chosen"
    OUTCALL = "outcall"
    TRAVEL = "travel"
    OVERNIGHT = "overnight"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Rate:
    """A line of the rate card."""

    service: str
    duration_minutes: int
    price: Money
    venue: Venue


@dataclass(frozen=True, slots=True)
class Extra:
    """Something on top, at a fixed price."""

    key: str
    label: str
    price: Money
    when: When = When.CHOSEN


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to know the price of."""

    services: tuple[str, ...]
    duration_minutes: int
    venue: Venue
    extras: tuple[str, ...] = ()
    currency: str | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A part of the price: the time (`service`), or an extra."""

    kind: str
    key: str
    label: str
    amount: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The price with its parts; kept with the booking as it was told."""

    total: Money
    lines: tuple[Line, ...]
    duration_minutes: int


def priced(ask: Ask, card: Sequence[Rate], extras: Sequence[Extra]) -> Quote:
    """Return what `ask` costs, or refuse what the card does not offer."""
    if not SHORTEST <= ask.duration_minutes <= LONGEST:
        raise Invalid(
            "duration-out-of-bounds", "Choose from 30 minutes to 14 days.", field="duration"
        )
    _require_offered(ask, card)
    # A companion on the way has the card's outcall prices: nobody comes to the provider.
    venue = Venue.OUTCALL if ask.venue is Venue.TRAVEL else ask.venue
    rates = [rate for rate in card if rate.venue is venue and rate.service in ask.services]
    if not rates:
        raise Invalid(
            "no-rate", f"There is no price for this at {ask.venue}: choose another.", field="venue"
        )
    currency = ask.currency or rates[0].price.currency
    rates = [rate for rate in rates if rate.price.currency == currency]
    if not rates:
        raise Invalid("no-rate-in-currency", "Choose another currency.", field="currency")
    base = _dearest(rates, ask.duration_minutes)
    lines = (base, *_on_top(ask, extras, currency))
    total = Money(sum(line.amount for line in lines), currency)
    return Quote(total, lines, ask.duration_minutes)


def price_for(duration: int, rates: Iterable[tuple[int, int]]) -> int | None:
    """Return the price of a duration from (minutes, price) of one service; None if too short."""
    card = dict(sorted(rates))
    if duration in card:
        return card[duration]
    fitting = [minutes for minutes in card if minutes < duration]
    if not fitting:
        return None
    longest = max(fitting)
    halves = -((longest - duration) // _HALF_HOUR)
    further = -(-card[longest] * _HALF_HOUR * halves // longest)
    caps = [price for minutes, price in card.items() if minutes > duration]
    return min([card[longest] + further, *caps])


def _require_offered(ask: Ask, card: Sequence[Rate]) -> None:
    if not ask.services:
        raise Invalid("services-missing", "Choose at least one service.", field="services")
    known = {rate.service for rate in card}
    for index, service in enumerate(ask.services):
        if service not in known:
            raise Invalid(
                "unknown-service",
                f"Choose from these: {', '.join(sorted(known)) or 'nothing has a price yet'}.",
                field=f"services.{index}",
            )
    if ask.venue is Venue.TRAVEL and COMPANION not in ask.services:
        raise Invalid("travel-only", f"Add the service {COMPANION}.", field="services")


def _dearest(rates: Sequence[Rate], duration: int) -> Line:
    found = []
    for service in sorted({rate.service for rate in rates}):
        card = [(r.duration_minutes, r.price.minor_units) for r in rates if r.service == service]
        price = price_for(duration, card)
        if price is not None:
            found.append(Line("service", service, service, price))
    if not found:
        shortest = min(rate.duration_minutes for rate in rates)
        raise Invalid(
            "too-short-for-card", f"The shortest is {shortest} minutes.", field="duration"
        )
    return max(found, key=lambda line: line.amount)


def _on_top(ask: Ask, extras: Sequence[Extra], currency: str) -> list[Line]:
    known = {extra.key: extra for extra in extras if extra.when is When.CHOSEN}
    for index, key in enumerate(ask.extras):
        if key not in known:
            raise Invalid(
                "unknown-extra",
                f"Choose from these: {', '.join(sorted(known)) or 'there are none'}.",
                field=f"extras.{index}",
            )
    lines = []
    for extra in extras:
        if not _applies(extra, ask):
            continue
        if extra.price.currency != currency:
            raise Invalid(
                "extra-in-other-currency",
                f"With {extra.label} the price is in {extra.price.currency}.",
                field="currency",
            )
        lines.append(Line("extra", extra.key, extra.label, extra.price.minor_units))
    return lines


def _applies(extra: Extra, ask: Ask) -> bool:
    match extra.when:
        case When.CHOSEN:
            return extra.key in ask.extras
        case When.OUTCALL:
            return ask.venue is Venue.OUTCALL
        case When.TRAVEL:
            return ask.venue is Venue.TRAVEL
        case When.OVERNIGHT:
            return NIGHT in ask.services
        case When.URGENT:
            return ask.urgent
