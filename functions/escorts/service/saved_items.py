"""Favourites and saved searches of a client. Providers cannot see them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from escorts.domain.profiles import PublicProfile
from escorts.domain.saved_items import (
    MAX_FAVOURITES,
    MAX_SAVED_SEARCHES,
    Favourite,
    SavedSearch,
    next_notification_time,
)
from escorts.domain.search import Criteria
from escorts.repository import public_directory
from escorts.repository.saved_items import (
    SavedItemsRepository,
    count_public,
    delete_saved_items,
    list_public,
    withdraw_mail_consent,
)
from escorts.service.public_profiles import parse_id, profile_not_found
from escorts.service.search import PageRequest, Search
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.i18n import gettext as _
from kit.ids import new_id
from kit.pagination import decode_cursor, encode_cursor

_CURSOR = {"at": str, "id": str}


@dataclass(frozen=True, slots=True)
class FavouritePage:
    """Page of favourites, newest first; the items and `total` include public profiles only."""

    items: list[tuple[Favourite, PublicProfile]]
    next_cursor: str | None
    total: int


@dataclass(frozen=True, slots=True)
class FavouriteService:
    """Favourites of one client, on one transaction."""

    work: UnitOfWork
    now: Clock
    user_id: UUID

    @property
    def _rows(self) -> SavedItemsRepository:
        return SavedItemsRepository(self.work, self.user_id)

    def list_page(self, cursor: str | None, limit: int) -> FavouritePage:
        """Return the favourites after the cursor, without profiles that are not public now."""
        after = _read_cursor(cursor) if cursor else None
        favourites = self._rows.list_favourites()
        remaining = [item for item in favourites if after is None or _sort_key(item) < after]
        with public_directory(self.work):
            found = list_public(self.work, [item.profile_id for item in remaining], limit + 1)
            total = count_public(self.work, [item.profile_id for item in favourites])
        by_id = {item.profile_id: item for item in remaining}
        items = [(by_id[profile.id], profile) for profile in found[:limit]]
        last = items[-1][0] if len(found) > limit else None
        return FavouritePage(items, _write_cursor(last) if last else None, total)

    def add(self, profile_id: UUID) -> None:
        """Add a public profile to the favourites; do nothing if it is one already."""
        with public_directory(self.work) as directory:
            if not directory.is_public(profile_id):
                raise profile_not_found()
        _require_active_account(self._rows)
        if self._rows.favourites_among([profile_id]):
            return
        if len(self._rows.list_favourites()) >= MAX_FAVOURITES:
            raise Conflict(
                "too-many-favourites",
                _(
                    "You can save %(max_favourites)s favourites: remove one first.",
                    max_favourites=MAX_FAVOURITES,
                ),
            )
        self._rows.add_favourite(profile_id, self.now())

    def remove(self, profile_id: UUID) -> None:
        """Remove a favourite; raise `NotFound` for a non-public profile that was no favourite."""
        if self._rows.delete_favourite(profile_id):
            return
        with public_directory(self.work) as directory:
            if not directory.is_public(profile_id):
                raise profile_not_found()

    def get_states(self, slugs: list[str]) -> dict[str, tuple[PublicProfile, bool]]:
        """Return the public profiles with these slugs, and whether each is a favourite."""
        with public_directory(self.work) as directory:
            found = [profile for slug in slugs if (profile := directory.by_slug(slug))]
        favourites = self._rows.favourites_among([profile.id for profile in found])
        return {profile.slug: (profile, profile.id in favourites) for profile in found}


@dataclass(frozen=True, slots=True)
class SavedSearchInput:
    """Input of a saved search: name, query parameters and parsed criteria."""

    name: str
    query: dict[str, Any]
    criteria: Criteria | None
    """None if the query parameters are unchanged."""
    mail: bool


@dataclass(frozen=True, slots=True)
class LatestMatches:
    """Last matches of a saved search and their time; public profiles only."""

    at: datetime
    profiles: list[PublicProfile]


@dataclass(frozen=True, slots=True)
class SavedSearchService:
    """Saved searches of one client, on one transaction."""

    work: UnitOfWork
    now: Clock
    user_id: UUID

    @property
    def _rows(self) -> SavedItemsRepository:
        return SavedItemsRepository(self.work, self.user_id)

    def list_all(self) -> list[tuple[SavedSearch, LatestMatches | None]]:
        """Return every saved search with its last matches."""
        last = self._rows.last_notified()
        all_ids = sorted({one for _, ids in last.values() for one in ids})
        with public_directory(self.work):
            public = {one.id: one for one in list_public(self.work, all_ids)}
        matches = {
            search_id: LatestMatches(at, [public[one] for one in ids if one in public])
            for search_id, (at, ids) in last.items()
        }
        return [(search, matches.get(search.id)) for search in self._rows.list_searches()]

    def get_for_update(self, search_id: UUID) -> SavedSearch:
        """Return and lock one of the client's saved searches; raise `NotFound` for others."""
        search = self._rows.get_search_for_update(search_id)
        if search is None:
            raise NotFound("no-such-search", _("There is no such saved search."))
        return search

    def add(self, entry: SavedSearchInput) -> SavedSearch:
        """Save a search, if the search accepts it now."""
        import secrets

        query, zone = self._validated_query(entry)
        _require_active_account(self._rows)
        if len(self._rows.list_searches()) >= MAX_SAVED_SEARCHES:
            raise Conflict(
                "too-many-searches",
                _(
                    "You can save %(max_saved_searches)s searches: delete one first.",
                    max_saved_searches=MAX_SAVED_SEARCHES,
                ),
            )
        now = self.now()
        consent = now if entry.mail else None
        search = SavedSearch(new_id(), entry.name, query, zone, consent, now, now)
        token = secrets.token_urlsafe(32)
        self._rows.add_search(search, unsubscribe_token=token, due=self._due_at(now, zone))
        return search

    def update(self, search_id: UUID, entry: SavedSearchInput) -> SavedSearch:
        """Change the name, the query or the mail consent of a saved search."""
        before = self.get_for_update(search_id)
        query, zone = before.query, before.time_zone
        # The name and the mail consent can be changed also if the query is outdated.
        if entry.query != query:
            query, zone = self._validated_query(entry)
        now = self.now()
        consent = (before.mail_consent_at or now) if entry.mail else None
        after = replace(
            before,
            name=entry.name,
            query=query,
            time_zone=zone,
            mail_consent_at=consent,
            updated_at=now,
        )
        self._rows.update_search(after)
        newly_consented = before.mail_consent_at is None and consent is not None
        if query != before.query or newly_consented:
            self._rows.restart(search_id, since=now, due=self._due_at(now, zone))
        return after

    def delete(self, search_id: UUID) -> None:
        """Delete a saved search."""
        if not self._rows.delete_search(search_id):
            raise NotFound("no-such-search", _("There is no such saved search."))

    def city_names(self) -> dict[str, str]:
        """Return the names of the cities by slug."""
        with public_directory(self.work) as directory:
            return {city.slug: city.name for city in directory.cities()}

    def _validated_query(self, entry: SavedSearchInput) -> tuple[dict[str, Any], str]:
        """Return the query with the city's slug, and the city's time zone; raise if refused."""
        if entry.criteria is None:
            raise ValueError("a changed query needs its criteria")
        found = Search(self.work, self.now).find(entry.criteria, PageRequest(1), with_summary=False)
        if found.city is None:
            return entry.query, "UTC"
        return entry.query | {"location": found.city.slug}, found.city.zone

    def _due_at(self, now: datetime, zone: str) -> datetime:
        return next_notification_time(now, self._rows.time_zone() or zone)


def unsubscribe(work: UnitOfWork, unsubscribe_token: str, now: datetime) -> None:
    """Withdraw the mail consent of the search with this token; repeating this is no error."""
    if not withdraw_mail_consent(work, unsubscribe_token, now):
        raise NotFound(
            "link-unknown",
            _("This link is no longer valid: these e-mails have been stopped already."),
        )


def delete_account_items(work: UnitOfWork, user_id: UUID) -> None:
    """Delete the saved items of a closed account."""
    delete_saved_items(work, user_id)


def _require_active_account(rows: SavedItemsRepository) -> None:
    if not rows.lock():
        raise Forbidden(
            "account-not-active", _("This account is not active: nothing can be saved.")
        )


def _sort_key(item: Favourite) -> tuple[datetime, UUID]:
    return item.added_at, item.profile_id


def _write_cursor(item: Favourite) -> str:
    return encode_cursor({"at": item.added_at.isoformat(), "id": str(item.profile_id)})


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    values = decode_cursor(cursor, _CURSOR)
    profile_id = parse_id(str(values["id"]))
    try:
        at = datetime.fromisoformat(str(values["at"]))
    except ValueError:
        at = None
    if profile_id is None or at is None or at.tzinfo is None:
        raise Invalid("cursor", _("Invalid cursor: start from the first page."), field="cursor")
    return at, profile_id
