"""The room's usual week: a day at a time, with one thumb."""

from dataclasses import replace
from datetime import time

from fastapi.responses import Response

from escorts.domain.offer import MAX_RULES, WeeklyRule
from escorts.domain.profiles import Content
from escorts.pages.dashboard.context import WRITES, InRoom, Room, change, room_router
from escorts.pages.dashboard.forms import CopyForm, HoursForm, KeyForm
from escorts.pages.labels import WEEKDAYS, format_hours
from kit.errors import InvalidState
from kit.pages import Form

router = room_router()
DAYS = list(enumerate(WEEKDAYS, start=1))
# One tap each: what most people enter anyhow.
USUAL = (
    ("Daytime", "10:00", "18:00"),
    ("Evening", "18:00", "23:00"),
    ("Late", "20:00", "02:00"),
    ("All day", "00:00", "00:00"),
)


@router.get("/week")
async def week_page(room: InRoom) -> Response:
    """Show the hours of every day."""
    return _week(room)


@router.post("/week", dependencies=WRITES)
async def add_hours(room: InRoom) -> Response:
    """Add hours to a day."""

    def added(content: Content, form: HoursForm) -> Content:
        rule = WeeklyRule(form.day, time.fromisoformat(form.start), time.fromisoformat(form.end))
        return _with(content, (*content.availability, rule))

    return await change(
        room,
        HoursForm,
        added,
        lambda form: room.see("week", "added", f"day-{form.day}"),
        lambda form, status: _week(room, status, add=form),
    )


@router.post("/week/remove", dependencies=WRITES)
async def remove_hours(room: InRoom) -> Response:
    """Drop hours of a day."""

    def without(content: Content, form: KeyForm) -> Content:
        return _with(content, tuple(r for r in content.availability if rule_key(r) != form.key))

    return await change(
        room,
        KeyForm,
        without,
        lambda form: room.see("week", "removed", f"day-{form.key[:1]}"),
        lambda form, status: _week(room, status, other=form),
    )


@router.post("/week/copy", dependencies=WRITES)
async def copy_day(room: InRoom) -> Response:
    """Give other days the hours of this one, instead of theirs."""

    def copied(content: Content, form: CopyForm) -> Content:
        days = set(form.days) - {form.day}
        pattern = [rule for rule in content.availability if rule.weekday == form.day]
        kept = [rule for rule in content.availability if rule.weekday not in days]
        new = [replace(rule, weekday=day) for day in sorted(days) for rule in pattern]
        return _with(content, (*kept, *new))

    return await change(
        room,
        CopyForm,
        copied,
        lambda form: room.see("week", "copied", f"day-{form.day}"),
        lambda form, status: _week(room, status, copy=form),
    )


def rule_key(rule: WeeklyRule) -> str:
    """Return what a page calls these hours: "5 18:00 23:00"."""
    return f"{rule.weekday} {rule.start:%H:%M} {rule.end:%H:%M}"


def _with(content: Content, rules: tuple[WeeklyRule, ...]) -> Content:
    if len(rules) > MAX_RULES:
        raise InvalidState("too-many-hours", f"{MAX_RULES} entries a week are the most.")
    order = sorted(set(rules), key=lambda rule: (rule.weekday, rule.start))
    return replace(content, availability=tuple(order))


def _week(room: Room, status: int = 200, **forms: Form) -> Response:
    rules = room.profile.content.availability
    days = [
        (
            number,
            name,
            [(rule_key(rule), format_hours(rule)) for rule in rules if rule.weekday == number],
            [day for day in DAYS if day[0] != number],
        )
        for number, name in DAYS
    ]
    empty = {"add": Form({"start": "18:00", "end": "23:00"}), "copy": Form(), "other": Form()}
    return room.show(
        "admin_week.html",
        status,
        days=days,
        usual=USUAL,
        any_hours=bool(rules),
        **(empty | forms),
    )
