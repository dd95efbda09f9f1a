"""Select options of the filter form, in display order."""

from operator import itemgetter

from escorts.domain.vocabulary import LANGUAGES
from escorts.pages.filters import SORT_LABELS
from escorts.pages.labels import DURATIONS
from escorts.service.search import Total
from kit import formats
from kit.i18n import gettext as _
from kit.i18n import ngettext


def availability_options() -> list[tuple[str, str]]:
    """Return the times that the form offers beside a date."""
    return [("tonight", _("Tonight")), ("now", _("Right now"))]


def duration_options() -> list[tuple[str, str]]:
    """Return the durations, in minutes, with their labels."""
    return [(str(minutes), formats.format_duration(minutes)) for minutes in DURATIONS]


def language_options() -> list[tuple[str, str]]:
    """Return the codes and names of the languages, in the order of the names."""
    return sorted(((code, formats.language_name(code)) for code in LANGUAGES), key=itemgetter(1))


def sort_options() -> list[tuple[str, str]]:
    """Return the sort orders with their labels."""
    return [(key, _(label)) for key, label in SORT_LABELS.items()]


def format_total(count: Total, city: str = "") -> str:
    """Return the number of results as a heading."""
    number = formats.format_number(count.value)
    if count.capped:
        if city:
            return _("%(number)s+ companions in %(city)s", number=number, city=city)
        return _("%(number)s+ companions", number=number)
    if count.value == 0:
        return _("No companions in %(city)s", city=city) if city else _("No companions")
    if city:
        return ngettext(
            "%(number)s companion in %(city)s",
            "%(number)s companions in %(city)s",
            count.value,
            number=number,
            city=city,
        )
    return ngettext("%(number)s companion", "%(number)s companions", count.value, number=number)
