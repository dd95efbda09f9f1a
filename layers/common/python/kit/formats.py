"""Formats of money, numbers, dates, times and durations, in the current language, by CLDR data.

Babel is imported for the first format, not at the function's start: with a language's data it takes 50 ms.
Dates are given as the calendar shows them; a moment is given with its time zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import cache
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from kit.i18n import PSEUDO_LANGUAGE, SOURCE_LANGUAGE, current_language, ngettext
from kit.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from babel import Locale

    from kit.money import Money

LOCALES = {"en": "en_GB", PSEUDO_LANGUAGE: "en_GB"}
"""CLDR locale of each language; the layer of a deployed function has the data of these only."""
_SKELETONS = {
    "weekday": "yMMMMEEEEd",
    "long": "yMMMMd",
    "short": "yMMMd",
    "short-weekday": "yMMMEd",
    "weekday-this-year": "MMMMEEEEd",
    "long-this-year": "MMMMd",
    "short-this-year": "MMMEd",
    "month": "yMMMM",
}
_HOUR, _DAY = 60, 24 * 60

type DateStyle = Literal[
    "weekday",
    "long",
    "short",
    "short-weekday",
    "weekday-this-year",
    "long-this-year",
    "short-this-year",
    "month",
]
"""In English: "Tuesday, 1 December 2026", "1 December 2026", "1 Dec 2026", "Tue, 1 Dec 2026", "Tuesday 1 December",
"1 December", "Tue 1 Dec", "December 2026"."""


def format_money(amount: Money) -> str:
    """Return an amount with its ISO code, without decimals where they are zero: "EUR 1,234.50", "EUR 500"."""
    from babel.numbers import format_currency

    return _accent_if_pseudo(
        format_currency(
            amount.in_whole_units(),
            amount.currency,
            format=_money_pattern(_locale(), is_whole=amount.is_whole),
            locale=_locale(),
            currency_digits=not amount.is_whole,
        ),
        keep=amount.currency,
    )


def format_number(number: int | Decimal, decimals: int | None = None) -> str:
    """Return a number with separators: "12,345"; with `decimals` always as many: "4.0"."""
    from babel.numbers import format_decimal

    pattern = None if decimals is None else f"#,##0.{'0' * decimals}"
    return _accent_if_pseudo(format_decimal(number, pattern, locale=_locale()))


def format_percent(percent: int | Decimal) -> str:
    """Return a percentage, of which 100 is the whole: "50%"."""
    from decimal import Decimal

    from babel.numbers import format_percent

    return _accent_if_pseudo(format_percent(Decimal(percent) / 100, locale=_locale()))


def format_date(day: date, style: DateStyle = "long") -> str:
    """Return a date of the calendar; a moment goes to `format_datetime`."""
    return _by_skeleton(datetime.combine(day, time()), _SKELETONS[style])


def format_time(at: datetime | time) -> str:
    """Return a time as the clock shows it: "18:00"."""
    clock = at.timetz() if isinstance(at, datetime) else at
    return _by_skeleton(datetime.combine(date(2000, 1, 1), clock.replace(tzinfo=None)), "Hm")


def format_datetime(
    moment: datetime, zone: str | ZoneInfo = "UTC", style: DateStyle = "long"
) -> str:
    """Return date and time of a moment in a time zone: "1 December 2026, 18:00"."""
    local = local_moment(moment, zone)
    return _join(format_date(local.date(), style), format_time(local))


def format_period(
    start: datetime, end: datetime, zone: str | ZoneInfo, style: DateStyle = "weekday"
) -> str:
    """Return start and end of a period: "Tuesday, 1 December 2026, 18:00–20:00"; both dates if they differ."""
    first, last = local_moment(start, zone), local_moment(end, zone)
    if first.date() == last.date():
        return _join(format_date(first.date(), style), format_time_range(first, last))
    return _(
        "%(start)s to %(end)s",
        start=format_datetime(start, zone, style),
        end=format_datetime(end, zone, style),
    )


def format_time_range(start: datetime | time, end: datetime | time) -> str:
    """Return two times of a clock: "18:00–20:00"."""
    return f"{format_time(start)}–{format_time(end)}"


def format_date_range(first: date, last: date) -> str:
    """Return two dates, or one if they are the same: "1 – 5 Dec 2026", with thin spaces."""
    from babel.dates import format_interval

    if first == last:
        return format_date(first, "short")
    return _accent_if_pseudo(format_interval(first, last, "yMMMd", locale=_locale()))


def format_weekday(day: date, width: Literal["wide", "abbreviated"] = "wide") -> str:
    """Return the name of a date's weekday: "Tuesday", "Tue"."""
    return weekday_name(day.weekday(), width)


def weekday_name(number: int, width: Literal["wide", "abbreviated"] = "wide") -> str:
    """Return the name of a weekday, 0 for Monday."""
    return _accent_if_pseudo(str(_locale().days["stand-alone"][width][number]))


def month_name(number: int, width: Literal["wide", "abbreviated"] = "wide") -> str:
    """Return the name of a month, 1 for January."""
    return _accent_if_pseudo(str(_locale().months["stand-alone"][width][number]))


def format_duration(minutes: int) -> str:
    """Return a duration, in minutes, in words: "2 days", "1 hour 30 minutes"."""
    if minutes % _DAY == 0 and minutes > _DAY:
        return ngettext("%(count)s day", "%(count)s days", minutes // _DAY)
    hours, rest = divmod(minutes, _HOUR)
    in_hours = ngettext("%(count)s hour", "%(count)s hours", hours)
    in_minutes = ngettext("%(count)s minute", "%(count)s minutes", rest)
    if not hours:
        return in_minutes
    return in_hours if not rest else f"{in_hours} {in_minutes}"


def format_list(
    items: Sequence[str], style: Literal["standard", "or", "unit-short"] = "standard"
) -> str:
    """Return several texts as one: "a, b and c", "a, b or c", "a, b, c"."""
    from babel.lists import format_list

    # The texts are translated already, or belong to a user: only the words between them are ours.
    if current_language() == PSEUDO_LANGUAGE:
        return ", ".join(items)
    return format_list(items, style=style, locale=_locale())


def language_name(code: str) -> str:
    """Return the name of a spoken language: "German" for "de"; the code if CLDR has none."""
    return _accent_if_pseudo(str(_locale().languages.get(code, code)))


def territory_name(code: str) -> str:
    """Return the name of a country: "Germany" for "DE"; the code if CLDR has none."""
    return _accent_if_pseudo(str(_locale().territories.get(code, code)))


def time_zone_city(zone: str) -> str:
    """Return the city of a time zone's name: "Sao Paulo" for "America/Sao_Paulo"."""
    return zone.rpartition("/")[2].replace("_", " ")


def local_moment(moment: datetime, zone: str | ZoneInfo) -> datetime:
    """Return the moment as the clock of the time zone shows it."""
    known = zone if isinstance(zone, ZoneInfo) else (UTC if zone == "UTC" else ZoneInfo(zone))
    return moment.astimezone(known)


def _money_pattern(locale: Locale, *, is_whole: bool) -> str:
    """Return the language's pattern of amounts, with the code for the sign: whose dollar it is must be clear."""
    pattern = str(locale.currency_formats["standard"].pattern).partition(";")[0]
    pattern = pattern.replace("¤#", "¤ #").replace("¤", "¤¤")
    if is_whole:
        pattern = pattern.replace("0.00", "0")
    return f"{pattern};{pattern.replace('#,##0', '-#,##0')}"


def _join(day: str, clock: str) -> str:
    return f"{day}, {clock}"


def _by_skeleton(moment: datetime, skeleton: str) -> str:
    from babel.dates import format_skeleton

    return _accent_if_pseudo(format_skeleton(skeleton, moment, locale=_locale()))


def _locale() -> Locale:
    return _parse_locale(LOCALES.get(current_language(), LOCALES[SOURCE_LANGUAGE]))


@cache
def _parse_locale(name: str) -> Locale:
    from babel import Locale

    return Locale.parse(name)


def _accent_if_pseudo(text: str, keep: str = "") -> str:
    """Return a format's text; in the pseudo-language with accented letters, but for the word `keep`."""
    if current_language() != PSEUDO_LANGUAGE:
        return text
    from kit.i18n import accented

    before, word, after = text.partition(keep) if keep else (text, "", "")
    return f"{accented(before)}{word}{accented(after)}"
