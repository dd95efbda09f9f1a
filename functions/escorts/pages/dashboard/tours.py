"""The room's tours: where she will be, and what stands in the way."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from fastapi.responses import Response

from escorts.domain.offer import WeeklyRule
from escorts.domain.profiles import City
from escorts.domain.tours import NewTour, Tour
from escorts.pages.dashboard.context import WRITES, InRoom, Room, room_router
from escorts.pages.dashboard.forms import IdForm, TourForm
from escorts.pages.dashboard.labels import days
from escorts.pages.forms import REFUSED
from escorts.pages.labels import format_hours
from kit import clock
from kit.errors import Conflict, DomainError
from kit.pages import Form, FormErrors, read_form

router = room_router()


@router.get("/tours")
async def tours_page(room: InRoom) -> Response:
    """Show the coming tours."""
    return _tours(room, _known(room))


@router.post("/tours", dependencies=WRITES)
async def add_tour(room: InRoom) -> Response:
    """Plan a tour; a refusal names the tour that stands in the way."""
    known = _known(room)
    form = await read_form(room.request, TourForm)
    if isinstance(form, FormErrors):
        return _tours(room, known, REFUSED, add=form)
    try:
        _require_free(form, known, room.time.cities())
        room.time.add_tour(room.owner.user_id, room.profile.id, _plan(form))
    except DomainError as error:
        return _tours(room, known, error.status, add=FormErrors.from_error(error, form))
    return room.see("tours", "added")


@router.post("/tours/remove", dependencies=WRITES)
async def remove_tour(room: InRoom) -> Response:
    """Cancel a tour."""
    form = await read_form(room.request, IdForm)
    if isinstance(form, FormErrors):
        return _tours(room, _known(room), REFUSED, drop=form)
    room.time.remove_tour(room.owner.user_id, room.profile.id, form.id)
    return room.see("tours", "removed")


def _known(room: Room) -> Sequence[Tour]:
    return room.time.mine(room.owner.user_id, room.profile.id).tours


def _require_free(form: TourForm, known: Sequence[Tour], cities: dict[str, City]) -> None:
    """Refuse days on which she is elsewhere, and say where: she is asked which one is right."""
    for tour in known:
        plan = tour.plan
        if form.first_day <= plan.last_day and plan.first_day <= form.last_day:
            raise Conflict(
                "tours-overlap",
                f"You are in {cities[plan.city].name} {days(plan.first_day, plan.last_day)}. "
                "Choose other dates, or remove that tour below first.",
                field="from",
            )


def _plan(form: TourForm) -> NewTour:
    daily: tuple[WeeklyRule, ...] = ()
    if form.start and form.end:
        start, end = time.fromisoformat(form.start), time.fromisoformat(form.end)
        daily = tuple(WeeklyRule(day, start, end) for day in range(1, 8))
    return NewTour(form.city, form.first_day, form.last_day, form.at_home, daily, form.note)


def _tours(room: Room, known: Sequence[Tour], status: int = 200, **forms: Form) -> Response:
    cities = room.time.cities()
    home = room.profile.content.city
    today = clock.now().date()
    return room.show(
        "admin_tours.html",
        status,
        tours=[_shown(tour, cities) for tour in known],
        cities=[
            (city.slug, city.name) for city in cities.values() if city.listed and city.slug != home
        ],
        home=room.profile.city_name,
        today=today.isoformat(),
        **({"add": Form(), "drop": Form()} | forms),
    )


def _shown(tour: Tour, cities: dict[str, City]) -> dict[str, Any]:
    plan = tour.plan
    own = {format_hours(rule) for rule in plan.hours}
    return {
        "id": tour.id,
        "city": cities[plan.city].name,
        "days": days(plan.first_day, plan.last_day),
        "hours": ", ".join(sorted(own)) if own else "your usual hours",
        "at_home": plan.at_home,
        "note": plan.note,
        "now": tour.includes(clock.now().date()),
    }
