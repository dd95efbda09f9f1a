"""Pages of a provider: rates, places and hours, one entry at a time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from escorts.dependencies import Owner, OwnerSide, limit_writes
from escorts.domain.offer import Location, Rate, WeeklyRule
from escorts.domain.profile import Content, Profile
from escorts.domain.vocabulary import CURRENCIES, SERVICES
from escorts.pages.forms import (
    REFUSED,
    HoursForm,
    PlaceForm,
    RateForm,
    RemoveForm,
    VersionedForm,
    see,
    show,
)
from escorts.pages.words import VENUES, WEEKDAYS, duration, hours
from escorts.service.provider import Provider
from kit.auth import Principal
from kit.errors import DomainError
from kit.money import Money
from kit.pages import Form, FormErrors, read_form

router = APIRouter(include_in_schema=False)
_DURATIONS = (30, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 2880, 4320, 7200, 10080, 20160)
_SAVED = "/profile/offer?saved=yes"


@router.get("/profile/offer")
async def offer_page(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Show rates, places and hours."""
    return _page(request, provider, provider.mine(owner.user_id))


@router.post("/profile/offer/rates", dependencies=[Depends(limit_writes)])
async def add_rate(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Add a rate."""

    def added(content: Content, form: RateForm) -> Content:
        price = Money(int(form.price * 100), form.currency)
        rate = Rate(form.service, form.duration_minutes, price, form.venue)
        return replace(content, rates=(*content.rates, rate))

    return await _change(request, owner, provider, RateForm, "rate", added)


@router.post("/profile/offer/locations", dependencies=[Depends(limit_writes)])
async def add_place(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Add a part of the city."""

    def added(content: Content, form: PlaceForm) -> Content:
        return replace(content, locations=(*content.locations, Location(form.place)))

    return await _change(request, owner, provider, PlaceForm, "place", added)


@router.post("/profile/offer/availability", dependencies=[Depends(limit_writes)])
async def add_hours(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Add hours on one or more weekdays."""

    def added(content: Content, form: HoursForm) -> Content:
        start, end = time.fromisoformat(form.start), time.fromisoformat(form.end)
        rules = (WeeklyRule(day, start, end) for day in form.weekdays)
        together = sorted(
            (*content.availability, *rules), key=lambda rule: (rule.weekday, rule.start)
        )
        return replace(content, availability=tuple(together))

    return await _change(request, owner, provider, HoursForm, "hours", added)


@router.post("/profile/offer/remove", dependencies=[Depends(limit_writes)])
async def remove(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Drop a rate, a place or hours."""

    def without(content: Content, form: RemoveForm) -> Content:
        match form.part:
            case "rates":
                return replace(content, rates=_dropped(content.rates, form.index))
            case "locations":
                return replace(content, locations=_dropped(content.locations, form.index))
            case "availability":
                return replace(content, availability=_dropped(content.availability, form.index))

    return await _change(request, owner, provider, RemoveForm, "remove", without)


def _dropped[T](items: tuple[T, ...], index: int) -> tuple[T, ...]:
    return items[:index] + items[index + 1 :]


async def _change[F: VersionedForm](
    request: Request,
    owner: Principal,
    provider: Provider,
    model: type[F],
    name: str,
    change: Callable[[Content, F], Content],
) -> Response:
    profile = provider.mine(owner.user_id)
    form = await read_form(request, model, prefix=name)
    if isinstance(form, FormErrors):
        return _page(request, provider, profile, REFUSED, **{name: form})
    try:
        provider.update(owner.user_id, profile.id, form.version, change(profile.content, form))
    except DomainError as error:
        refused = FormErrors.of(error, form, prefix=name)
        return _page(request, provider, profile, error.status, **{name: refused})
    return see(_SAVED)


def _page(
    request: Request, provider: Provider, profile: Profile, status: int = 200, **forms: Form
) -> Response:
    content = profile.content
    cities = {city.slug: city for city in provider.directory.cities()}
    empty = {
        "rate": Form({"currency": cities[content.city].currency}, prefix="rate"),
        "place": Form(prefix="place"),
        "hours": Form({"start": "18:00", "end": "23:00"}, prefix="hours"),
        "remove": Form(prefix="remove"),
    }
    return show(
        request,
        "offer.html",
        status,
        profile=profile,
        content=content,
        saved=request.query_params.get("saved") == "yes",
        services=[(key, SERVICES.get(key, key)) for key in content.services],
        names=SERVICES,
        durations=[(minutes, duration(minutes)) for minutes in _DURATIONS],
        currencies=[(code, code) for code in CURRENCIES],
        venues=[(venue.value, text) for venue, text in VENUES.items()],
        venue_names=VENUES,
        weekdays=list(enumerate(WEEKDAYS, start=1)),
        duration=duration,
        hours_text=hours,
        **(empty | forms),
    )
