"""Waiting for states of the database's clients: for a lock, for a pause, for the end of a backend."""

from kit.db import Database
from tests.factories.waiting import wait_until

_LOCK_WAITS = """
SELECT FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND wait_event_type = 'Lock'
"""
_WAIT_EVENT = "SELECT wait_event FROM pg_stat_activity WHERE pid = %s"


def count_lock_waits(owner: Database) -> int:
    """Return how many clients of the database wait for a lock."""
    with owner.transaction() as work:
        return work.execute(_LOCK_WAITS).rowcount


def wait_for_lock_waits(owner: Database, count: int = 1) -> None:
    """Return once `count` clients of the database wait for a lock."""
    wait_until(lambda: count_lock_waits(owner) >= count, f"{count} waiting for a lock")


def wait_event_of(owner: Database, pid: int) -> str | None:
    """Return the wait event of a backend, or None if it does not wait or has ended."""
    with owner.transaction() as work:
        row = work.execute(_WAIT_EVENT, (pid,)).fetchone()
    return row["wait_event"] if row else None


def wait_for_end_of(owner: Database, pid: int) -> None:
    """Return once a backend has ended."""

    def has_ended() -> bool:
        with owner.transaction() as work:
            return work.execute(_WAIT_EVENT, (pid,)).rowcount == 0

    wait_until(has_ended, f"the end of backend {pid}")
