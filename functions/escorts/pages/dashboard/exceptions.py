"""Dashboard page for exceptions from the weekly hours, and for "available now"."""

from datetime import time
from typing import Any

from fastapi.responses import Response

from escorts.domain.availability import (
    NewScheduleException,
    Schedule,
    ScheduleException,
    resolve_exception,
)
from escorts.pages.dashboard.context import (
    WRITES,
    ProviderContext,
    ProviderContextDep,
    dashboard_router,
)
from escorts.pages.dashboard.forms import AvailableNowForm, ExceptionForm, RemoveByIdForm
from escorts.pages.dashboard.labels import format_period
from kit import formats
from kit.errors import Conflict
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.ids import new_id
from kit.pages import Form, FormErrors, handle_form

router = dashboard_router()
NOW_MINUTES = (60, 120, 240, 480)


@router.get("/exceptions")
async def exceptions_page(context: ProviderContextDep) -> Response:
    """Show the exceptions."""
    return _render_exceptions(context, _schedule(context))


@router.post("/exceptions", dependencies=WRITES)
async def add_exception(context: ProviderContextDep) -> Response:
    """Add an exception; the error names an exception that overlaps."""
    schedule = _schedule(context)

    def add(form: ExceptionForm) -> Response:
        new = _to_exception(form)
        _require_no_overlap(new, schedule)
        context.availability.add_exception(context.owner.user_id, context.profile.id, new)
        return context.redirect("exceptions", "added")

    return await handle_form(
        context.request,
        ExceptionForm,
        add,
        lambda form, status: _render_exceptions(context, schedule, status, add=form),
    )


@router.post("/exceptions/remove", dependencies=WRITES)
async def delete_exception(context: ProviderContextDep) -> Response:
    """Delete an exception: the weekly hours apply again."""

    def remove(form: RemoveByIdForm) -> Response:
        context.availability.delete_exception(context.owner.user_id, context.profile.id, form.id)
        return context.redirect("exceptions", "removed")

    return await handle_form(
        context.request, RemoveByIdForm, remove, lambda *args: _render_errors(context, *args)
    )


@router.post("/exceptions/now", dependencies=WRITES)
async def set_available_now(context: ProviderContextDep) -> Response:
    """Set "available now" from this moment on."""

    def begin(form: AvailableNowForm) -> Response:
        minutes = form.minutes
        context.availability.set_available_now(context.owner.user_id, context.profile.id, minutes)
        return context.redirect("exceptions", "now")

    return await handle_form(
        context.request, AvailableNowForm, begin, lambda *args: _render_errors(context, *args)
    )


@router.post("/exceptions/now/end", dependencies=WRITES)
async def clear_available_now(context: ProviderContextDep) -> Response:
    """End "available now"."""
    context.availability.clear_available_now(context.owner.user_id, context.profile.id)
    return context.redirect("exceptions", "ended")


def _schedule(context: ProviderContext) -> Schedule:
    return context.availability.get_for_update(context.owner.user_id, context.profile.id)


def _to_exception(form: ExceptionForm) -> NewScheduleException:
    return NewScheduleException(
        is_open=form.is_open,
        first_day=form.first_day,
        start=time.fromisoformat(form.start) if form.start else time(),
        last_day=form.last_day,
        end=time.fromisoformat(form.end) if form.end else None,
        note=form.note,
    )


def _require_no_overlap(new: NewScheduleException, schedule: Schedule) -> None:
    """Refuse an exception that overlaps another one, and name that one, so that the provider can choose."""
    made = resolve_exception(new, schedule, new_id())
    for item in schedule.exceptions:
        if made.span.start < item.span.end and item.span.start < made.span.end:
            message = (
                N_("Overlaps an exception: %(period)s (open). Remove it below first.")
                if item.is_open
                else N_("Overlaps an exception: %(period)s (closed). Remove it below first.")
            )
            raise Conflict(
                "exceptions-overlap", _(message, period=_exception_period(item)), field="date"
            )


def _exception_period(item: ScheduleException) -> str:
    return format_period(item.span.start, item.span.end, item.zone)


def _render_errors(context: ProviderContext, form: FormErrors, status: int) -> Response:
    return _render_exceptions(context, _schedule(context), status, errors=form)


def _render_exceptions(
    context: ProviderContext, schedule: Schedule, status: int = 200, **forms: Form
) -> Response:
    until = (
        formats.local_moment(schedule.available_now.end, schedule.home.zone)
        if schedule.available_now
        else None
    )
    exceptions: list[dict[str, Any]] = [
        {"id": item.id, "is_open": item.is_open, "when": _exception_period(item), "note": item.note}
        for item in schedule.exceptions
    ]
    return context.render(
        "dashboard_exceptions.html",
        status,
        exceptions=exceptions,
        now_until=formats.format_time(until) if until else "",
        minutes=[(minutes, formats.format_duration(minutes)) for minutes in NOW_MINUTES],
        **({"add": Form({"isOpen": "false"}), "errors": Form()} | forms),
    )
