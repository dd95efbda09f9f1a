"""Dashboard page for the weekly hours, one day at a time, usable with one thumb."""

from dataclasses import replace
from datetime import time

from fastapi.responses import Response

from escorts.domain.offer import MAX_RULES, WeeklyRule
from escorts.domain.profiles import Content
from escorts.pages.dashboard.context import (
    WRITES,
    ProviderContext,
    ProviderContextDep,
    dashboard_router,
    save_content_form,
)
from escorts.pages.dashboard.forms import CopyHoursForm, RemoveByKeyForm, WeeklyHoursForm
from escorts.pages.labels import WEEKDAYS, format_hours, weekday_label
from kit.errors import InvalidState
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form

router = dashboard_router()
# The most common hours, one tap each.
PRESETS = (
    (N_("Daytime"), "10:00", "18:00"),
    (N_("Evening"), "18:00", "23:00"),
    (N_("Late"), "20:00", "02:00"),
    (N_("All day"), "00:00", "00:00"),
)


@router.get("/weekly-hours")
async def weekly_hours_page(context: ProviderContextDep) -> Response:
    """Show the hours of every weekday."""
    return _render_weekly_hours(context)


@router.post("/weekly-hours", dependencies=WRITES)
async def add_hours(context: ProviderContextDep) -> Response:
    """Add hours to a weekday."""

    def added(content: Content, form: WeeklyHoursForm) -> Content:
        rule = WeeklyRule(form.day, time.fromisoformat(form.start), time.fromisoformat(form.end))
        return _with_rules(content, (*content.availability, rule))

    return await save_content_form(
        context,
        WeeklyHoursForm,
        added,
        lambda form: context.redirect("weekly-hours", "added", f"day-{form.day}"),
        lambda form, status: _render_weekly_hours(context, status, add=form),
    )


@router.post("/weekly-hours/remove", dependencies=WRITES)
async def remove_hours(context: ProviderContextDep) -> Response:
    """Remove hours of a weekday."""

    def without(content: Content, form: RemoveByKeyForm) -> Content:
        return _with_rules(
            content, tuple(r for r in content.availability if rule_key(r) != form.key)
        )

    return await save_content_form(
        context,
        RemoveByKeyForm,
        without,
        lambda form: context.redirect("weekly-hours", "removed", f"day-{form.key[:1]}"),
        lambda form, status: _render_weekly_hours(context, status, remove=form),
    )


@router.post("/weekly-hours/copy", dependencies=WRITES)
async def copy_day(context: ProviderContextDep) -> Response:
    """Replace the hours of other days with the hours of this day."""

    def copied(content: Content, form: CopyHoursForm) -> Content:
        days = set(form.days) - {form.day}
        pattern = [rule for rule in content.availability if rule.weekday == form.day]
        kept = [rule for rule in content.availability if rule.weekday not in days]
        new = [replace(rule, weekday=day) for day in sorted(days) for rule in pattern]
        return _with_rules(content, (*kept, *new))

    return await save_content_form(
        context,
        CopyHoursForm,
        copied,
        lambda form: context.redirect("weekly-hours", "copied", f"day-{form.day}"),
        lambda form, status: _render_weekly_hours(context, status, copy=form),
    )


def rule_key(rule: WeeklyRule) -> str:
    """Return the key of a rule on the page: "5 18:00 23:00"."""
    return f"{rule.weekday} {rule.start:%H:%M} {rule.end:%H:%M}"


def _with_rules(content: Content, rules: tuple[WeeklyRule, ...]) -> Content:
    if len(rules) > MAX_RULES:
        raise InvalidState(
            "too-many-hours", _("%(count)s entries a week are the most.", count=MAX_RULES)
        )
    order = sorted(set(rules), key=lambda rule: (rule.weekday, rule.start))
    return replace(content, availability=tuple(order))


def _render_weekly_hours(context: ProviderContext, status: int = 200, **forms: Form) -> Response:
    rules = context.profile.content.availability
    days = [
        (
            number,
            weekday_label(number),
            [(rule_key(rule), format_hours(rule)) for rule in rules if rule.weekday == number],
            [(day, weekday_label(day)) for day in WEEKDAYS if day != number],
        )
        for number in WEEKDAYS
    ]
    empty = {"add": Form({"start": "18:00", "end": "23:00"}), "copy": Form(), "remove": Form()}
    return context.render(
        "dashboard_weekly_hours.html",
        status,
        days=days,
        presets=[(_(label), start, end) for label, start, end in PRESETS],
        any_hours=bool(rules),
        **(empty | forms),
    )
