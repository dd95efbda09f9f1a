"""Daily job that matches saved searches with new listings and notifies their owners.

One batch is one transaction: the matches, the notification event, and the next run. Of two
concurrent runs each search is processed by one; a killed run leaves its batch unprocessed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from escorts.domain.saved_items import LOOKBACK, MAX_COUNTED, DueSearch, next_notification_time
from escorts.domain.search import Criteria, FreeNow
from escorts.publisher import ProfileEvents
from escorts.repository import public_directory
from escorts.repository.saved_search_matches import SavedSearchMatches
from escorts.service.search import PageRequest, Search
from kit.clock import Clock
from kit.db import ConnectionLost, TransactionAborted, UnitOfWork
from kit.errors import Invalid
from kit.observability import log_failure

BATCH = 20
MATCH_RETENTION = timedelta(days=60)
"""Matches are kept longer than a listing counts as new, since the saved-search page shows them."""

type CriteriaParser = Callable[[Mapping[str, Any]], Criteria]
"""Parses stored query parameters; raises `Invalid` if the search no longer accepts them."""


@dataclass(frozen=True, slots=True)
class SavedSearchJob:
    """Saved-search job, on one transaction per batch."""

    work: UnitOfWork
    publisher: ProfileEvents
    now: Clock
    parse_criteria: CriteriaParser

    def run(self) -> int:
        """Process one batch of due searches; return their number."""
        now = self.now()
        matches = SavedSearchMatches(self.work)
        due = matches.claim_due(now, BATCH)
        for search in due:
            capped = self._process_isolated(search, now)
            # Listings beyond the cap were reported as "or more"; they are not reported again tomorrow.
            since = now if capped else max(search.since, now - LOOKBACK)
            matches.finish(search.id, next_notification_time(now, search.time_zone), since)
        return len(due)

    def _process_isolated(self, search: DueSearch, now: datetime) -> bool:
        """Process one search in a savepoint, so that its failure does not stop the others."""
        try:
            with self.work.savepoint():
                return self._process(search, now)
        except (ConnectionLost, TransactionAborted):
            raise
        except Invalid:
            # The stored query is outdated; it matches nothing until its owner changes it.
            return False
        except Exception as error:
            log_failure("saved search failed", error, saved_search_id=str(search.id))
            return False

    def _process(self, search: DueSearch, now: datetime) -> bool:
        """Notify the owner of new listings, if any; return whether their number was capped."""
        matches = SavedSearchMatches(self.work)
        matches.delete_before(search.id, now - MATCH_RETENTION)
        if not matches.is_account_active(search.user_id):
            return False
        criteria = self.parse_criteria(search.query)
        since = max(search.since, now - LOOKBACK)
        newcomers = matches.new_listings(search.id, self._city_slug(criteria), since, now)
        if not newcomers:
            return False
        if isinstance(criteria.availability, FreeNow):
            # "Free now" at the time of the job says nothing about the time the mail is read.
            criteria = replace(criteria, availability=None)
        results = Search(self.work, self.now).find(
            replace(criteria, profile_ids=tuple(newcomers)),
            PageRequest(MAX_COUNTED),
            with_summary=False,
        )
        found = [] if results.similar_names else [item.profile.id for item in results.items]
        if found:
            event_id = self.publisher.emit_saved_search_matched(
                search.user_id, search.id, len(found)
            )
            matches.record_notified(search.id, found, event_id, now)
        return bool(found) and results.next_cursor is not None

    def _city_slug(self, criteria: Criteria) -> str | None:
        if criteria.location is None:
            return None
        from escorts.domain.cities import require_city

        with public_directory(self.work) as directory:
            return require_city(directory.cities(), criteria.location, "location").slug
