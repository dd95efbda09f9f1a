"""Dashboard pages for rates and locations, one entry at a time.

A key of an entry is its content, not its position: a stale window can neither change nor remove another entry
than the
one it shows.
"""

from dataclasses import replace
from itertools import groupby
from typing import Any

from fastapi.responses import Response

from escorts.domain.offer import MAX_LOCATIONS, MAX_RATES, Location, Rate, Venue
from escorts.domain.profiles import Content
from escorts.domain.vocabulary import CURRENCIES
from escorts.pages.dashboard.context import (
    WRITES,
    ProviderContext,
    ProviderContextDep,
    dashboard_router,
    save_content_form,
)
from escorts.pages.dashboard.forms import LocationForm, PriceForm, RateForm, RemoveByKeyForm
from escorts.pages.labels import PROVIDER_VENUE_LABELS, service_label
from kit import formats
from kit.errors import Conflict, InvalidState
from kit.i18n import gettext as _
from kit.money import Money
from kit.pages import Form

router = dashboard_router()
DURATIONS = (30, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 2880, 4320, 7200, 10080, 20160)


@router.get("/rates")
async def rates_page(context: ProviderContextDep) -> Response:
    """Show the rates by venue and currency."""
    return _render_rates(context)


@router.post("/rates", dependencies=WRITES)
async def add_rate(context: ProviderContextDep) -> Response:
    """Add a rate."""

    def added(content: Content, form: RateForm) -> Content:
        if len(content.rates) >= MAX_RATES:
            raise InvalidState(
                "too-many-rates",
                _("%(count)s rates are the most: remove one.", count=MAX_RATES),
            )
        price = Money(int(form.price * 100), form.currency)
        rate = Rate(form.service, form.duration_minutes, price, form.venue)
        return replace(content, rates=(*content.rates, rate))

    return await save_content_form(
        context,
        RateForm,
        added,
        lambda _form: context.redirect("rates", "added"),
        lambda form, status: _render_rates(context, status, add=form),
    )


@router.post("/rates/price", dependencies=WRITES)
async def change_price(context: ProviderContextDep) -> Response:
    """Change the price of a rate, unless another window changed it first."""

    def priced(content: Content, form: PriceForm) -> Content:
        if form.key not in {_rate_key(rate) for rate in content.rates}:
            raise Conflict("rate-gone", _("This rate was removed in another window: add it again."))
        rates = (
            _with_price(rate, form) if _rate_key(rate) == form.key else rate
            for rate in content.rates
        )
        return replace(content, rates=tuple(rates))

    return await save_content_form(
        context,
        PriceForm,
        priced,
        lambda _form: context.redirect("rates", "saved"),
        lambda form, status: _render_rates(context, status, price=form),
    )


@router.post("/rates/remove", dependencies=WRITES)
async def remove_rate(context: ProviderContextDep) -> Response:
    """Remove a rate."""

    def without(content: Content, form: RemoveByKeyForm) -> Content:
        kept = (rate for rate in content.rates if _rate_key(rate) != form.key)
        return replace(content, rates=tuple(kept))

    return await save_content_form(
        context,
        RemoveByKeyForm,
        without,
        lambda _form: context.redirect("rates", "removed"),
        lambda form, status: _render_rates(context, status, remove=form),
    )


@router.get("/places")
async def locations_page(context: ProviderContextDep) -> Response:
    """Show the parts of the city."""
    return _render_locations(context)


@router.post("/places", dependencies=WRITES)
async def add_location(context: ProviderContextDep) -> Response:
    """Add a part of the city."""

    def added(content: Content, form: LocationForm) -> Content:
        if len(content.locations) >= MAX_LOCATIONS:
            raise InvalidState(
                "too-many-places",
                _("%(count)s are the most: remove one.", count=MAX_LOCATIONS),
            )
        if form.place.casefold() in {item.place.casefold() for item in content.locations}:
            raise Conflict("place-twice", _("This place is there already."), field="place")
        place = Location(form.place, form.latitude, form.longitude)
        return replace(content, locations=(*content.locations, place))

    return await save_content_form(
        context,
        LocationForm,
        added,
        lambda _form: context.redirect("places", "added"),
        lambda form, status: _render_locations(context, status, add=form),
    )


@router.post("/places/remove", dependencies=WRITES)
async def remove_location(context: ProviderContextDep) -> Response:
    """Remove a part of the city."""

    def without(content: Content, form: RemoveByKeyForm) -> Content:
        kept = (item for item in content.locations if item.place != form.key)
        return replace(content, locations=tuple(kept))

    return await save_content_form(
        context,
        RemoveByKeyForm,
        without,
        lambda _form: context.redirect("places", "removed"),
        lambda form, status: _render_locations(context, status, remove=form),
    )


def _rate_key(rate: Rate) -> str:
    return f"{rate.service} {rate.duration_minutes} {rate.venue} {rate.price.currency}"


def _with_price(rate: Rate, form: PriceForm) -> Rate:
    price = Money(int(form.price * 100), rate.price.currency)
    if rate.price.minor_units not in (form.was, price.minor_units):
        raise Conflict(
            "price-changed",
            _(
                "Another window saved %(saved)s a moment ago; you wrote %(entered)s. "
                "Save again to keep yours.",
                saved=formats.format_money(rate.price),
                entered=formats.format_money(price),
            ),
            field="price",
        )
    return replace(rate, price=price)


def _render_rates(context: ProviderContext, status: int = 200, **forms: Form) -> Response:
    content = context.profile.content
    cities = {city.slug: city for city in context.profile_service.directory.cities()}
    empty = {
        "add": Form({"currency": cities[content.city].currency, "venue": Venue.OUTCALL}),
        "price": Form(),
        "remove": Form(),
    }
    return context.render(
        "dashboard_rates.html",
        status,
        groups=_group_rates(content.rates),
        services=[(key, service_label(key)) for key in content.services],
        durations=[(minutes, formats.format_duration(minutes)) for minutes in DURATIONS],
        currencies=[(code, code) for code in CURRENCIES],
        venues=[(venue.value, _(label)) for venue, label in PROVIDER_VENUE_LABELS.items()],
        **(empty | forms),
    )


def _group_rates(rates: tuple[Rate, ...]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the rates by venue and currency, in a fixed order."""

    def place(rate: Rate) -> tuple[str, str]:
        return rate.venue.value, rate.price.currency

    order = sorted(rates, key=lambda rate: (*place(rate), rate.duration_minutes, rate.service))
    return [
        (
            _(
                "%(venue)s, %(currency)s",
                venue=_(PROVIDER_VENUE_LABELS[Venue(venue)]),
                currency=currency,
            ),
            [
                {
                    "key": _rate_key(rate),
                    "what": _(
                        "%(service)s, %(duration)s",
                        service=service_label(rate.service),
                        duration=formats.format_duration(rate.duration_minutes),
                    ),
                    "was": rate.price.minor_units,
                    "amount": _format_amount(rate.price),
                    "currency": currency,
                }
                for rate in group
            ],
        )
        for (venue, currency), group in groupby(order, place)
    ]


def _format_amount(price: Money) -> str:
    whole, cents = divmod(price.minor_units, 100)
    return f"{whole}.{cents:02}" if cents else str(whole)


def _render_locations(context: ProviderContext, status: int = 200, **forms: Form) -> Response:
    places = [
        (
            item.place,
            f"{item.latitude:.2f}, {item.longitude:.2f}"
            if item.latitude is not None and item.longitude is not None
            else "",
        )
        for item in context.profile.content.locations
    ]
    empty = {"add": Form(), "remove": Form()}
    return context.render("dashboard_locations.html", status, places=places, **(empty | forms))
