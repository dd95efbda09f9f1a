"""What the API takes and says about favourites and saved searches."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self
from urllib.parse import urlencode
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationError

from escorts.domain.saved_items import SavedSearch
from escorts.domain.search import Criteria
from escorts.schemas.fields import Line
from escorts.schemas.public_profiles import ProfileCard
from escorts.schemas.search import SearchQuery
from escorts.service.saved_items import FavouritePage, LatestMatches, SavedSearchInput
from kit.errors import Invalid
from kit.http import Page, Request, Response

# Where in the list somebody was is no part of what they were looking for.
_PAGING_FIELDS = {"page", "limit", "cursor"}
# Sorted downwards where nothing else is said.
DESCENDING_BY_DEFAULT = {"rating", "created_at"}

Name = Annotated[Line, StringConstraints(max_length=60)]


class FavouritesQuery(Request):
    """A page of the favourites."""

    cursor: Annotated[str, StringConstraints(max_length=1024)] | None = Field(
        None, description="`nextCursor` of the page before."
    )
    limit: int = Field(20, ge=1, le=50)


class FavouriteView(Response):
    """Whom somebody keeps."""

    added_at: datetime
    profile: ProfileCard


class FavouritesView(Page[FavouriteView]):
    """Favourites who are public now; `total` counts just those."""

    total: int

    @classmethod
    def from_domain(cls, page: FavouritePage) -> Self:
        """Show a page."""
        items = [
            FavouriteView(added_at=kept.added_at, profile=ProfileCard.from_domain(profile))
            for kept, profile in page.items
        ]
        return cls(items=items, next_cursor=page.next_cursor, total=page.total)


class SavedSearchBody(Request):
    """A search to keep. The name is for its owner alone, and never in a mail."""

    name: Name
    query: SearchQuery = Field(description="The filters of `GET /api/v1/escorts`.")
    mail: bool = Field(
        default=False,
        description="Whether to write, once a day at most, when somebody new is there.",
    )

    def to_input(self) -> SavedSearchInput:
        """Return it as the use case takes it."""
        return SavedSearchInput(
            self.name, to_stored_query(self.query), self.query.to_criteria(), self.mail
        )


class LatestMatchesView(Response):
    """What a saved search found last: how many of those are public now."""

    at: datetime
    count: int


class SavedSearchView(Response):
    """A saved search; `url` is the page with its results."""

    id: UUID
    name: str
    query: dict[str, Any]
    url: str
    mail: bool
    mail_since: datetime | None
    news: LatestMatchesView | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_domain(cls, search: SavedSearch, news: LatestMatches | None = None) -> Self:
        """Show a saved search."""
        return cls(
            id=search.id,
            name=search.name,
            query=search.query,
            url=f"/?{urlencode(to_page_parameters(search.query))}".rstrip("?"),
            mail=search.mail_consent_at is not None,
            mail_since=search.mail_consent_at,
            news=LatestMatchesView(at=news.at, count=len(news.profiles)) if news else None,
            created_at=search.created_at,
            updated_at=search.updated_at,
        )


class SavedSearchesView(Response):
    """Every saved search of a person, the oldest first."""

    items: list[SavedSearchView]


def to_stored_query(query: SearchQuery) -> dict[str, Any]:
    """Return what is kept of a search: what was said, in the API's spelling."""
    return query.model_dump(
        mode="json", by_alias=True, exclude_defaults=True, exclude=_PAGING_FIELDS
    )


def parse_stored_query(query: Mapping[str, Any]) -> Criteria:
    """Return what a kept search means today; raise `Invalid` where the search refuses it by now."""
    try:
        return SearchQuery.model_validate(query).to_criteria()
    except ValidationError:
        raise Invalid(
            "search-outdated", "This search asks for something that there is no more: save it anew."
        ) from None


def to_page_parameters(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a kept search as the page with its results spells it: the order is one word there."""
    asked = dict(query)
    order = asked.pop("sortBy", "")
    way = asked.pop("sortOrder", "desc" if order in DESCENDING_BY_DEFAULT else "asc")
    if asked.pop("availableNow", False):
        asked["availability"] = "now"
    pairs = [
        (name, _to_text(one)) for name, value in sorted(asked.items()) for one in _as_list(value)
    ]
    return [*pairs, ("sort", f"-{order}" if way == "desc" else order)] if order else pairs


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _to_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
