"""Schedule entry: every five minutes {"job": "expire-verifications"}, hourly views, daily the others.

{"job": "rebuild-search"} has no schedule: it is the command that makes the search anew.
"""

from collections.abc import Callable
from typing import Any

from escorts import settings
from escorts.publisher import ProfileEvents
from escorts.repository import Verifications
from escorts.repository.birth_date_encryption import PURPOSE, BirthDateEncryption
from escorts.repository.inactivity import InactivityRepository
from escorts.repository.maintenance import MaintenanceRepository
from escorts.repository.search_index import SearchUpkeep
from escorts.repository.slugs import slug_reader
from escorts.repository.view_counters import ViewCounters
from escorts.service import saved_search_matches
from escorts.service.inactivity import ExpiredDatesJob, InactivityJob
from escorts.service.maintenance import BATCH, AgeRefresh, VerificationExpiry
from escorts.service.saved_search_matches import Matching
from escorts.service.search_index import Searchkeeping
from escorts.service.views import RollUp
from kit import clock
from kit.db import Database, UnitOfWork
from kit.envelope import Envelope
from kit.observability import logger

database = Database.from_environment()


def _expire_verifications() -> int:
    return _batches(
        lambda work: VerificationExpiry(
            Verifications(work), ProfileEvents(work.outbox, slug_reader(work))
        ).run()
    )


def _refresh_ages() -> int:
    birth_dates = BirthDateEncryption(Envelope(settings.private_data_key(), PURPOSE))
    return _batches(
        lambda work: AgeRefresh(MaintenanceRepository(work), birth_dates, clock.now).run()
    )


def _check_search() -> int:
    _batches(lambda work: Searchkeeping(SearchUpkeep(work)).settle())
    return database.run(lambda work: Searchkeeping(SearchUpkeep(work)).check())


def _rebuild_search() -> int:
    return database.run(lambda work: Searchkeeping(SearchUpkeep(work)).rebuild())


def _roll_up_views() -> int:
    return RollUp(ViewCounters(settings.view_counters_table()), database, clock.now).run()


def _saved_searches() -> int:
    # Only this job reads searches, and with them all that answers requests.
    from escorts.schemas.saved_items import criteria_of

    return _batches(
        lambda work: Matching(
            work, ProfileEvents(work.outbox, slug_reader(work)), clock.now, criteria_of
        ).run(),
        saved_search_matches.BATCH,
    )


def _hide_inactive_profiles() -> int:
    return _batches(
        lambda work: InactivityJob(
            InactivityRepository(work), ProfileEvents(work.outbox, slug_reader(work)), clock.now
        ).run()
    )


def _forget_availability() -> int:
    return database.run(lambda work: ExpiredDatesJob(InactivityRepository(work), clock.now).run())


def _batches(run: Callable[[UnitOfWork], int], batch: int = BATCH) -> int:
    """Run one transaction per batch until one comes back less than full."""
    total = 0
    while True:
        done = database.run(run)
        total += done
        if done < batch:
            return total


_JOBS = {
    "expire-verifications": _expire_verifications,
    "refresh-ages": _refresh_ages,
    "check-search": _check_search,
    "rebuild-search": _rebuild_search,
    "roll-up-views": _roll_up_views,
    "hide-inactive-profiles": _hide_inactive_profiles,
    "delete-expired-availability": _forget_availability,
    "saved-searches": _saved_searches,
}


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Run the job that the schedule names."""
    job = event["job"]
    done = _JOBS[job]()
    logger().info("job done", job=job, count=done)
    return {"count": done}
