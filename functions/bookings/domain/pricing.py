"""Price of a meeting, computed from the rate card and never taken from a request.

The rate card has a price per service, duration, venue and currency. For a duration between two of
them: the price of the longest one that fits, and each further half hour that has begun at that
price per half hour, rounded up to the next minor unit; but never more than a longer one of the card
costs. Shorter than the shortest is not offered. Of several services the most expensive one counts,
since the client pays for the time. Extras are added once each: those the client chose, and those
triggered by the venue, an overnight booking or an urgent request.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bookings.domain.venue import Venue
from kit.errors import Invalid
from kit.formats import format_list
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.money import Money

MIN_MINUTES, MAX_MINUTES = 30, 14 * 24 * 60
"""Minutes."""
_HALF_HOUR = 30
OVERNIGHT_SERVICE = "overnight"
TRAVEL_SERVICE = "travel"


class ExtraTrigger(StrEnum):
    """Condition that adds an extra to the price."""

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
    """An additional charge at a fixed price."""

    key: str
    label: str
    price: Money
    trigger: ExtraTrigger = ExtraTrigger.CHOSEN


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """Services, duration, venue and extras to compute a price for."""

    services: tuple[str, ...]
    duration_minutes: int
    venue: Venue
    extras: tuple[str, ...] = ()
    currency: str | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A part of the price: the time (`service`) or an extra."""

    kind: str
    key: str
    label: str
    amount: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The price with its lines, stored with the booking as the client saw it."""

    total: Money
    lines: tuple[QuoteLine, ...]
    duration_minutes: int


_NO_RATE = {
    Venue.INCALL: N_("There is no price for this at incall: choose another."),
    Venue.OUTCALL: N_("There is no price for this at outcall: choose another."),
    Venue.TRAVEL: N_("There is no price for this at travel: choose another."),
}


def compute_quote(request: QuoteRequest, card: Sequence[Rate], extras: Sequence[Extra]) -> Quote:
    """Return the price of a request, or refuse a combination that the card does not offer."""
    if not MIN_MINUTES <= request.duration_minutes <= MAX_MINUTES:
        raise Invalid(
            "duration-out-of-bounds", _("Choose from 30 minutes to 14 days."), field="duration"
        )
    _require_offered(request, card)
    # Travel is priced as outcall, since the client does not come to the provider.
    venue = Venue.OUTCALL if request.venue is Venue.TRAVEL else request.venue
    rates = [rate for rate in card if rate.venue is venue and rate.service in request.services]
    if not rates:
        raise Invalid(
            "no-rate",
            _(_NO_RATE[request.venue]),
            field="venue",
        )
    currency = request.currency or rates[0].price.currency
    rates = [rate for rate in rates if rate.price.currency == currency]
    if not rates:
        raise Invalid("no-rate-in-currency", _("Choose another currency."), field="currency")
    base = _time_line(rates, request.duration_minutes)
    lines = (base, *_extra_lines(request, extras, currency))
    total = Money(sum(line.amount for line in lines), currency)
    return Quote(total, lines, request.duration_minutes)


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


def _require_offered(request: QuoteRequest, card: Sequence[Rate]) -> None:
    if not request.services:
        raise Invalid("services-missing", _("Choose at least one service."), field="services")
    available = {rate.service for rate in card}
    for index, service in enumerate(request.services):
        if service not in available:
            raise Invalid(
                "unknown-service",
                _("Choose from these: %(names)s.", names=format_list(sorted(available)))
                if available
                else _("Choose from these: no service has a price yet."),
                field=f"services.{index}",
            )
    if request.venue is Venue.TRAVEL and TRAVEL_SERVICE not in request.services:
        raise Invalid(
            "travel-only",
            _("Add the service travel."),
            field="services",
        )


def _time_line(rates: Sequence[Rate], duration: int) -> QuoteLine:
    found = []
    for service in sorted({rate.service for rate in rates}):
        card = [(r.duration_minutes, r.price.minor_units) for r in rates if r.service == service]
        price = price_for(duration, card)
        if price is not None:
            found.append(QuoteLine("service", service, service, price))
    if not found:
        shortest = min(rate.duration_minutes for rate in rates)
        raise Invalid(
            "too-short-for-card",
            _("The shortest is %(minutes)s minutes.", minutes=shortest),
            field="duration",
        )
    return max(found, key=lambda line: line.amount)


def _extra_lines(request: QuoteRequest, extras: Sequence[Extra], currency: str) -> list[QuoteLine]:
    available = {extra.key: extra for extra in extras if extra.trigger is ExtraTrigger.CHOSEN}
    for index, key in enumerate(request.extras):
        if key not in available:
            raise Invalid(
                "unknown-extra",
                _("Choose from these: %(names)s.", names=format_list(sorted(available)))
                if available
                else _("Choose from these: there are none."),
                field=f"extras.{index}",
            )
    lines = []
    for extra in extras:
        if not _applies(extra, request):
            continue
        if extra.price.currency != currency:
            raise Invalid(
                "extra-in-other-currency",
                _(
                    "%(name)s is only priced in %(currency)s.",
                    name=extra.label,
                    currency=extra.price.currency,
                ),
                field="currency",
            )
        lines.append(QuoteLine("extra", extra.key, extra.label, extra.price.minor_units))
    return lines


def _applies(extra: Extra, request: QuoteRequest) -> bool:
    match extra.trigger:
        case ExtraTrigger.CHOSEN:
            return extra.key in request.extras
        case ExtraTrigger.OUTCALL:
            return request.venue is Venue.OUTCALL
        case ExtraTrigger.TRAVEL:
            return request.venue is Venue.TRAVEL
        case ExtraTrigger.OVERNIGHT:
            return OVERNIGHT_SERVICE in request.services
        case ExtraTrigger.URGENT:
            return request.urgent
