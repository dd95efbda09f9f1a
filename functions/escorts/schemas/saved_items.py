"""Request and response models of favourites and saved searches."""

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
from kit.i18n import gettext as _

# The position in the list is not part of a saved search.
_PAGING_FIELDS = {"page", "limit", "cursor"}
# Sort fields whose default direction is descending.
DESCENDING_BY_DEFAULT = {"rating", "created_at"}

Name = Annotated[Line, StringConstraints(max_length=60)]


class FavouritesQuery(Request):
    """Requested page of the favourites."""

    cursor: Annotated[str, StringConstraints(max_length=1024)] | None = Field(
        None, description="`nextCursor` of the previous page."
    )
    limit: int = Field(20, ge=1, le=50)


class FavouriteView(Response):
    """Favourite with its profile."""

    added_at: datetime
    profile: ProfileCard


class FavouritesView(Page[FavouriteView]):
    """Page of favourites; the items and `total` include public profiles only."""

    total: int

    @classmethod
    def from_domain(cls, page: FavouritePage) -> Self:
        """Return the view of a page of favourites."""
        items = [
            FavouriteView(added_at=favourite.added_at, profile=ProfileCard.from_domain(profile))
            for favourite, profile in page.items
        ]
        return cls(items=items, next_cursor=page.next_cursor, total=page.total)


class SavedSearchBody(Request):
    """Search to save. The name is visible to its owner only, and never part of a mail."""

    name: Name
    query: SearchQuery = Field(description="The filters of `GET /api/v1/escorts`.")
    mail: bool = Field(
        default=False,
        description="Whether to send a mail about new listings, at most once a day.",
    )

    def to_input(self) -> SavedSearchInput:
        """Return the input of the service."""
        return SavedSearchInput(
            self.name, to_stored_query(self.query), self.query.to_criteria(), self.mail
        )


class LatestMatchesView(Response):
    """Last matches of a saved search: their time, and the number that are public now."""

    at: datetime
    count: int


class SavedSearchView(Response):
    """Saved search; `url` is the page with its results."""

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
        """Return the view of a saved search."""
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
    """All saved searches of the client, oldest first."""

    items: list[SavedSearchView]


def to_stored_query(query: SearchQuery) -> dict[str, Any]:
    """Return the query parameters to store: those that were given, in the spelling of the API."""
    return query.model_dump(
        mode="json", by_alias=True, exclude_defaults=True, exclude=_PAGING_FIELDS
    )


def parse_stored_query(query: Mapping[str, Any]) -> Criteria:
    """Return the criteria of a stored query; raise `Invalid` if the search no longer accepts it."""
    try:
        return SearchQuery.model_validate(query).to_criteria()
    except ValidationError:
        raise Invalid(
            "search-outdated", _("This search uses filters that no longer exist: save it again.")
        ) from None


def to_page_parameters(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a stored query as parameters of the results page, which has one sort parameter."""
    parameters = dict(query)
    order = parameters.pop("sortBy", "")
    direction = parameters.pop("sortOrder", "desc" if order in DESCENDING_BY_DEFAULT else "asc")
    if parameters.pop("availableNow", False):
        parameters["availability"] = "now"
    pairs = [
        (name, _to_text(one))
        for name, value in sorted(parameters.items())
        for one in _as_list(value)
    ]
    return [*pairs, ("sort", f"-{order}" if direction == "desc" else order)] if order else pairs


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _to_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
