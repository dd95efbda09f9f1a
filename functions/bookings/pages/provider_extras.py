"""A provider's extras on her settings' page: what comes on top of her rates, at which price."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from bookings.domain.pricing import Extra, Rate, When
from bookings.domain.settings import HIGHEST_EXTRA, LONGEST_LABEL, MAX_EXTRAS, Preferences
from bookings.domain.text_limits import written
from bookings.pages.labels import new_key
from kit.errors import Conflict, Invalid
from kit.http import Request as Body
from kit.money import Money
from kit.pages import Form

WHEN = {
    When.CHOSEN: "Clients choose it",
    When.OUTCALL: "Always, when I come to the client",
    When.TRAVEL: "Always, when we travel together",
    When.OVERNIGHT: "Always, with a night",
    When.URGENT: "When the client says that it is urgent",
}
_USUAL = "EUR"


class ExtraForm(Body):
    """One more extra."""

    label: Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL, title="Extra")]
    price: Annotated[Decimal, Field(gt=0, le=HIGHEST_EXTRA // 100)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    when: Annotated[When, Field(title="When")] = When.CHOSEN


class ExtraChangeForm(ExtraForm):
    """The same for one that is there."""

    key: Annotated[str, Field(max_length=60)]


@dataclass(frozen=True, slots=True)
class Row:
    """An extra in the list, with the form that changes it."""

    key: str
    label: str
    price: str
    when: str
    form: Form
    currencies: list[tuple[str, str]]


def added(form: ExtraForm) -> Callable[[Preferences], Preferences]:
    """Return how preferences are with one more."""

    def add(kept: Preferences) -> Preferences:
        if len(kept.extras) >= MAX_EXTRAS:
            raise Conflict("too-many", f"{MAX_EXTRAS} extras are the most: remove one first.")
        key = new_key({extra.key for extra in kept.extras}, form.label, "extra")
        return replace(kept, extras=(*kept.extras, _extra(key, form)))

    return add


def changed(form: ExtraChangeForm) -> Callable[[Preferences], Preferences]:
    """Return how preferences are with one of them as the form says; requests keep what they had."""

    def change(kept: Preferences) -> Preferences:
        if form.key not in {extra.key for extra in kept.extras}:
            raise Conflict("extra-gone", "This extra is not there any more.")
        new = _extra(form.key, form)
        extras = (new if extra.key == form.key else extra for extra in kept.extras)
        return replace(kept, extras=tuple(extras))

    return change


def dropped(key: str) -> Callable[[Preferences], Preferences]:
    """Return how preferences are without one of them."""
    return lambda kept: replace(
        kept, extras=tuple(extra for extra in kept.extras if extra.key != key)
    )


def shown(preferences: Preferences, card: list[Rate], refused: Form | None) -> dict[str, Any]:
    """Return what the page shows of extras; `refused` is the form of one that was not changed."""
    known = sorted({rate.price.currency for rate in card}) or [_USUAL]
    wrong = refused.value("key") if refused else ""
    return {
        "extras": [
            Row(
                key=extra.key,
                label=extra.label,
                price=str(extra.price),
                when=WHEN[extra.when],
                form=refused if refused and wrong == extra.key else _form(extra),
                currencies=_choices([*known, extra.price.currency]),
            )
            for extra in preferences.extras
        ],
        "extra_stray": refused
        if refused and wrong not in {extra.key for extra in preferences.extras}
        else None,
        "currencies": _choices(known),
        "whens": [(str(when), text) for when, text in WHEN.items()],
        "most_extras": MAX_EXTRAS,
    }


def _form(extra: Extra) -> Form:
    values = {
        "label": extra.label,
        "price": f"{extra.price.in_whole_units():f}",
        "currency": extra.price.currency,
        "when": str(extra.when),
    }
    return Form(values, prefix=f"extra-{extra.key}")


def _choices(currencies: list[str]) -> list[tuple[str, str]]:
    return [(code, code) for code in dict.fromkeys(currencies)]


def _extra(key: str, form: ExtraForm) -> Extra:
    label = written(form.label, LONGEST_LABEL, "label")
    unit = Money(1, form.currency).in_whole_units()
    if form.price % unit:
        raise Invalid(
            "extra-price", f"{form.currency} has no smaller part than {unit:f}.", field="price"
        )
    return Extra(key, label, Money(int(form.price / unit), form.currency), form.when)
