"""What a provider says about being booked: times, policy, extras, questions, her address."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi.responses import Response
from pydantic import BaseModel, Field

from bookings.dependencies import ProvidersRules
from bookings.domain.policy import MAX_STEPS, Policy, Step
from bookings.domain.settings import MAX_QUESTIONS, Preferences, Provider, Question
from bookings.domain.text_limits import LONGEST_ADDRESS
from bookings.pages.forms import REFUSED
from bookings.pages.labels import new_key, notice
from bookings.pages.provider_context import WRITES, InRoom, Room, room_router
from bookings.pages.provider_extras import (
    ExtraChangeForm,
    ExtraForm,
    added,
    changed,
    dropped,
    shown,
)
from bookings.service.settings import OwnRules
from kit.errors import DomainError
from kit.http import Request as Body
from kit.pages import Form, FormErrors, read_form

router = room_router("/settings")
STEPS = range(1, MAX_STEPS + 1)


class TimesForm(Body):
    """Minutes, hours and days around a meeting."""

    buffer_before: Annotated[int, Field(title="Before a meeting")]
    buffer_after: Annotated[int, Field(title="After a meeting")]
    travel: Annotated[int, Field(title="On the way")]
    notice: Annotated[int, Field(title="Notice")]
    horizon_days: Annotated[int, Field(title="How far ahead")]
    answer_hours: Annotated[int, Field(title="Time to answer")]
    address_days: Annotated[int, Field(title="Addresses are kept")]


class PolicyForm(Body):
    """Deposit, and what cancelling costs from when on; rows that are left empty do not count."""

    deposit_percent: Annotated[int, Field(title="Deposit")]
    deposit_hours: Annotated[int, Field(title="Time for the deposit")]
    no_show_percent: Annotated[int, Field(title="Not coming")]
    grace_minutes: Annotated[int, Field(title="Free after confirming")] = 0
    grace_hours: Annotated[int, Field(title="Only if it is so far away")] = 12
    hours1: Annotated[int | None, Field(title="Step 1, hours")] = None
    percent1: Annotated[int | None, Field(title="Step 1, percent")] = None
    hours2: Annotated[int | None, Field(title="Step 2, hours")] = None
    percent2: Annotated[int | None, Field(title="Step 2, percent")] = None
    hours3: Annotated[int | None, Field(title="Step 3, hours")] = None
    percent3: Annotated[int | None, Field(title="Step 3, percent")] = None
    hours4: Annotated[int | None, Field(title="Step 4, hours")] = None
    percent4: Annotated[int | None, Field(title="Step 4, percent")] = None
    hours5: Annotated[int | None, Field(title="Step 5, hours")] = None
    percent5: Annotated[int | None, Field(title="Step 5, percent")] = None
    hours6: Annotated[int | None, Field(title="Step 6, hours")] = None
    percent6: Annotated[int | None, Field(title="Step 6, percent")] = None


class QuestionForm(Body):
    """One more question of the intake form."""

    text: Annotated[str, Field(min_length=1, max_length=200, title="Question")]
    required: bool = False


class KeyForm(Body):
    """Which question or extra to drop: one that is gone already is no mistake."""

    key: Annotated[str, Field(max_length=60)]


class AddressForm(Body):
    """Where clients come to."""

    address: Annotated[str, Field(max_length=LONGEST_ADDRESS, title="Address")] = ""


@router.get("")
async def settings_page(room: InRoom, rules: ProvidersRules) -> Response:
    """Show all settings."""
    return _settings(room, rules)


@router.post("/times", dependencies=WRITES)
async def save_times(room: InRoom, rules: ProvidersRules) -> Response:
    """Save the time around meetings."""

    def save(form: TimesForm) -> None:
        rules.change_preferences(room.who.user_id, lambda kept: replace(kept, **form.model_dump()))

    return await _save(room, rules, TimesForm, "times", save)


@router.post("/policy", dependencies=WRITES)
async def save_policy(room: InRoom, rules: ProvidersRules) -> Response:
    """Write a new version of the policy; bookings that exist keep theirs."""
    form = await read_form(room.request, PolicyForm, prefix="policy")
    if isinstance(form, FormErrors):
        return _settings(room, rules, REFUSED, policy=form)
    rows = {number: _row(form, number) for number in STEPS}
    if half := next((n for n, row in rows.items() if (row[0] is None) != (row[1] is None)), None):
        name = f"{'hours' if rows[half][0] is None else 'percent'}{half}"
        wrong = {name: "Give both, hours and percent, or neither."}
        return _settings(room, rules, REFUSED, policy=_refused(form, wrong))
    # In order, so that what the domain says of its steps is said at the right row.
    order = sorted((Step(h, p), n) for n, (h, p) in rows.items() if h is not None and p is not None)
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
        rules.save_policy(room.who.user_id, policy)
    except DomainError as error:
        wrong = {_policy_field(error.field or "", [n for _, n in order]): error.message}
        return _settings(room, rules, error.status, policy=_refused(form, wrong))
    return room.see("/settings", "saved")


@router.post("/questions", dependencies=WRITES)
async def add_question(room: InRoom, rules: ProvidersRules) -> Response:
    """Ask one more question."""

    def save(form: QuestionForm) -> None:
        def ask(kept: Preferences) -> Preferences:
            asked = Question(
                new_key({one.key for one in kept.questions}, form.text, "question"),
                form.text,
                required=form.required,
            )
            return replace(kept, questions=(*kept.questions, asked))

        rules.change_preferences(room.who.user_id, ask)

    return await _save(room, rules, QuestionForm, "question", save, "added")


@router.post("/questions/remove", dependencies=WRITES)
async def remove_question(room: InRoom, rules: ProvidersRules) -> Response:
    """Ask one question less; answers that were given stay."""

    def save(form: KeyForm) -> None:
        def drop(kept: Preferences) -> Preferences:
            left = tuple(question for question in kept.questions if question.key != form.key)
            return replace(kept, questions=left)

        rules.change_preferences(room.who.user_id, drop)

    return await _save(room, rules, KeyForm, "question", save, "removed")


@router.post("/extras", dependencies=WRITES)
async def add_extra(room: InRoom, rules: ProvidersRules) -> Response:
    """Offer one more extra."""

    def save(form: ExtraForm) -> None:
        rules.change_preferences(room.who.user_id, added(form))

    return await _save(room, rules, ExtraForm, "extra", save, "added")


@router.post("/extras/change", dependencies=WRITES)
async def change_extra(room: InRoom, rules: ProvidersRules) -> Response:
    """Change an extra; what was asked for before keeps the price that it was asked at."""

    def save(form: ExtraChangeForm) -> None:
        rules.change_preferences(room.who.user_id, changed(form))

    return await _save(room, rules, ExtraChangeForm, "changing", save)


@router.post("/extras/remove", dependencies=WRITES)
async def remove_extra(room: InRoom, rules: ProvidersRules) -> Response:
    """Offer one extra less."""

    def save(form: KeyForm) -> None:
        rules.change_preferences(room.who.user_id, dropped(form.key))

    return await _save(room, rules, KeyForm, "extra", save, "removed")


@router.post("/address", dependencies=WRITES)
async def save_address(room: InRoom, rules: ProvidersRules) -> Response:
    """Keep where clients come to."""
    return await _save(
        room,
        rules,
        AddressForm,
        "address",
        lambda form: rules.save_address(room.who.user_id, form.address),
    )


async def _save[F: BaseModel](
    room: Room,
    rules: OwnRules,
    model: type[F],
    name: str,
    save: Callable[[F], object],
    said: str = "saved",
) -> Response:
    form = await read_form(room.request, model, prefix=name)
    if isinstance(form, FormErrors):
        return _settings(room, rules, REFUSED, **{name: form})
    try:
        save(form)
    except DomainError as error:
        refused = FormErrors.from_error(error, form, prefix=name)
        return _settings(room, rules, error.status, **{name: refused})
    return room.see("/settings", said)


def _settings(room: Room, rules: OwnRules, status: int = 200, **forms: Form) -> Response:
    provider = rules.read(room.who.user_id)
    card = room.look.profiles.rate_card(room.profile)
    extras = shown(provider.preferences, card, forms.pop("changing", None))
    filled: dict[str, Form] = {
        "times": Form(_times(provider.preferences), prefix="times"),
        "policy": Form(_policy(provider), prefix="policy"),
        "question": Form({"required": "true"}, prefix="question"),
        "extra": Form({"currency": extras["currencies"][0][0], "when": "chosen"}, prefix="extra"),
        "address": Form({"address": rules.address(room.who.user_id)}, prefix="address"),
    }
    return room.show(
        "room_settings.html",
        status,
        questions=provider.preferences.questions,
        most_questions=MAX_QUESTIONS,
        steps=list(STEPS),
        now=[
            f"less than {notice(step.hours)} before: {step.percent} %"
            for step in sorted(provider.policy.steps, reverse=True)
        ],
        **extras,
        **(filled | forms),
    )


def _times(preferences: Preferences) -> dict[str, Any]:
    return {
        info.alias or name: getattr(preferences, name)
        for name, info in TimesForm.model_fields.items()
    }


def _policy(provider: Provider) -> dict[str, Any]:
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


def _row(form: PolicyForm, number: int) -> tuple[int | None, int | None]:
    return getattr(form, f"hours{number}"), getattr(form, f"percent{number}")


def _refused(form: PolicyForm, wrong: dict[str, str]) -> FormErrors:
    labels = {
        info.alias or name: info.title or "" for name, info in PolicyForm.model_fields.items()
    }
    return FormErrors(form.model_dump(by_alias=True), wrong, labels, "policy")


def _policy_field(field: str, rows: list[int]) -> str:
    """Return the form's field for what the domain names: `steps.1.percent` is a row's."""
    first, _, rest = field.partition(".")
    if first != "steps":
        return first
    index, _, part = rest.partition(".")
    if not index.isdecimal():
        return ""
    return f"{part or 'hours'}{rows[int(index)]}"
