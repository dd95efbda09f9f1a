"""Filters of the directory pages: from URL parameters to a search, and back to URLs and labels.

The parameters are those of the API, except that pages have one `sort` parameter.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.datastructures import QueryParams

from contracts.services import SERVICES
from escorts.pages.labels import CLIENT_VENUE_LABELS, format_datetime, service_label
from escorts.schemas.search import SearchQuery, TimeZoneMissing
from escorts.service.search import PageRequest
from kit import formats
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form
from kit.validation import sentences

PER_PAGE = 24
SORT_LABELS = {
    "": N_("Recommended"),
    "price": N_("Price, lowest first"),
    "-price": N_("Price, highest first"),
    "-rating": N_("Best rated"),
    "-created_at": N_("Newest"),
    "name": N_("Name"),
}
_AVAILABILITY_LABELS = {
    "now": N_("Free now"),
    "tonight": N_("Free tonight"),
    "monday": N_("On Mondays"),
    "tuesday": N_("On Tuesdays"),
    "wednesday": N_("On Wednesdays"),
    "thursday": N_("On Thursdays"),
    "friday": N_("On Fridays"),
    "saturday": N_("On Saturdays"),
    "sunday": N_("On Sundays"),
}
_DURATION_LABELS = {
    "now": N_("Free now for %(duration)s"),
    "tonight": N_("Free tonight for %(duration)s"),
}
_DEFAULT_CURRENCY = "EUR"
"""Currency in which prices are compared if no city is chosen."""


@dataclass(frozen=True, slots=True)
class PageFilter:
    """Filter that the pages offer: its parameters, and the text of its chip."""

    parameters: tuple[str, ...]
    label: Callable[[str], str] | None = None
    """Text of the chip for a value; None if the text depends on more than the value."""
    accepts_many: bool = False
    legend: str = ""
    """Legend of its radio buttons or checkboxes, unless the template has its own fields for it."""
    options: Callable[[], Sequence[tuple[str, str]]] = tuple


PAGE_FILTERS = {
    "location": PageFilter(("location",)),
    "text": PageFilter(("q",), "“{}”".format),
    "availability": PageFilter(("availability", "availableAt", "duration")),
    "venue": PageFilter(
        ("venue",),
        lambda value: dict(_venue_options()).get(value, ""),
        legend=N_("Where"),
        options=lambda: [("", _("Any")), *_venue_options()],
    ),
    "services": PageFilter(
        ("services",),
        service_label,
        accepts_many=True,
        legend=N_("Services (all selected)"),
        options=lambda: service_options(),
    ),
    "languages": PageFilter(("languages",), formats.language_name, accepts_many=True),
    "price_min": PageFilter(("priceMin",), lambda value: _("from %(price)s", price=_number(value))),
    "price_max": PageFilter(
        ("priceMax",), lambda value: _("up to %(price)s", price=_number(value))
    ),
    "age_min": PageFilter(("ageMin",), lambda value: _("%(age)s or older", age=_number(value))),
    "age_max": PageFilter(("ageMax",), lambda value: _("%(age)s or younger", age=_number(value))),
}
"""Filters of the pages, in the order of the chips."""
API_ONLY_FILTERS = frozenset(
    {"currency", "ethnicity", "language", "rating_min", "featured_only", "within"}
)
_MULTI_VALUED = [
    name for item in PAGE_FILTERS.values() if item.accepts_many for name in item.parameters
]
_SINGLE_VALUED = [
    name for item in PAGE_FILTERS.values() if not item.accepts_many for name in item.parameters
]
_CHECKBOXES = [
    name
    for item in PAGE_FILTERS.values()
    if item.accepts_many and item.legend
    for name in item.parameters
]
# A duration is removed together with its start.
_DEPENDENT_FIELDS = {"availability": "duration", "availableAt": "duration"}


@dataclass(frozen=True, slots=True)
class FilterChip:
    """Active filter, and the URL without it."""

    text: str
    href: str


@dataclass(frozen=True)
class PageFilters:
    """Filters of a page with the parsed search query."""

    chosen: Mapping[str, tuple[str, ...]]
    query: SearchQuery | None
    """None if a filter is invalid."""
    errors: Mapping[str, str] = field(default_factory=dict)
    path_filters: Mapping[str, str] = field(default_factory=dict)
    """Filters given by the path of the page: a city, a service."""

    @property
    def form(self) -> Form:
        """Return the filled-in form; it has one language, though a URL may name several."""
        values = {name: list(v) if name in _CHECKBOXES else v[0] for name, v in self.chosen.items()}
        return Form(values, self.errors)

    @property
    def page(self) -> PageRequest:
        """Return the requested page of the list."""
        return PageRequest(PER_PAGE, self.first_value("cursor") or None)

    @property
    def is_continued(self) -> bool:
        """Tell whether this is not the first page."""
        return "cursor" in self.chosen

    @cached_property
    def extra_count(self) -> int:
        """Return the number of active filters that the form shows under "More filters"."""
        seen = ("location", "availability", "q", "cursor")
        return sum(len(values) for name, values in self.chosen.items() if name not in seen)

    @property
    def is_unfiltered(self) -> bool:
        """Tell whether no filters are active besides those of the path."""
        return all(self.path_filters.get(name) == values[0] for name, values in self.chosen.items())

    @property
    def choices(self) -> list[PageFilter]:
        """Return the filters that the form shows as radio buttons or checkboxes."""
        return [item for item in PAGE_FILTERS.values() if item.legend]

    def first_value(self, name: str) -> str:
        """Return the first value of `name`, or an empty string."""
        return next(iter(self.chosen.get(name, ())), "")

    def url(self, path: str = "/", *, cursor: str = "") -> str:
        """Return the URL of this search."""
        return _build_url(path, self.chosen, cursor)

    def url_without(self, name: str, value: str = "") -> str:
        """Return the URL without one filter."""
        left = {
            key: tuple(one for one in values if key != name or (value and one != value))
            for key, values in self.chosen.items()
            if key != _DEPENDENT_FIELDS.get(name)
        }
        return _build_url("/", left)

    def chips(self, city: str) -> list[FilterChip]:
        """Return the active filters as chips; `city` is the name of the city."""
        found = [FilterChip(city, self.url_without("location"))] if city else []
        for name, item in PAGE_FILTERS.items():
            if name == "availability":
                found += [
                    FilterChip(text, self.url_without(key)) for key, text in self._time_labels()
                ]
            elif item.label is not None:
                found += [
                    FilterChip(text, self.url_without(parameter, value))
                    for parameter in item.parameters
                    for value in self.chosen.get(parameter, ())
                    if (text := item.label(value))
                ]
        return found

    def _time_labels(self) -> list[tuple[str, str]]:
        minutes = self.query.duration if self.query else None
        time = formats.format_duration(minutes) if minutes else ""
        if self.query and self.query.available_at:
            at = format_datetime(self.query.available_at)
            text = (
                _("Free %(date)s for %(duration)s", date=at, duration=time)
                if time
                else _("Free %(date)s", date=at)
            )
            return [("availableAt", text)]
        availability = self.first_value("availability")
        if time and availability in _DURATION_LABELS:
            return [("availability", _(_DURATION_LABELS[availability], duration=time))]
        text = _(_AVAILABILITY_LABELS.get(availability, availability))
        return [("availability", text)] if text else []


def service_options() -> list[tuple[str, str]]:
    """Return the keys and labels of the services, in the order of the labels."""
    return sorted(((key, _(label)) for key, label in SERVICES.items()), key=itemgetter(1))


def _venue_options() -> list[tuple[str, str]]:
    return [(venue.value, _(label)) for venue, label in CLIENT_VENUE_LABELS.items()]


def _number(value: str) -> str:
    return formats.format_number(int(value)) if value.isascii() and value.isdigit() else value


def read_filters(params: QueryParams, path_filters: Mapping[str, str] | None = None) -> PageFilters:
    """Return the filters of a URL; unknown parameters are ignored."""
    path_filters = path_filters or {}
    chosen: dict[str, tuple[str, ...]] = {
        name: (path_filters.get(name) or params.get(name, "").strip(),)
        for name in (*_SINGLE_VALUED, "sort", "cursor")
    }
    for name in _MULTI_VALUED:
        values = [part.strip() for item in params.getlist(name) for part in item.split(",")]
        chosen[name] = tuple(
            dict.fromkeys([*([path_filters[name]] if name in path_filters else []), *values])
        )
    chosen = {
        name: non_empty
        for name, v in chosen.items()
        if (non_empty := tuple(one for one in v if one))
    }
    if "availableAt" in chosen:
        chosen.pop("availability", None)
    elif "availability" not in chosen:
        chosen.pop("duration", None)
    try:
        return PageFilters(chosen, SearchQuery.model_validate(_to_query(chosen)), {}, path_filters)
    except ValidationError as error:
        return PageFilters(chosen, None, _page_errors(error), path_filters)


def _to_query(chosen: Mapping[str, tuple[str, ...]]) -> dict[str, str | list[str]]:
    parameters: dict[str, str | list[str]] = {
        name: list(values) if name in _MULTI_VALUED else values[0]
        for name, values in chosen.items()
    }
    order = str(parameters.pop("sort", ""))
    if order:
        parameters["sortBy"] = order.removeprefix("-")
        parameters["sortOrder"] = "desc" if order.startswith("-") else "asc"
    prices = {"priceMin", "priceMax"} & parameters.keys() or order.endswith("price")
    if prices and "location" not in parameters:
        parameters["currency"] = _DEFAULT_CURRENCY
    return parameters


def _page_errors(error: ValidationError) -> dict[str, str]:
    details = error.errors(include_input=False, include_url=False)
    found = sentences(details)
    renamed = {"sortBy": "sort", "sortOrder": "sort"}
    errors: dict[str, str] = {}
    for name, text in found.items():
        errors.setdefault(renamed.get(name, name.partition(".")[0]), text)
    if any(isinstance(item.get("ctx", {}).get("error"), TimeZoneMissing) for item in details):
        errors["availableAt"] = _("Choose a city as well: the time is the city's own.")
    return errors


def _build_url(path: str, chosen: Mapping[str, Sequence[str]], cursor: str = "") -> str:
    pairs = [(name, one) for name, v in chosen.items() if name != "cursor" for one in v]
    if cursor:
        pairs.append(("cursor", cursor))
    return f"{path}?{urlencode(pairs)}" if pairs else path
