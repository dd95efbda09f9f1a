"""The room's dates: what is other than the week says, and "available now"."""

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from fastapi.responses import Response

from escorts.domain.availability import DatedHours, NewDatedHours, Schedule, dated_hours
from escorts.pages.dashboard.context import WRITES, InRoom, Room, room_router
from escorts.pages.dashboard.forms import DatesForm, IdForm, NowForm
from escorts.pages.dashboard.labels import span_words
from escorts.pages.forms import REFUSED
from kit.errors import Conflict, DomainError
from kit.ids import new_id
from kit.pages import Form, FormErrors, read_form
from kit.pages.formatting import duration

router = room_router()
NOW_MINUTES = (60, 120, 240, 480)


@router.get("/dates")
async def dates_page(room: InRoom) -> Response:
    """Show the dates that differ from the week."""
    return _dates(room, _schedule(room))


@router.post("/dates", dependencies=WRITES)
async def add_dates(room: InRoom) -> Response:
    """Open or close some dates; a refusal names what stands in the way."""
    schedule = _schedule(room)
    form = await read_form(room.request, DatesForm)
    if isinstance(form, FormErrors):
        return _dates(room, schedule, REFUSED, add=form)
    written = _written(form)
    try:
        _require_free(written, schedule)
        room.time.add_exception(room.owner.user_id, room.profile.id, written)
    except DomainError as error:
        return _dates(room, schedule, error.status, add=FormErrors.from_error(error, form))
    return room.see("dates", "added")


@router.post("/dates/remove", dependencies=WRITES)
async def remove_dates(room: InRoom) -> Response:
    """Let the week have its way again."""
    form = await read_form(room.request, IdForm)
    if isinstance(form, FormErrors):
        return _dates(room, _schedule(room), REFUSED, other=form)
    room.time.remove_exception(room.owner.user_id, room.profile.id, form.id)
    return room.see("dates", "removed")


@router.post("/dates/now", dependencies=WRITES)
async def say_now(room: InRoom) -> Response:
    """Be available from this moment on, for a while."""
    form = await read_form(room.request, NowForm)
    if isinstance(form, FormErrors):
        return _dates(room, _schedule(room), REFUSED, other=form)
    room.time.say_now(room.owner.user_id, room.profile.id, form.minutes)
    return room.see("dates", "now")


@router.post("/dates/now/end", dependencies=WRITES)
async def end_now(room: InRoom) -> Response:
    """Be available no longer than the schedule says."""
    room.time.end_now(room.owner.user_id, room.profile.id)
    return room.see("dates", "ended")


def _schedule(room: Room) -> Schedule:
    return room.time.mine(room.owner.user_id, room.profile.id)


def _written(form: DatesForm) -> NewDatedHours:
    return NewDatedHours(
        opens=form.opens,
        first_day=form.first_day,
        start=time.fromisoformat(form.start) if form.start else time(),
        last_day=form.last_day,
        end=time.fromisoformat(form.end) if form.end else None,
        note=form.note,
    )


def _require_free(written: NewDatedHours, schedule: Schedule) -> None:
    """Refuse time that an entry covers already, and say which: she is asked which one is right."""
    made = dated_hours(written, schedule, new_id())
    for item in schedule.dated:
        if made.span.start < item.span.end and item.span.start < made.span.end:
            raise Conflict(
                "exceptions-overlap",
                f"{_when(item)} is there already ({'open' if item.opens else 'closed'}). "
                "Remove it below first.",
                field="date",
            )


def _when(item: DatedHours) -> str:
    wall = ZoneInfo(item.zone)
    return span_words(item.span.start.astimezone(wall), item.span.end.astimezone(wall))


def _dates(room: Room, schedule: Schedule, status: int = 200, **forms: Form) -> Response:
    home = ZoneInfo(schedule.home.zone)
    until = schedule.now.end.astimezone(home) if schedule.now else None
    dated: list[dict[str, Any]] = [
        {"id": item.id, "opens": item.opens, "when": _when(item), "note": item.note}
        for item in schedule.dated
    ]
    return room.show(
        "admin_dates.html",
        status,
        dated=dated,
        now_until=f"{until:%H:%M}" if until else "",
        minutes=[(minutes, duration(minutes)) for minutes in NOW_MINUTES],
        **({"add": Form({"opens": "false"}), "other": Form()} | forms),
    )
