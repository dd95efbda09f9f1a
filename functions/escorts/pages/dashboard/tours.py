"""Dashboard page for tours."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from fastapi.responses import Response

from escorts.domain.offer import WeeklyRule
from escorts.domain.profiles import City
from escorts.domain.tours import NewTour, Tour
from escorts.pages.dashboard.context import (
    WRITES,
    ProviderContext,
    ProviderContextDep,
    dashboard_router,
)
from escorts.pages.dashboard.forms import RemoveByIdForm, TourForm
from escorts.pages.dashboard.labels import format_days
from escorts.pages.labels import format_hours
from kit import clock, formats
from kit.errors import Conflict
from kit.i18n import gettext as _
from kit.pages import Form, handle_form

router = dashboard_router()


@router.get("/tours")
async def tours_page(context: ProviderContextDep) -> Response:
    """Show the coming tours."""
    return _render_tours(context, _get_tours(context))


@router.post("/tours", dependencies=WRITES)
async def add_tour(context: ProviderContextDep) -> Response:
    """Add a tour; the error names a tour that overlaps."""
    known = _get_tours(context)

    def add(form: TourForm) -> Response:
        _require_no_overlap(form, known, context.availability.cities_by_slug())
        context.availability.add_tour(context.owner.user_id, context.profile.id, _to_tour(form))
        return context.redirect("tours", "added")

    return await handle_form(
        context.request,
        TourForm,
        add,
        lambda form, status: _render_tours(context, known, status, add=form),
    )


@router.post("/tours/remove", dependencies=WRITES)
async def delete_tour(context: ProviderContextDep) -> Response:
    """Delete a tour."""

    def remove(form: RemoveByIdForm) -> Response:
        context.availability.delete_tour(context.owner.user_id, context.profile.id, form.id)
        return context.redirect("tours", "removed")

    return await handle_form(
        context.request,
        RemoveByIdForm,
        remove,
        lambda form, status: _render_tours(context, _get_tours(context), status, remove=form),
    )


def _get_tours(context: ProviderContext) -> Sequence[Tour]:
    return context.availability.get_for_update(context.owner.user_id, context.profile.id).tours


def _require_no_overlap(form: TourForm, known: Sequence[Tour], cities: dict[str, City]) -> None:
    """Refuse days of another tour, and name that one, so that the provider can choose."""
    for tour in known:
        plan = tour.plan
        if form.first_day <= plan.last_day and plan.first_day <= form.last_day:
            raise Conflict(
                "tours-overlap",
                _(
                    "You are in %(city)s %(dates)s. Choose other dates, or remove that tour below first.",
                    city=cities[plan.city].name,
                    dates=format_days(plan.first_day, plan.last_day),
                ),
                field="from",
            )


def _to_tour(form: TourForm) -> NewTour:
    daily: tuple[WeeklyRule, ...] = ()
    if form.start and form.end:
        start, end = time.fromisoformat(form.start), time.fromisoformat(form.end)
        daily = tuple(WeeklyRule(day, start, end) for day in range(1, 8))
    return NewTour(form.city, form.first_day, form.last_day, form.at_home, daily, form.note)


def _render_tours(
    context: ProviderContext, known: Sequence[Tour], status: int = 200, **forms: Form
) -> Response:
    cities = context.availability.cities_by_slug()
    home = context.profile.content.city
    today = clock.now().date()
    return context.render(
        "dashboard_tours.html",
        status,
        tours=[_tour_row(tour, cities, context.profile.city_name) for tour in known],
        cities=[
            (city.slug, city.name) for city in cities.values() if city.listed and city.slug != home
        ],
        home=context.profile.city_name,
        today=today.isoformat(),
        **({"add": Form(), "remove": Form()} | forms),
    )


def _tour_row(tour: Tour, cities: dict[str, City], home: str) -> dict[str, Any]:
    plan = tour.plan
    own = sorted({format_hours(rule) for rule in plan.hours})
    hours = formats.format_list(own, "unit-short").capitalize() if own else _("Your weekly hours")
    return {
        "id": tour.id,
        "city": cities[plan.city].name,
        "days": format_days(plan.first_day, plan.last_day),
        "hours": _("%(hours)s; also in %(city)s", hours=hours, city=home)
        if plan.at_home
        else hours,
        "note": plan.note,
        "now": tour.includes(clock.now().date()),
    }
