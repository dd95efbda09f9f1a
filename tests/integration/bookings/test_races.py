"""Many at once over the real database: who is first wins, nobody deadlocks, nothing overlaps."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from bookings.domain.transitions import Status, Timer
from bookings.repository import Providers
from bookings.service.actions import Deciding
from bookings.service.callers import Caller
from bookings.service.payments import Paying
from bookings.service.timers import Firing
from kit.db import Database, TransactionAborted, UnitOfWork
from kit.errors import DomainError, Unavailable
from kit.ids import new_id
from kit.money import Money
from tests.factories.bookings import (
    DAY,
    HOUR,
    NOON,
    POLICY,
    Hands,
    Salon,
    add_requests,
    overlaps,
)
from tests.factories.waiting import PATIENCE, wait_until
from tests.fakes.envelope import FakeEnvelope

START = NOON + 3 * DAY
# A transaction has an id of its own from its first write or row lock on.
_WAITING = """
SELECT substring(query from 'FROM bookings\\.(\\w+)') AS table,
    substring(query from 'FOR NO KEY UPDATE') AS how,
    count(backend_xid) OVER (PARTITION BY pid)::int AS written
FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
_DOOR = "SELECT FROM bookings.providers WHERE escort_id = %s FOR NO KEY UPDATE"
type Opens = Callable[[str], Database]


def at_once(acts: Sequence[Callable[[], str]]) -> list[str]:
    """Let all begin at the same moment; return what came of each."""
    barrier = Barrier(len(acts), timeout=PATIENCE)

    def one(act: Callable[[], str]) -> str:
        barrier.wait()
        try:
            return act()
        except DomainError as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def accepting(database: Database, escort_id: UUID, booking_id: UUID) -> Callable[[], str]:
    caller = Caller(UUID(int=escort_id.int ^ 1))

    def act() -> str:
        with database.transaction() as work:
            deciding = Deciding(work, FakeEnvelope(), Hands())
            return deciding.accept(caller, booking_id).status

    return act


@pytest.mark.slow
@pytest.mark.parametrize("policy", [POLICY, None], ids=["deposit", "none"])
def test_sixty_accept_overlapping_requests_at_once(
    database: Database, database_as: Opens, policy: object
) -> None:
    escort = new_id()
    starts = [START + timedelta(minutes=number % 60) for number in range(60)]
    rules = {"policy": POLICY} if policy else {}
    requests = add_requests(database, escort, starts, **rules)

    # Nothing is repeated here, so a deadlock would show as "database-busy".
    results = at_once(
        [accepting(database_as("bookings_web"), escort, request) for request in requests]
    )

    won = Status.ACCEPTED if policy else Status.CONFIRMED
    assert Counter(results) == {won: 1, "time-taken": 59}
    assert overlaps(database) == 0


def test_all_wait_at_the_providers_row_and_at_nothing_else(
    database: Database, database_as: Opens
) -> None:
    """The door is shut until sixteen stand before it; without the lock none of them would.

    The constraint alone has the right winner too, but lets them deadlock now and then: that is a
    race that a test wins by luck. That everybody waits in one place, with nothing in hand, is not.
    """
    escort = new_id()
    requests = add_requests(database, escort, [START + n * HOUR / 60 for n in range(16)])

    with ThreadPoolExecutor(len(requests)) as pool:
        with database.transaction() as door:
            door.execute(_DOOR, (escort,))
            acts = [pool.submit(_named(accepting(database_as("bookings_web"), escort, one)))
                    for one in requests]  # fmt: skip
            waiting = _standing_still(door, acts)
        results = Counter(act.result() for act in acts)

    assert waiting == {("providers", "FOR NO KEY UPDATE", 0): len(requests)}
    assert results == {"confirmed": 1, "time-taken": len(requests) - 1}


def _named(act: Callable[[], str]) -> Callable[[], str]:
    def named() -> str:
        try:
            return act()
        except DomainError as refusal:
            return refusal.code

    return named


def _standing_still(door: UnitOfWork, acts: Sequence[Future[str]]) -> Counter[tuple[str, str, int]]:
    """Wait until all wait or have ended; return what they wait for, and how much each has written."""

    def waiting() -> list[dict[str, Any]]:
        door.execute("SELECT pg_stat_clear_snapshot()")
        return door.execute(_WAITING).fetchall()

    everybody = f"all {len(acts)} waiting for a lock, or done"
    wait_until(lambda: len(waiting()) + sum(act.done() for act in acts) == len(acts), everybody)
    return Counter((row["table"], row["how"], row["written"]) for row in waiting())


def test_one_request_accepted_by_many(database: Database, database_as: Opens) -> None:
    escort = new_id()
    [request] = add_requests(database, escort, [START])

    results = at_once([accepting(database_as("bookings_web"), escort, request) for _ in range(8)])

    assert Counter(results) == {"confirmed": 1, "booking-state": 7}


@pytest.mark.slow
def test_two_thousand_attempts_over_fifty_providers(database: Database, database_as: Opens) -> None:
    chance = random.Random(4)
    requests = [
        (escort, request)
        for escort in (new_id() for _ in range(50))
        for request in add_requests(
            database,
            escort,
            [START + chance.randrange(48) * HOUR / 4 for _ in range(40)],
        )
    ]
    chance.shuffle(requests)
    clients = [requests[number::32] for number in range(32)]

    def client(mine: list[tuple[UUID, UUID]]) -> list[str]:
        web = database_as("bookings_web")
        results = []
        for escort, request in mine:
            try:
                results.append(accepting(web, escort, request)())
            except TransactionAborted:
                results.append("deadlock")
            except DomainError as refusal:
                results.append(refusal.code)
        return results

    with ThreadPoolExecutor(len(clients)) as pool:
        results = Counter(code for codes in pool.map(client, clients) for code in codes)

    assert set(results) == {"confirmed", "time-taken"}
    assert results.total() == 2000
    assert results["confirmed"] > 200
    assert overlaps(database) == 0


def test_the_same_key_from_two_windows_is_one_request(salon: Salon, database_as: Opens) -> None:
    escort, client = salon.provider(), salon.client()

    def asking() -> Callable[[], str]:
        own = Salon(salon.owner, database_as("bookings_web"), salon.clock)
        return lambda: str(own.ask(client, escort, START, key="once").id)

    assert len(set(at_once([asking() for _ in range(6)]))) == 1
    assert salon.events() == ["BookingRequested"]


def test_agreeing_to_a_time_and_accepting_somebody_else_there(
    salon: Salon, database_as: Opens
) -> None:
    escort = salon.provider()
    provider, client = salon.owner_of(escort), Caller(salon.client())
    mine = salon.ask(client.user_id, escort, START)
    salon.do("accept", provider, mine.id)
    proposal = salon.do("propose", provider, mine.id, START + DAY)
    rivals = [salon.ask(salon.client(), escort, START + DAY + n * HOUR / 4) for n in range(4)]

    def act(caller: Caller, action: str, *ids: UUID) -> Callable[[], str]:
        own = Salon(salon.owner, database_as("bookings_web"), salon.clock)
        return lambda: str(own.do(action, caller, *ids).status)

    results = at_once(
        [
            act(client, "accept_proposal", mine.id, proposal.id),
            *(act(provider, "accept", rival.id) for rival in rivals),
        ]
    )

    assert Counter(results) == {"confirmed": 1, "time-taken": 4}
    assert overlaps(salon.owner) == 0
    kept = salon.booking(mine.id)
    assert (kept.status is Status.RESCHEDULED) == (results[0] == "confirmed")


def test_a_late_deposit_and_whoever_takes_its_time(salon: Salon, database_as: Opens) -> None:
    escort = salon.provider(policy=POLICY)
    provider = salon.owner_of(escort)
    late, other = (salon.ask(salon.client(), escort, START) for _ in range(2))
    salon.do("accept", provider, late.id)
    salon.clock.to(NOON + 6 * HOUR)  # the deposit's term is over, no timer has run

    def act(action: str, booking_id: UUID) -> Callable[[], str]:
        own = Salon(salon.owner, database_as("bookings_web"), salon.clock)
        return lambda: str(own.do(action, provider, booking_id).status)

    results = at_once([act("deposit_received", late.id), act("accept", other.id)])

    states = (salon.booking(late.id).status, salon.booking(other.id).status)
    assert states in {
        (Status.CONFIRMED, Status.REQUESTED),
        (Status.EXPIRED, Status.ACCEPTED),
    }
    assert sorted(results) in (["confirmed", "time-taken"], ["accepted", "booking-state"])
    assert overlaps(salon.owner) == 0


@pytest.mark.parametrize(
    "action",
    ["accept", "decline", "cancel", "complete", "no_show", "check_in", "check_out",
     "deposit_received", "propose", "refuse_proposal", "accept_proposal", "write_note", "timer",
     "payment"],
)  # fmt: skip
def test_every_change_waits_for_the_provider_first(
    salon: Salon, database_as: Opens, action: str
) -> None:
    """The lock comes before anything else, so that nobody holds what another waits for."""
    escort = salon.provider(policy=POLICY)
    provider = salon.owner_of(escort)
    asked = salon.ask(salon.client(), escort, START)
    extra = {"propose": (START + DAY,), "write_note": ("a note",), "accept_proposal": (new_id(),)}

    def change(work: UnitOfWork) -> object:
        work.set_local("lock_timeout", "40ms")
        if action == "timer":
            return Firing(work, salon.clock).fire(asked.id, Timer.REQUEST_EXPIRY)
        if action == "payment":
            return Paying(work, salon.clock).captured(asked.id, Money(1, "EUR"))
        act = getattr(salon.deciding(work), action)
        return act(provider, asked.id, *extra.get(action, ()))

    with salon.owner.transaction() as other:
        Providers(other).lock(escort)
        with pytest.raises(Unavailable) as caught:
            database_as("bookings_web").run(change)

    assert caught.value.code == "database-busy"
