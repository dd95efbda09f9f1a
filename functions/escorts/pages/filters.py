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
from escorts.pages.labels import VENUES_SOUGHT, moment
from escorts.schemas.search import SearchQuery
from escorts.service.search import PageRequest
from kit.pages import Form
from kit.pages.formatting import duration
from kit.validation import sentences

PER_PAGE = 24
SORTS = {
    "": "Recommended",
    "price": "Price, lowest first",
    "-price": "Price, highest first",
    "-rating": "Best rated",
    "-created_at": "Newest",
    "name": "Name",
}
WHEN = {"now": "Free now", "tonight": "Free tonight"}
_SEVERAL = ("services", "languages")
_ONE = (
    "location", "q", "availability", "availableAt", "duration", "venue", "priceMin", "priceMax",
    "ageMin", "ageMax", "sort",
)  # fmt: skip
_ELSEWHERE = "EUR"
"""Prices are compared in one currency: the city's, and without a city in this one."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that holds, and the address without it."""

    text: str
    href: str


@dataclass(frozen=True)
class Filters:
    """One search as a page knows it."""

    chosen: Mapping[str, tuple[str, ...]]
    query: SearchQuery | None
    """Nothing if something cannot be meant."""
    errors: Mapping[str, str] = field(default_factory=dict)
    home: Mapping[str, str] = field(default_factory=dict)
    """What the page's own path says already: a city, a service."""

    @property
    def form(self) -> Form:
        """The form, filled in; it offers one language, though an address may name several."""
        values = {name: list(v) if name == "services" else v[0] for name, v in self.chosen.items()}
        return Form(values, self.errors)

    @property
    def page(self) -> PageRequest:
        """Which part of the list is wanted."""
        return PageRequest(PER_PAGE, self.one("cursor") or None)

    @property
    def continued(self) -> bool:
        """Whether it is not the first page."""
        return "cursor" in self.chosen

    @cached_property
    def narrowed(self) -> int:
        """How many filters hold besides those at the top of the form."""
        seen = ("location", "availability", "q", "cursor")
        return sum(len(values) for name, values in self.chosen.items() if name not in seen)

    @property
    def empty(self) -> bool:
        """Whether nothing is chosen that the path does not say."""
        return all(self.home.get(name) == values[0] for name, values in self.chosen.items())

    def one(self, name: str) -> str:
        """Return the value of `name`, or nothing."""
        return next(iter(self.chosen.get(name, ())), "")

    def address(self, path: str = "/", *, cursor: str = "") -> str:
        """Return this search's address."""
        return _address(path, self.chosen, cursor)

    def without(self, name: str, value: str = "") -> str:
        """Return the address without one filter."""
        left = {
            key: tuple(one for one in values if key != name or (value and one != value))
            for key, values in self.chosen.items()
            if key != _DEPENDENT.get(name)
        }
        return _address("/", left)

    def chips(self, city: str) -> list[Chip]:
        """Return the filters that hold, in words; `city` is the place's name."""
        found = [Chip(city, self.without("location"))] if city else []
        if self.one("q"):
            found.append(Chip(f"“{self.one('q')}”", self.without("q")))
        found += [Chip(text, self.without(name)) for name, text in self._times()]
        if self.one("venue") in VENUES_SOUGHT:
            found.append(Chip(VENUES_SOUGHT[self.one("venue")], self.without("venue")))
        for name, words in (("services", SERVICES), ("languages", LANGUAGES)):
            chosen = self.chosen.get(name, ())
            found += [Chip(words.get(key, key), self.without(name, key)) for key in chosen]
        for name, text in _LIMITS.items():
            if value := self.one(name):
                found.append(Chip(text.format(value), self.without(name)))
        return found

    def _times(self) -> list[tuple[str, str]]:
        minutes = self.query.duration if self.query else None
        lasting = f" for {duration(minutes)}" if minutes else ""
        if self.query and self.query.available_at:
            return [("availableAt", f"Free {moment(self.query.available_at)}{lasting}")]
        said = self.one("availability")
        return [("availability", WHEN.get(said, f"On {said}s") + lasting)] if said else []


_LIMITS = {
    "priceMin": "from {}",
    "priceMax": "up to {}",
    "ageMin": "{} or older",
    "ageMax": "{} or younger",
}
# A duration says nothing without its beginning.
_DEPENDENT = {"availability": "duration", "availableAt": "duration"}


def read_filters(params: QueryParams, home: Mapping[str, str] | None = None) -> Filters:
    """Return the search that an address asks for; what it does not know, it leaves alone."""
    home = home or {}
    chosen: dict[str, tuple[str, ...]] = {
        name: (home.get(name) or params.get(name, "").strip(),) for name in (*_ONE, "cursor")
    }
    for name in _SEVERAL:
        values = [part.strip() for item in params.getlist(name) for part in item.split(",")]
        chosen[name] = tuple(dict.fromkeys([*([home[name]] if name in home else []), *values]))
    chosen = {name: kept for name, v in chosen.items() if (kept := tuple(one for one in v if one))}
    if "availableAt" in chosen:
        chosen.pop("availability", None)
    elif "availability" not in chosen:
        chosen.pop("duration", None)
    try:
        return Filters(chosen, SearchQuery.model_validate(_as_query(chosen)), {}, home)
    except ValidationError as refused:
        return Filters(chosen, None, _for_people(refused), home)


def _as_query(chosen: Mapping[str, tuple[str, ...]]) -> dict[str, str | list[str]]:
    asked: dict[str, str | list[str]] = {
        name: list(values) if name in _SEVERAL else values[0] for name, values in chosen.items()
    }
    order = str(asked.pop("sort", ""))
    if order:
        asked["sortBy"] = order.removeprefix("-")
        asked["sortOrder"] = "desc" if order.startswith("-") else "asc"
    prices = {"priceMin", "priceMax"} & asked.keys() or order.endswith("price")
    if prices and "location" not in asked:
        asked["currency"] = _ELSEWHERE
    return asked


def _for_people(refused: ValidationError) -> dict[str, str]:
    details = refused.errors(include_input=False, include_url=False)
    found = sentences(details)
    renamed = {"sortBy": "sort", "sortOrder": "sort"}
    errors: dict[str, str] = {}
    for name, text in found.items():
        errors.setdefault(renamed.get(name, name.partition(".")[0]), text)
    if "time zone" in errors.get("availableAt", ""):
        errors["availableAt"] = "Choose a city as well: the time is the city's own."
    return errors


def _address(path: str, chosen: Mapping[str, Sequence[str]], cursor: str = "") -> str:
    pairs = [(name, one) for name, v in chosen.items() if name != "cursor" for one in v]
    if cursor:
        pairs.append(("cursor", cursor))
    return f"{path}?{urlencode(pairs)}" if pairs else path
