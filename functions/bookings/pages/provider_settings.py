"""Booking settings pages of a provider: buffers, policy, extras, questions, address."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi.responses import Response
from pydantic import BaseModel, Field

from bookings.dependencies import ProviderSettingsDep
from bookings.domain.policy import MAX_STEPS, Policy, PolicyStep
from bookings.domain.settings import MAX_QUESTIONS, BookingSettings, ProviderSettings, Question
from bookings.domain.text_limits import MAX_ADDRESS
from bookings.pages.labels import new_key
from bookings.pages.provider_context import (
    WRITES,
    ProviderPageContext,
    ProviderPageDep,
    provider_router,
)
from bookings.pages.provider_extras import (
    ExtraChangeForm,
    ExtraForm,
    append_extra,
    drop_extra,
    extras_view,
    replace_extra,
)
from bookings.service.settings import ProviderSettingsService
from kit.errors import DomainError
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import UNPROCESSABLE, Form, FormErrors, handle_form, read_form

router = provider_router("/settings")
STEPS = range(1, MAX_STEPS + 1)


class TimesForm(Body):
    """Buffers and limits in minutes, hours and days."""

    buffer_before: Annotated[int, Field(title=N_("Buffer before a meeting"))]
    buffer_after: Annotated[int, Field(title=N_("Buffer after a meeting"))]
    travel: Annotated[int, Field(title=N_("Travel time"))]
    notice: Annotated[int, Field(title=N_("Minimum notice"))]
    horizon_days: Annotated[int, Field(title=N_("Booking horizon"))]
    answer_hours: Annotated[int, Field(title=N_("Time to answer"))]
    address_days: Annotated[int, Field(title=N_("Address storage"))]


class PolicyForm(Body):
    """Deposit and cancellation fees; empty rows are ignored."""

    deposit_percent: Annotated[int, Field(title=N_("Deposit"))]
    deposit_hours: Annotated[int, Field(title=N_("Time for the deposit"))]
    no_show_percent: Annotated[int, Field(title=N_("No-show fee"))]
    grace_minutes: Annotated[int, Field(title=N_("Free cancellation after confirmation"))] = 0
    grace_hours: Annotated[int, Field(title=N_("Minimum time to the start"))] = 12
    hours1: Annotated[int | None, Field(title=N_("Step 1, hours"))] = None
    percent1: Annotated[int | None, Field(title=N_("Step 1, percent"))] = None
    hours2: Annotated[int | None, Field(title=N_("Step 2, hours"))] = None
    percent2: Annotated[int | None, Field(title=N_("Step 2, percent"))] = None
    hours3: Annotated[int | None, Field(title=N_("Step 3, hours"))] = None
    percent3: Annotated[int | None, Field(title=N_("Step 3, percent"))] = None
    hours4: Annotated[int | None, Field(title=N_("Step 4, hours"))] = None
    percent4: Annotated[int | None, Field(title=N_("Step 4, percent"))] = None
    hours5: Annotated[int | None, Field(title=N_("Step 5, hours"))] = None
    percent5: Annotated[int | None, Field(title=N_("Step 5, percent"))] = None
    hours6: Annotated[int | None, Field(title=N_("Step 6, hours"))] = None
    percent6: Annotated[int | None, Field(title=N_("Step 6, percent"))] = None


class QuestionForm(Body):
    """A new question of the intake form."""

    text: Annotated[str, Field(min_length=1, max_length=200, title=N_("Question"))]
    required: bool = False


class KeyForm(Body):
    """Key of a question or extra to remove; one that is already removed is not an error."""

    key: Annotated[str, Field(max_length=60, title=N_("Key"))]


class AddressForm(Body):
    """The incall address."""

    address: Annotated[str, Field(max_length=MAX_ADDRESS, title=N_("Address"))] = ""


@router.get("")
async def settings_page(context: ProviderPageDep, service: ProviderSettingsDep) -> Response:
    """Render all booking settings."""
    return _render_settings(context, service)


@router.post("/times", dependencies=WRITES)
async def save_times(context: ProviderPageDep, service: ProviderSettingsDep) -> Response:
    """Save buffers and limits."""

    def save(form: TimesForm) -> None:
        service.change_settings(
            context.caller.user_id, lambda current: replace(current, **form.model_dump())
        )

    return await _save(context, service, TimesForm, "times", save)


@router.post("/policy", dependencies=WRITES)
async def save_policy(context: ProviderPageDep, service: ProviderSettingsDep) -> Response:
    """Save a new version of the policy; existing bookings keep theirs."""
    form = await read_form(context.request, PolicyForm, prefix="policy")
    if isinstance(form, FormErrors):
        return _render_settings(context, service, UNPROCESSABLE, policy=form)
    rows = {number: _policy_row(form, number) for number in STEPS}
    if half := next((n for n, row in rows.items() if (row[0] is None) != (row[1] is None)), None):
        name = f"{'hours' if rows[half][0] is None else 'percent'}{half}"
        wrong = {name: _("Give both, hours and percent, or neither.")}
        return _render_settings(context, service, UNPROCESSABLE, policy=_policy_errors(form, wrong))
    # Sorted as in the domain, so that its errors are shown at the right row.
    order = sorted(
        (PolicyStep(h, p), n) for n, (h, p) in rows.items() if h is not None and p is not None
    )
    policy = Policy(
        0,
        tuple(step for step, _ in order),
        no_show_percent=form.no_show_percent,
        deposit_percent=form.deposit_percent,
        deposit_hours=form.deposit_hours,
        grace_minutes=form.grace_minutes,
        grace_hours=form.grace_hours,
    )
    try:
        service.save_policy(context.caller.user_id, policy)
    except DomainError as error:
        wrong = {_policy_field(error.field or "", [n for __, n in order]): error.message}
        return _render_settings(context, service, error.status, policy=_policy_errors(form, wrong))
    return context.redirect("/settings", "saved")


@router.post("/questions", dependencies=WRITES)
async def add_question(context: ProviderPageDep, service: ProviderSettingsDep) -> Response:
    """Add a question."""

    def save(form: QuestionForm) -> None:
        def ask(current: BookingSettings) -> BookingSettings:
            question = Question(
                new_key({one.key for one in current.questions}, form.text, "question"),
                form.text,
                required=form.required,
            )
            return replace(current, questions=(*current.questions, question))

        service.change_settings(context.caller.user_id, ask)

    return await _save(context, service, QuestionForm, "question", save, "added")


@router.post("/questions/remove", dependencies=WRITES)
async def remove_question(context: ProviderPageDep, service: ProviderSettingsDep) -> Response:
    """Remove a question; existing answers stay."""

    def save(form: KeyForm) -> None:
        def drop(current: BookingSettings) -> BookingSettings:
            left = tuple(question for question in current.questions if question.key != form.key)
            return replace(current, questions=left)

        service.change_settings(context.caller.user_id, drop)

    return await _save(context, service, KeyForm, "question", save, "removed")


@router.post("/extras", dependencies=WRITES)
async def add_extra(context: ProviderPageDep, service: ProviderSettingsDep) -> Response:
    """Add an extra."""

    def save(form: ExtraForm) -> None:
        service.change_settings(context.caller.user_id, append_extra(form))

    return await _save(context, service, ExtraForm, "extra", save, "added")


@router.post("/extras/change", dependencies=WRITES)
async def change_extra(context: ProviderPageDep, service: ProviderSettingsDep) -> Response:
    """Change an extra; existing requests keep their price."""

    def save(form: ExtraChangeForm) -> None:
        service.change_settings(context.caller.user_id, replace_extra(form))

    return await _save(context, service, ExtraChangeForm, "changing", save)


@router.post("/extras/remove", dependencies=WRITES)
async def remove_extra(context: ProviderPageDep, service: ProviderSettingsDep) -> Response:
    """Remove an extra."""

    def save(form: KeyForm) -> None:
        service.change_settings(context.caller.user_id, drop_extra(form.key))

    return await _save(context, service, KeyForm, "extra", save, "removed")


@router.post("/address", dependencies=WRITES)
async def save_address(context: ProviderPageDep, service: ProviderSettingsDep) -> Response:
    """Save the incall address."""
    return await _save(
        context,
        service,
        AddressForm,
        "address",
        lambda form: service.save_address(context.caller.user_id, form.address),
    )


async def _save[F: BaseModel](
    context: ProviderPageContext,
    service: ProviderSettingsService,
    model: type[F],
    name: str,
    save: Callable[[F], object],
    done: str = "saved",
) -> Response:
    def run(form: F) -> Response:
        save(form)
        return context.redirect("/settings", done)

    return await handle_form(
        context.request,
        model,
        run,
        lambda errors, status: _render_settings(context, service, status, **{name: errors}),
        prefix=name,
    )


def _render_settings(
    context: ProviderPageContext, service: ProviderSettingsService, status: int = 200, **forms: Form
) -> Response:
    provider = service.get(context.caller.user_id)
    card = context.services.profiles.rate_card(context.profile)
    extras = extras_view(provider.settings, card, forms.pop("changing", None))
    filled: dict[str, Form] = {
        "times": Form(_times(provider.settings), prefix="times"),
        "policy": Form(_policy(provider), prefix="policy"),
        "question": Form({"required": "true"}, prefix="question"),
        "extra": Form({"currency": extras["currencies"][0][0], "when": "chosen"}, prefix="extra"),
        "address": Form({"address": service.address(context.caller.user_id)}, prefix="address"),
    }
    return context.render(
        "provider_settings.html",
        status,
        questions=provider.settings.questions,
        most_questions=MAX_QUESTIONS,
        steps=list(STEPS),
        **extras,
        **(filled | forms),
    )


def _times(preferences: BookingSettings) -> dict[str, Any]:
    return {
        info.alias or name: getattr(preferences, name)
        for name, info in TimesForm.model_fields.items()
    }


def _policy(provider: ProviderSettings) -> dict[str, Any]:
    policy = provider.policy
    values: dict[str, Any] = {
        "depositPercent": policy.deposit_percent,
        "depositHours": policy.deposit_hours,
        "noShowPercent": policy.no_show_percent,
        "graceMinutes": policy.grace_minutes,
        "graceHours": policy.grace_hours,
    }
    for number, step in enumerate(sorted(policy.steps, reverse=True), start=1):
        values |= {f"hours{number}": step.hours, f"percent{number}": step.percent}
    return values


def _policy_row(form: PolicyForm, number: int) -> tuple[int | None, int | None]:
    return getattr(form, f"hours{number}"), getattr(form, f"percent{number}")


def _policy_errors(form: PolicyForm, wrong: dict[str, str]) -> FormErrors:
    labels = {
        info.alias or name: info.title or "" for name, info in PolicyForm.model_fields.items()
    }
    return FormErrors(form.model_dump(by_alias=True), wrong, labels, "policy")


def _policy_field(field: str, rows: list[int]) -> str:
    """Return the form's field for a field of the domain: `steps.1.percent` belongs to a row."""
    first, _, rest = field.partition(".")
    if first != "steps":
        return first
    index, _, part = rest.partition(".")
    if not index.isdecimal():
        return ""
    return f"{part or 'hours'}{rows[int(index)]}"
