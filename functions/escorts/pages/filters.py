"""What a visitor filters by: from the address to a search, and back to addresses and words.

The addresses are the API's, so that a list has the same parameters everywhere; only the order is one word here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.datastructures import QueryParams

from escorts.domain.vocabulary import LANGUAGES, SERVICES
from escorts.pages.labels import VENUE_FILTER_LABELS, format_datetime
from escorts.schemas.search import SearchQuery
from escorts.service.search import PageRequest
from kit.pages import Form
from kit.pages.formatting import duration
from kit.validation import sentences

PER_PAGE = 24
SORT_LABELS = {
    "": "Recommended",
    "price": "Price, lowest first",
    "-price": "Price, highest first",
    "-rating": "Best rated",
    "-created_at": "Newest",
    "name": "Name",
}
AVAILABILITY_LABELS = {"now": "Free now", "tonight": "Free tonight"}
_MULTI_VALUED = ("services", "languages")
_SINGLE_VALUED = (
    "location", "q", "availability", "availableAt", "duration", "venue", "priceMin", "priceMax",
    "ageMin", "ageMax", "sort",
)  # fmt: skip
_DEFAULT_CURRENCY = "EUR"
"""Prices are compared in one currency: the city's, and without a city in this one."""


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A filter that holds, and the address without it."""

    text: str
    href: str


@dataclass(frozen=True)
class PageFilters:
    """One search as a page knows it."""

    chosen: Mapping[str, tuple[str, ...]]
    query: SearchQuery | None
    """Nothing if something cannot be meant."""
    errors: Mapping[str, str] = field(default_factory=dict)
    path_filters: Mapping[str, str] = field(default_factory=dict)
    """What the page's own path says already: a city, a service."""

    @property
    def form(self) -> Form:
        """The form, filled in; it offers one language, though an address may name several."""
        values = {name: list(v) if name == "services" else v[0] for name, v in self.chosen.items()}
        return Form(values, self.errors)

    @property
    def page(self) -> PageRequest:
        """Which part of the list is wanted."""
        return PageRequest(PER_PAGE, self.first_value("cursor") or None)

    @property
    def is_continued(self) -> bool:
        """Whether it is not the first page."""
        return "cursor" in self.chosen

    @cached_property
    def extra_count(self) -> int:
        """How many filters hold besides those at the top of the form."""
        seen = ("location", "availability", "q", "cursor")
        return sum(len(values) for name, values in self.chosen.items() if name not in seen)

    @property
    def is_unfiltered(self) -> bool:
        """Whether nothing is chosen that the path does not say."""
        return all(self.path_filters.get(name) == values[0] for name, values in self.chosen.items())

    def first_value(self, name: str) -> str:
        """Return the value of `name`, or nothing."""
        return next(iter(self.chosen.get(name, ())), "")

    def url(self, path: str = "/", *, cursor: str = "") -> str:
        """Return this search's address."""
        return _build_url(path, self.chosen, cursor)

    def url_without(self, name: str, value: str = "") -> str:
        """Return the address without one filter."""
        left = {
            key: tuple(one for one in values if key != name or (value and one != value))
            for key, values in self.chosen.items()
            if key != _DEPENDENT_FIELDS.get(name)
        }
        return _build_url("/", left)

    def chips(self, city: str) -> list[FilterChip]:
        """Return the filters that hold, in words; `city` is the place's name."""
        found = [FilterChip(city, self.url_without("location"))] if city else []
        if self.first_value("q"):
            found.append(FilterChip(f"“{self.first_value('q')}”", self.url_without("q")))
        found += [FilterChip(text, self.url_without(name)) for name, text in self._time_labels()]
        if self.first_value("venue") in VENUE_FILTER_LABELS:
            found.append(
                FilterChip(
                    VENUE_FILTER_LABELS[self.first_value("venue")], self.url_without("venue")
                )
            )
        for name, words in (("services", SERVICES), ("languages", LANGUAGES)):
            chosen = self.chosen.get(name, ())
            found += [
                FilterChip(words.get(key, key), self.url_without(name, key)) for key in chosen
            ]
        for name, text in _LIMIT_LABELS.items():
            if value := self.first_value(name):
                found.append(FilterChip(text.format(value), self.url_without(name)))
        return found

    def _time_labels(self) -> list[tuple[str, str]]:
        minutes = self.query.duration if self.query else None
        lasting = f" for {duration(minutes)}" if minutes else ""
        if self.query and self.query.available_at:
            return [("availableAt", f"Free {format_datetime(self.query.available_at)}{lasting}")]
        said = self.first_value("availability")
        return (
            [("availability", AVAILABILITY_LABELS.get(said, f"On {said}s") + lasting)]
            if said
            else []
        )


_LIMIT_LABELS = {
    "priceMin": "from {}",
    "priceMax": "up to {}",
    "ageMin": "{} or older",
    "ageMax": "{} or younger",
}
# A duration says nothing without its beginning.
_DEPENDENT_FIELDS = {"availability": "duration", "availableAt": "duration"}


def read_filters(params: QueryParams, path_filters: Mapping[str, str] | None = None) -> PageFilters:
    """Return the search that an address asks for; what it does not know, it leaves alone."""
    path_filters = path_filters or {}
    chosen: dict[str, tuple[str, ...]] = {
        name: (path_filters.get(name) or params.get(name, "").strip(),)
        for name in (*_SINGLE_VALUED, "cursor")
    }
    for name in _MULTI_VALUED:
        values = [part.strip() for item in params.getlist(name) for part in item.split(",")]
        chosen[name] = tuple(
            dict.fromkeys([*([path_filters[name]] if name in path_filters else []), *values])
        )
    chosen = {name: kept for name, v in chosen.items() if (kept := tuple(one for one in v if one))}
    if "availableAt" in chosen:
        chosen.pop("availability", None)
    elif "availability" not in chosen:
        chosen.pop("duration", None)
    try:
        return PageFilters(chosen, SearchQuery.model_validate(_to_query(chosen)), {}, path_filters)
    except ValidationError as refused:
        return PageFilters(chosen, None, _page_errors(refused), path_filters)


def _to_query(chosen: Mapping[str, tuple[str, ...]]) -> dict[str, str | list[str]]:
    asked: dict[str, str | list[str]] = {
        name: list(values) if name in _MULTI_VALUED else values[0]
        for name, values in chosen.items()
    }
    order = str(asked.pop("sort", ""))
    if order:
        asked["sortBy"] = order.removeprefix("-")
        asked["sortOrder"] = "desc" if order.startswith("-") else "asc"
    prices = {"priceMin", "priceMax"} & asked.keys() or order.endswith("price")
    if prices and "location" not in asked:
        asked["currency"] = _DEFAULT_CURRENCY
    return asked


def _page_errors(refused: ValidationError) -> dict[str, str]:
    details = refused.errors(include_input=False, include_url=False)
    found = sentences(details)
    renamed = {"sortBy": "sort", "sortOrder": "sort"}
    errors: dict[str, str] = {}
    for name, text in found.items():
        errors.setdefault(renamed.get(name, name.partition(".")[0]), text)
    if "time zone" in errors.get("availableAt", ""):
        errors["availableAt"] = "Choose a city as well: the time is the city's own."
    return errors


def _build_url(path: str, chosen: Mapping[str, Sequence[str]], cursor: str = "") -> str:
    pairs = [(name, one) for name, v in chosen.items() if name != "cursor" for one in v]
    if cursor:
        pairs.append(("cursor", cursor))
    return f"{path}?{urlencode(pairs)}" if pairs else path
