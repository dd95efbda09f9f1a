"""What a client does with what they keep. Providers are no part of it, and learn nothing of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from escorts.domain.profiles import PublicProfile
from escorts.domain.saved_items import (
    MOST_FAVOURITES,
    MOST_SEARCHES,
    Favourite,
    SavedSearch,
    next_morning,
)
from escorts.domain.search import Criteria
from escorts.repository import public_directory
from escorts.repository.saved_items import (
    Keepsakes,
    count_public,
    forget_person,
    public_among,
    stop_mails,
)
from escorts.service.public_profiles import as_id, no_such_profile
from escorts.service.search import Page, Search
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.ids import new_id
from kit.pagination import decode_cursor, encode_cursor

_CURSOR = {"at": str, "id": str}


@dataclass(frozen=True, slots=True)
class FavouritePage:
    """Some favourites, newest first. `total` counts those who may be seen, like the list."""

    items: list[tuple[Favourite, PublicProfile]]
    next_cursor: str | None
    total: int


@dataclass(frozen=True, slots=True)
class Favourites:
    """One person's favourites, on one transaction."""

    work: UnitOfWork
    now: Clock
    user_id: UUID

    @property
    def _rows(self) -> Keepsakes:
        return Keepsakes(self.work, self.user_id)

    def page(self, cursor: str | None, limit: int) -> FavouritePage:
        """Return the favourites behind the cursor; who is not public now is not there."""
        after = _after(cursor) if cursor else None
        kept = self._rows.favourites()
        behind = [item for item in kept if after is None or _key(item) < after]
        with public_directory(self.work):
            found = public_among(self.work, [item.profile_id for item in behind], limit + 1)
            total = count_public(self.work, [item.profile_id for item in kept])
        by_id = {item.profile_id: item for item in behind}
        items = [(by_id[profile.id], profile) for profile in found[:limit]]
        last = items[-1][0] if len(found) > limit else None
        return FavouritePage(items, _cursor(last) if last else None, total)

    def add(self, profile_id: UUID) -> None:
        """Keep a public profile; nothing happens if it is kept already."""
        with public_directory(self.work) as directory:
            if not directory.is_public(profile_id):
                raise no_such_profile()
        _require_open(self._rows)
        if self._rows.kept_among([profile_id]):
            return
        if len(self._rows.favourites()) >= MOST_FAVOURITES:
            raise Conflict(
                "too-many-favourites",
                f"You can keep {MOST_FAVOURITES} favourites: remove one first.",
            )
        self._rows.add_favourite(profile_id, self.now())

    def remove(self, profile_id: UUID) -> None:
        """Keep a profile no longer; to whoever never kept it, one that is not public is not there."""
        if self._rows.remove_favourite(profile_id):
            return
        with public_directory(self.work) as directory:
            if not directory.is_public(profile_id):
                raise no_such_profile()

    def marks(self, slugs: list[str]) -> dict[str, tuple[PublicProfile, bool]]:
        """Return the public profiles at these addresses, and whether each is kept."""
        with public_directory(self.work) as directory:
            found = [profile for slug in slugs if (profile := directory.by_slug(slug))]
        kept = self._rows.kept_among([profile.id for profile in found])
        return {profile.slug: (profile, profile.id in kept) for profile in found}


@dataclass(frozen=True, slots=True)
class Wish:
    """A search as somebody wants it saved: the parameters, and what they mean."""

    name: str
    query: dict[str, Any]
    criteria: Criteria | None
    """Nothing where the parameters are as they were."""
    mail: bool


@dataclass(frozen=True, slots=True)
class News:
    """Whom a search told of last, and when; only those who are public now."""

    at: datetime
    profiles: list[PublicProfile]


@dataclass(frozen=True, slots=True)
class SavedSearches:
    """One person's saved searches, on one transaction."""

    work: UnitOfWork
    now: Clock
    user_id: UUID

    @property
    def _rows(self) -> Keepsakes:
        return Keepsakes(self.work, self.user_id)

    def all(self) -> list[tuple[SavedSearch, News | None]]:
        """Return every saved search with what it found last."""
        told = self._rows.last_told()
        everybody = sorted({one for _, ids in told.values() for one in ids})
        with public_directory(self.work):
            public = {one.id: one for one in public_among(self.work, everybody)}
        news = {
            search_id: News(at, [public[one] for one in ids if one in public])
            for search_id, (at, ids) in told.items()
        }
        return [(search, news.get(search.id)) for search in self._rows.searches()]

    def find(self, search_id: UUID) -> SavedSearch:
        """Return a search of one's own; somebody else's is not there."""
        search = self._rows.search(search_id)
        if search is None:
            raise NotFound("no-such-search", "There is no such saved search.")
        return search

    def add(self, wish: Wish) -> SavedSearch:
        """Keep a search that would be answered now."""
        import secrets

        query, zone = self._checked(wish)
        _require_open(self._rows)
        if len(self._rows.searches()) >= MOST_SEARCHES:
            raise Conflict(
                "too-many-searches", f"You can save {MOST_SEARCHES} searches: delete one first."
            )
        now = self.now()
        consent = now if wish.mail else None
        search = SavedSearch(new_id(), wish.name, query, zone, consent, now, now)
        token = secrets.token_urlsafe(32)
        self._rows.add_search(search, stop_token=token, due=self._due(now, zone))
        return search

    def change(self, search_id: UUID, wish: Wish) -> SavedSearch:
        """Store another name, other parameters, another wish for mails."""
        before = self.find(search_id)
        query, zone = before.query, before.zone
        # A name and an end of mails are taken also for a search that would be refused by now.
        if wish.query != query:
            query, zone = self._checked(wish)
        now = self.now()
        consent = (before.mail_consent_at or now) if wish.mail else None
        after = replace(
            before, name=wish.name, query=query, zone=zone, mail_consent_at=consent, updated_at=now
        )
        self._rows.change_search(after)
        wanted_anew = before.mail_consent_at is None and consent is not None
        if query != before.query or wanted_anew:
            self._rows.begin_anew(search_id, since=now, due=self._due(now, zone))
        return after

    def remove(self, search_id: UUID) -> None:
        """Forget a search."""
        if not self._rows.remove_search(search_id):
            raise NotFound("no-such-search", "There is no such saved search.")

    def city_names(self) -> dict[str, str]:
        """Return what the cities are called."""
        with public_directory(self.work) as directory:
            return {city.slug: city.name for city in directory.cities()}

    def _checked(self, wish: Wish) -> tuple[dict[str, Any], str]:
        """Refuse what the search itself would refuse; return the parameters and the city's zone."""
        if wish.criteria is None:
            raise ValueError("another search comes with its meaning")
        found = Search(self.work, self.now).find(wish.criteria, Page(1), summarise=False)
        if found.city is None:
            return wish.query, "UTC"
        return wish.query | {"location": found.city.slug}, found.city.zone

    def _due(self, now: datetime, zone: str) -> datetime:
        return next_morning(now, self._rows.zone() or zone)


def stop(work: UnitOfWork, stop_token: str, now: datetime) -> None:
    """End the mails of the search whose link this is; again is no error."""
    if not stop_mails(work, stop_token, now):
        raise NotFound(
            "link-unknown", "This link no longer leads anywhere: these mails have ended already."
        )


def forget(work: UnitOfWork, user_id: UUID) -> None:
    """Forget what somebody kept who closed their account."""
    forget_person(work, user_id)


def _require_open(rows: Keepsakes) -> None:
    if not rows.hold():
        raise Forbidden("account-not-open", "This account is not open: nothing can be kept.")


def _key(item: Favourite) -> tuple[datetime, UUID]:
    return item.added_at, item.profile_id


def _cursor(item: Favourite) -> str:
    return encode_cursor({"at": item.added_at.isoformat(), "id": str(item.profile_id)})


def _after(cursor: str) -> tuple[datetime, UUID]:
    values = decode_cursor(cursor, _CURSOR)
    profile_id = as_id(str(values["id"]))
    try:
        at = datetime.fromisoformat(str(values["at"]))
    except ValueError:
        at = None
    if profile_id is None or at is None or at.tzinfo is None:
        raise Invalid("cursor", "This cursor is not one of ours: start again.", field="cursor")
    return at, profile_id
