"""Extras on a provider's settings page: additional charges on top of the rates."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from bookings.domain.pricing import Extra, ExtraTrigger, Rate
from bookings.domain.settings import MAX_EXTRA_PRICE, MAX_EXTRAS, MAX_LABEL, BookingSettings
from bookings.domain.text_limits import clean_text
from bookings.pages.labels import new_key
from kit.errors import Conflict, Invalid
from kit.formats import format_money
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.money import Money
from kit.pages import Form

TRIGGER_LABELS = {
    ExtraTrigger.CHOSEN: N_("When the client chooses it"),
    ExtraTrigger.OUTCALL: N_("Always, when I come to the client"),
    ExtraTrigger.TRAVEL: N_("Always, when we travel together"),
    ExtraTrigger.OVERNIGHT: N_("Always, for an overnight booking"),
    ExtraTrigger.URGENT: N_("For urgent requests"),
}
_DEFAULT_CURRENCY = "EUR"


class ExtraForm(Body):
    """A new extra."""

    label: Annotated[str, Field(min_length=1, max_length=MAX_LABEL, title=N_("Extra"))]
    price: Annotated[Decimal, Field(gt=0, le=MAX_EXTRA_PRICE // 100, title=N_("Price"))]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", title=N_("Currency"))]
    when: Annotated[ExtraTrigger, Field(title=N_("When"))] = ExtraTrigger.CHOSEN


class ExtraChangeForm(ExtraForm):
    """Changes of an existing extra."""

    key: Annotated[str, Field(max_length=60, title=N_("Extra"))]


@dataclass(frozen=True, slots=True)
class ExtraRow:
    """An extra in the list, with the form that changes it."""

    key: str
    label: str
    price: str
    when: str
    form: Form
    currencies: list[tuple[str, str]]


def append_extra(form: ExtraForm) -> Callable[[BookingSettings], BookingSettings]:
    """Return a change that adds the extra to the settings."""

    def add(current: BookingSettings) -> BookingSettings:
        if len(current.extras) >= MAX_EXTRAS:
            raise Conflict(
                "too-many",
                _("Up to %(count)s extras: remove one first.", count=MAX_EXTRAS),
            )
        key = new_key({extra.key for extra in current.extras}, form.label, "extra")
        return replace(current, extras=(*current.extras, _extra(key, form)))

    return add


def replace_extra(form: ExtraChangeForm) -> Callable[[BookingSettings], BookingSettings]:
    """Return a change that replaces an extra; existing requests keep their price."""

    def change(current: BookingSettings) -> BookingSettings:
        if form.key not in {extra.key for extra in current.extras}:
            raise Conflict("extra-gone", _("This extra no longer exists."))
        new = _extra(form.key, form)
        extras = (new if extra.key == form.key else extra for extra in current.extras)
        return replace(current, extras=tuple(extras))

    return change


def drop_extra(key: str) -> Callable[[BookingSettings], BookingSettings]:
    """Return a change that removes an extra."""
    return lambda current: replace(
        current, extras=tuple(extra for extra in current.extras if extra.key != key)
    )


def extras_view(
    preferences: BookingSettings, card: list[Rate], refused: Form | None
) -> dict[str, Any]:
    """Return the template values of the extras; `refused` is the form of a refused change."""
    card_currencies = sorted({rate.price.currency for rate in card}) or [_DEFAULT_CURRENCY]
    refused_key = refused.value("key") if refused else ""
    return {
        "extras": [
            ExtraRow(
                key=extra.key,
                label=extra.label,
                price=format_money(extra.price),
                when=_(TRIGGER_LABELS[extra.trigger]),
                form=refused if refused and refused_key == extra.key else _form(extra),
                currencies=_choices([*card_currencies, extra.price.currency]),
            )
            for extra in preferences.extras
        ],
        "unmatched_extra_form": refused
        if refused and refused_key not in {extra.key for extra in preferences.extras}
        else None,
        "currencies": _choices(card_currencies),
        "triggers": [(str(when), _(text)) for when, text in TRIGGER_LABELS.items()],
        "most_extras": MAX_EXTRAS,
    }


def _form(extra: Extra) -> Form:
    values = {
        "label": extra.label,
        "price": f"{extra.price.in_whole_units():f}",
        "currency": extra.price.currency,
        "when": str(extra.trigger),
    }
    return Form(values, prefix=f"extra-{extra.key}")


def _choices(currencies: list[str]) -> list[tuple[str, str]]:
    return [(code, code) for code in dict.fromkeys(currencies)]


def _extra(key: str, form: ExtraForm) -> Extra:
    label = clean_text(form.label, MAX_LABEL, "label")
    unit = Money(1, form.currency).in_whole_units()
    if form.price % unit:
        raise Invalid(
            "extra-price",
            _(
                "Amounts in %(currency)s must be multiples of %(unit)s.",
                currency=form.currency,
                unit=format(unit, "f"),
            ),
            field="price",
        )
    return Extra(key, label, Money(int(form.price / unit), form.currency), form.when)
