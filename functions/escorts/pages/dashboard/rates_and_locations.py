"""The room's rates and places, one entry at a time.

An entry is named by what it says, not by its position: a window that is behind can neither change
nor drop another entry than the one it shows.
"""

from dataclasses import replace
from itertools import groupby
from typing import Any

from fastapi.responses import Response

from escorts.domain.offer import MAX_LOCATIONS, MAX_RATES, Location, Rate, Venue
from escorts.domain.profiles import Content
from escorts.domain.vocabulary import CURRENCIES, SERVICES
from escorts.pages.dashboard.context import WRITES, InRoom, Room, change, room_router
from escorts.pages.dashboard.forms import KeyForm, PlaceForm, PriceForm, RateForm
from escorts.pages.labels import VENUE_LABELS
from kit.errors import Conflict, InvalidState
from kit.money import Money
from kit.pages import Form
from kit.pages.formatting import duration

router = room_router()
DURATIONS = (30, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 2880, 4320, 7200, 10080, 20160)


@router.get("/rates")
async def rates_page(room: InRoom) -> Response:
    """Show the rates by venue and currency."""
    return _rates(room)


@router.post("/rates", dependencies=WRITES)
async def add_rate(room: InRoom) -> Response:
    """Add a rate."""

    def added(content: Content, form: RateForm) -> Content:
        if len(content.rates) >= MAX_RATES:
            raise InvalidState("too-many-rates", f"{MAX_RATES} rates are the most: remove one.")
        price = Money(int(form.price * 100), form.currency)
        rate = Rate(form.service, form.duration_minutes, price, form.venue)
        return replace(content, rates=(*content.rates, rate))

    return await change(
        room,
        RateForm,
        added,
        lambda _: room.see("rates", "added"),
        lambda form, status: _rates(room, status, add=form),
    )


@router.post("/rates/price", dependencies=WRITES)
async def change_price(room: InRoom) -> Response:
    """Change the price of a rate, unless another window was faster."""

    def priced(content: Content, form: PriceForm) -> Content:
        if form.key not in {_key(rate) for rate in content.rates}:
            raise Conflict("rate-gone", "This rate was removed in another window: add it again.")
        rates = (
            _repriced(rate, form) if _key(rate) == form.key else rate for rate in content.rates
        )
        return replace(content, rates=tuple(rates))

    return await change(
        room,
        PriceForm,
        priced,
        lambda _: room.see("rates", "saved"),
        lambda form, status: _rates(room, status, price=form),
    )


@router.post("/rates/remove", dependencies=WRITES)
async def remove_rate(room: InRoom) -> Response:
    """Drop a rate."""

    def without(content: Content, form: KeyForm) -> Content:
        kept = (rate for rate in content.rates if _key(rate) != form.key)
        return replace(content, rates=tuple(kept))

    return await change(
        room,
        KeyForm,
        without,
        lambda _: room.see("rates", "removed"),
        lambda form, status: _rates(room, status, drop=form),
    )


@router.get("/places")
async def places_page(room: InRoom) -> Response:
    """Show the parts of the city."""
    return _places(room)


@router.post("/places", dependencies=WRITES)
async def add_place(room: InRoom) -> Response:
    """Add a part of the city."""

    def added(content: Content, form: PlaceForm) -> Content:
        if len(content.locations) >= MAX_LOCATIONS:
            raise InvalidState("too-many-places", f"{MAX_LOCATIONS} are the most: remove one.")
        if form.place.casefold() in {item.place.casefold() for item in content.locations}:
            raise Conflict("place-twice", "This place is there already.", field="place")
        place = Location(form.place, form.latitude, form.longitude)
        return replace(content, locations=(*content.locations, place))

    return await change(
        room,
        PlaceForm,
        added,
        lambda _: room.see("places", "added"),
        lambda form, status: _places(room, status, add=form),
    )


@router.post("/places/remove", dependencies=WRITES)
async def remove_place(room: InRoom) -> Response:
    """Drop a part of the city."""

    def without(content: Content, form: KeyForm) -> Content:
        kept = (item for item in content.locations if item.place != form.key)
        return replace(content, locations=tuple(kept))

    return await change(
        room,
        KeyForm,
        without,
        lambda _: room.see("places", "removed"),
        lambda form, status: _places(room, status, drop=form),
    )


def _key(rate: Rate) -> str:
    return f"{rate.service} {rate.duration_minutes} {rate.venue} {rate.price.currency}"


def _repriced(rate: Rate, form: PriceForm) -> Rate:
    price = Money(int(form.price * 100), rate.price.currency)
    if rate.price.minor_units not in (form.was, price.minor_units):
        raise Conflict(
            "price-changed",
            f"Another window saved {rate.price} a moment ago; you wrote {price}. "
            "Save again to keep yours.",
            field="price",
        )
    return replace(rate, price=price)


def _rates(room: Room, status: int = 200, **forms: Form) -> Response:
    content = room.profile.content
    cities = {city.slug: city for city in room.provider.directory.cities()}
    empty = {
        "add": Form({"currency": cities[content.city].currency, "venue": Venue.OUTCALL}),
        "price": Form(),
        "drop": Form(),
    }
    return room.show(
        "admin_rates.html",
        status,
        groups=_groups(content.rates),
        services=[(key, SERVICES.get(key, key)) for key in content.services],
        durations=[(minutes, duration(minutes)) for minutes in DURATIONS],
        currencies=[(code, code) for code in CURRENCIES],
        venues=[(venue.value, text) for venue, text in VENUE_LABELS.items()],
        **(empty | forms),
    )


def _groups(rates: tuple[Rate, ...]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the rates by venue and currency, in a fixed order."""

    def place(rate: Rate) -> tuple[str, str]:
        return rate.venue.value, rate.price.currency

    order = sorted(rates, key=lambda rate: (*place(rate), rate.duration_minutes, rate.service))
    return [
        (
            f"{VENUE_LABELS[Venue(venue)]}, {currency}",
            [
                {
                    "key": _key(rate),
                    "what": f"{SERVICES.get(rate.service, rate.service)}, "
                    f"{duration(rate.duration_minutes)}",
                    "was": rate.price.minor_units,
                    "amount": _amount(rate.price),
                    "currency": currency,
                }
                for rate in group
            ],
        )
        for (venue, currency), group in groupby(order, place)
    ]


def _amount(price: Money) -> str:
    whole, cents = divmod(price.minor_units, 100)
    return f"{whole}.{cents:02}" if cents else str(whole)


def _places(room: Room, status: int = 200, **forms: Form) -> Response:
    places = [
        (
            item.place,
            f"{item.latitude:.2f}, {item.longitude:.2f}"
            if item.latitude is not None and item.longitude is not None
            else "",
        )
        for item in room.profile.content.locations
    ]
    empty = {"add": Form(), "drop": Form()}
    return room.show("admin_places.html", status, places=places, **(empty | forms))
