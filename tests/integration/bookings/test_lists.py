"""Lists, the inbox and the look after lost timers read what they need, however much is over."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from bookings.domain.transitions import Status
from bookings.repository import Bookings
from bookings.repository.timers import Timers
from bookings.service.callers import Caller
from bookings.service.queries import Reading, View
from kit.auth import Audience
from kit.db import Database, UnitOfWork
from tests.factories.booking_api import Desk
from tests.factories.booking_pages import Seat, escort_of
from tests.factories.bookings import DAY, HOUR, NOON, Salon

START = NOON + 5 * DAY
OVER = """
INSERT INTO bookings.bookings
SELECT (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(), 'status', 'declined',
    'ended_at', b.requested_at))).*
FROM bookings.bookings b, generate_series(1, 400)
"""


@dataclass
class Recorder:
    """A unit of work that remembers what it was asked."""

    work: UnitOfWork
    said: list[tuple[Any, Any]] = field(default_factory=list)

    def execute(self, query: Any, params: Any = None) -> Any:
        """Ask it, and remember."""
        self.said.append((query, params))
        return self.work.execute(query, params)


def plan(work: UnitOfWork, query: str, params: Mapping[str, Any]) -> str:
    """Return how the database would go about it, without sorting or reading whole tables."""
    work.execute("SET LOCAL enable_seqscan = off")
    work.execute("SET LOCAL enable_bitmapscan = off")
    work.execute("SET LOCAL enable_sort = off")
    row = work.execute(f"EXPLAIN (FORMAT JSON) {query}", params).fetchone()
    return json.dumps(row, default=str)


@pytest.mark.parametrize(
    ("column", "statuses", "index"),
    [
        ("provider_id", (Status.REQUESTED,), "open_of_provider"),
        ("provider_id", (Status.ACCEPTED, Status.CONFIRMED), "open_of_provider"),
        ("client_id", (Status.CONFIRMED,), "open_of_client"),
        ("", (), "bookings_by_beginning"),
        ("", (Status.COMPLETED,), "bookings_by_beginning"),
    ],
)
def test_a_list_reads_what_it_shows(
    salon: Salon, column: str, statuses: tuple[Status, ...], index: str
) -> None:
    booking = salon.ask(salon.client(), salon.provider(), START)
    with salon.owner.transaction() as work:
        work.execute(OVER)
        work.execute("ANALYZE bookings.bookings")
        recorder: Any = Recorder(work)
        Bookings(recorder).of(
            column, getattr(booking, column) if column else None, statuses=statuses, limit=20
        )
        found = plan(work, *recorder.said[-1])

    assert f'"{index}"' in found
    assert '"Sort"' not in found


def test_lost_timers_are_looked_for_by_what_is_still_kept(salon: Salon) -> None:
    salon.ask(salon.client(), salon.provider(), START)
    with salon.owner.transaction() as work:
        recorder: Any = Recorder(work)
        Timers(recorder).rearm(NOON)
        found = plan(work, *recorder.said[-1])

    assert '"addresses_kept"' in found


def test_looking_after_lost_timers_waits_for_no_move(
    salon: Salon, database_as: Callable[[str], Database]
) -> None:
    """Somebody is in the middle of a move and holds the timer; another one is lost."""
    held, lost = (salon.ask(salon.client(), salon.provider(), START) for _ in range(2))
    with salon.owner.transaction() as work:
        work.execute("DELETE FROM bookings.timers WHERE booking_id = %s", (lost.id,))
    scheduled = database_as("bookings_scheduled")

    with salon.owner.transaction() as moving:
        moving.execute(
            "SELECT FROM bookings.timers WHERE booking_id = %s FOR UPDATE", (held.id,)
        ).fetchone()
        with scheduled.transaction() as work:
            work.execute("SET LOCAL lock_timeout = '300ms'")
            assert Timers(work).rearm(NOON) == 1


def test_the_inbox_opens_what_is_in_sight(
    desk: Desk, salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six requests, of which one waits for the client: three are opened, all are shown."""
    mira = desk.provider()
    opened: list[UUID] = []
    asked = [salon.ask(salon.client(), escort_of(mira), START + n * 4 * HOUR) for n in range(6)]
    salon.do("propose", Caller(mira.user_id), asked[0].id, START + 2 * DAY)
    one = Reading.one

    def counting(self: Reading, caller: Caller, booking_id: UUID) -> View:
        opened.append(booking_id)
        return one(self, caller, booking_id)

    monkeypatch.setattr(Reading, "one", counting)
    her = Seat.of(mira, Audience.ADMIN)
    html = her.page(her.room)

    assert opened == sorted(booking.id for booking in asked[1:])[:3]
    assert all(str(booking.id) in html for booking in asked)
