"""Every morning: who is new for the searches that people saved.

One batch is one transaction: what was found, that it was told, and when to look next. Run twice at
once, each search is looked at by one of the two; killed, the batch was never begun.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from escorts.domain.saved_items import MISSED, TOLD, DueSearch, next_morning
from escorts.domain.search import Criteria, Now
from escorts.publisher import ProfileEvents
from escorts.repository import public_directory
from escorts.repository.saved_search_matches import Matches
from escorts.service.search import Page, Search
from kit.clock import Clock
from kit.db import ConnectionLost, TransactionAborted, UnitOfWork
from kit.errors import Invalid
from kit.observability import log_failure

BATCH = 20
REMEMBERED = timedelta(days=60)
"""Notes are kept longer than anybody counts as a newcomer, and for the page that shows them."""

type Reading = Callable[[Mapping[str, Any]], Criteria]
"""Reads stored parameters as the search reads them; raises `Invalid` where they no longer fit."""


@dataclass(frozen=True, slots=True)
class Matching:
    """Looks for newcomers, on one transaction."""

    work: UnitOfWork
    publisher: ProfileEvents
    now: Clock
    read: Reading

    def run(self) -> int:
        """Look at one batch of searches that are due; return how many."""
        now = self.now()
        matches = Matches(self.work)
        due = matches.take_due(now, BATCH)
        for search in due:
            capped = self._attempt(search, now)
            # What was beyond counting is told as "or more": it is not kept for tomorrow.
            since = now if capped else max(search.since, now - MISSED)
            matches.done(search.id, next_morning(now, search.zone), since)
        return len(due)

    def _attempt(self, search: DueSearch, now: datetime) -> bool:
        """Look for one search; what goes wrong with it stops no other one, and tomorrow is a day."""
        try:
            with self.work.savepoint():
                return self._look(search, now)
        except (ConnectionLost, TransactionAborted):
            raise
        except Invalid:
            # Its words or its moment have passed: it finds nobody, until its owner changes it.
            return False
        except Exception as error:
            log_failure("a saved search failed", error, saved_search_id=str(search.id))
            return False

    def _look(self, search: DueSearch, now: datetime) -> bool:
        """Tell of newcomers, if there are any; return whether there were too many to count."""
        matches = Matches(self.work)
        matches.forget_before(search.id, now - REMEMBERED)
        if not matches.is_open(search.user_id):
            return False
        criteria = self.read(search.query)
        since = max(search.since, now - MISSED)
        newcomers = matches.newcomers(search.id, self._city(criteria), since, now)
        if not newcomers:
            return False
        if isinstance(criteria.when, Now):
            # Who is free at the minute of the job says nothing about when the mail is read.
            criteria = replace(criteria, when=None)
        results = Search(self.work, self.now).find(
            replace(criteria, among=tuple(newcomers)), Page(TOLD), summarise=False
        )
        found = [] if results.alike else [item.profile.id for item in results.items]
        if found:
            event_id = self.publisher.emit_saved_search_matched(
                search.user_id, search.id, len(found)
            )
            matches.tell(search.id, found, event_id, now)
        return bool(found) and results.next_cursor is not None

    def _city(self, criteria: Criteria) -> str | None:
        if criteria.location is None:
            return None
        from escorts.domain.cities import require_city

        with public_directory(self.work) as directory:
            return require_city(directory.cities(), criteria.location, "location").slug
