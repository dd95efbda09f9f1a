"""Concurrent changes in the real database: the first one wins, without deadlocks or overlaps."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from bookings.domain.transitions import Action, Status, Timer
from bookings.repository import ProviderRepository
from bookings.service.actions import BookingActions
from bookings.service.actor import Caller
from bookings.service.payments import PaymentHandler
from bookings.service.timers import TimerRunner
from kit.db import Database, TransactionAborted, UnitOfWork
from kit.errors import DomainError, Unavailable
from kit.ids import new_id
from kit.money import Money
from tests.factories.bookings import (
    DAY,
    HOUR,
    NOON,
    POLICY,
    BookingWorld,
    FakeClock,
    add_requests,
    overlaps,
)
from tests.factories.waiting import PATIENCE, wait_until
from tests.fakes.envelope import FakeEnvelope

START = NOON + 3 * DAY
# A transaction has an id of its own from its first write or row lock on.
_LOCK_WAITS = """
SELECT substring(query from 'FROM bookings\\.(\\w+)') AS table,
    substring(query from 'FOR NO KEY UPDATE') AS how,
    count(backend_xid) OVER (PARTITION BY pid)::int AS written
FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
_LOCK_PROVIDER = "SELECT FROM bookings.providers WHERE profile_id = %s FOR NO KEY UPDATE"
type Opens = Callable[[str], Database]


def run_concurrently(acts: Sequence[Callable[[], str]]) -> list[str]:
    """Start all actions at the same moment; return the result of each."""
    barrier = Barrier(len(acts), timeout=PATIENCE)

    def run_one(act: Callable[[], str]) -> str:
        barrier.wait()
        try:
            return act()
        except DomainError as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run_one, acts))


def accept_action(database: Database, profile_id: UUID, booking_id: UUID) -> Callable[[], str]:
    caller = Caller(UUID(int=profile_id.int ^ 1))

    def act() -> str:
        with database.transaction() as work:
            deciding = BookingActions(work, FakeEnvelope(), FakeClock())
            return deciding.apply(caller, booking_id, Action.ACCEPT).status

    return act


@pytest.mark.slow
@pytest.mark.parametrize("policy", [POLICY, None], ids=["deposit", "none"])
def test_sixty_concurrent_accepts_have_one_winner(
    database: Database, database_as: Opens, policy: object
) -> None:
    profile_id = new_id()
    starts = [START + timedelta(minutes=number % 60) for number in range(60)]
    rules = {"policy": POLICY} if policy else {}
    requests = add_requests(database, profile_id, starts, **rules)

    # No retries here, so that a deadlock would show as "database-busy".
    results = run_concurrently(
        [accept_action(database_as("bookings_web"), profile_id, request) for request in requests]
    )

    won = Status.ACCEPTED if policy else Status.CONFIRMED
    assert Counter(results) == {won: 1, "time-taken": 59}
    assert overlaps(database) == 0


def test_concurrent_accepts_wait_for_provider_row_only(
    database: Database, database_as: Opens
) -> None:
    """Hold the provider's row until sixteen accepts wait for it; without the lock none would wait.

    The constraint alone has the right winner too, but deadlocks now and then: a race that a test wins
    by luck. That all transactions wait in one place without having written is deterministic.
    """
    profile_id = new_id()
    requests = add_requests(database, profile_id, [START + n * HOUR / 60 for n in range(16)])

    with ThreadPoolExecutor(len(requests)) as pool:
        with database.transaction() as lock_holder:
            lock_holder.execute(_LOCK_PROVIDER, (profile_id,))
            acts = [pool.submit(_or_refusal_code(accept_action(database_as("bookings_web"), profile_id, one)))
                    for one in requests]  # fmt: skip
            waiting = _wait_until_blocked(lock_holder, acts)
        results = Counter(act.result() for act in acts)

    assert waiting == {("providers", "FOR NO KEY UPDATE", 0): len(requests)}
    assert results == {"confirmed": 1, "time-taken": len(requests) - 1}


def _or_refusal_code(act: Callable[[], str]) -> Callable[[], str]:
    def named() -> str:
        try:
            return act()
        except DomainError as refusal:
            return refusal.code

    return named


def _wait_until_blocked(
    lock_holder: UnitOfWork, acts: Sequence[Future[str]]
) -> Counter[tuple[str, str, int]]:
    """Wait until all wait or have ended; return the awaited locks and how much each has written."""

    def waiting() -> list[dict[str, Any]]:
        lock_holder.execute("SELECT pg_stat_clear_snapshot()")
        return lock_holder.execute(_LOCK_WAITS).fetchall()

    condition = f"all {len(acts)} waiting for a lock, or done"
    wait_until(lambda: len(waiting()) + sum(act.done() for act in acts) == len(acts), condition)
    return Counter((row["table"], row["how"], row["written"]) for row in waiting())


def test_one_request_accepted_concurrently_confirms_once(
    database: Database, database_as: Opens
) -> None:
    profile_id = new_id()
    [request] = add_requests(database, profile_id, [START])

    results = run_concurrently(
        [accept_action(database_as("bookings_web"), profile_id, request) for _ in range(8)]
    )

    assert Counter(results) == {"confirmed": 1, "booking-state": 7}


@pytest.mark.slow
def test_two_thousand_accepts_never_overlap_or_deadlock(
    database: Database, database_as: Opens
) -> None:
    chance = random.Random(4)
    requests = [
        (profile_id, request)
        for profile_id in (new_id() for _ in range(50))
        for request in add_requests(
            database,
            profile_id,
            [START + chance.randrange(48) * HOUR / 4 for _ in range(40)],
        )
    ]
    chance.shuffle(requests)
    clients = [requests[number::32] for number in range(32)]

    def client(mine: list[tuple[UUID, UUID]]) -> list[str]:
        web = database_as("bookings_web")
        results = []
        for profile_id, request in mine:
            try:
                results.append(accept_action(web, profile_id, request)())
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


def test_concurrent_idempotency_key_creates_one_request(
    bookings: BookingWorld, database_as: Opens
) -> None:
    profile_id, client = bookings.provider(), bookings.client()

    def asking() -> Callable[[], str]:
        own = BookingWorld(bookings.owner, database_as("bookings_web"), bookings.clock)
        return lambda: str(own.ask(client, profile_id, START, key="once").id)

    assert len(set(run_concurrently([asking() for _ in range(6)]))) == 1
    assert bookings.events() == ["BookingRequested"]


def test_concurrent_reschedule_and_accept_have_one_winner(
    bookings: BookingWorld, database_as: Opens
) -> None:
    profile_id = bookings.provider()
    provider, client = bookings.owner_of(profile_id), Caller(bookings.client())
    mine = bookings.ask(client.user_id, profile_id, START)
    bookings.do("accept", provider, mine.id)
    proposal = bookings.do("propose", provider, mine.id, START + DAY)
    rivals = [
        bookings.ask(bookings.client(), profile_id, START + DAY + n * HOUR / 4) for n in range(4)
    ]

    def act(caller: Caller, action: str, *ids: UUID) -> Callable[[], str]:
        own = BookingWorld(bookings.owner, database_as("bookings_web"), bookings.clock)
        return lambda: str(own.do(action, caller, *ids).status)

    results = run_concurrently(
        [
            act(client, "accept_proposal", mine.id, proposal.id),
            *(act(provider, "accept", rival.id) for rival in rivals),
        ]
    )

    assert Counter(results) == {"confirmed": 1, "time-taken": 4}
    assert overlaps(bookings.owner) == 0
    kept = bookings.booking(mine.id)
    assert (kept.status is Status.RESCHEDULED) == (results[0] == "confirmed")


def test_concurrent_late_deposit_and_accept_have_one_winner(
    bookings: BookingWorld, database_as: Opens
) -> None:
    profile_id = bookings.provider(policy=POLICY)
    provider = bookings.owner_of(profile_id)
    late, other = (bookings.ask(bookings.client(), profile_id, START) for _ in range(2))
    bookings.do("accept", provider, late.id)
    bookings.clock.set_time(NOON + 6 * HOUR)  # the deposit's term is over, no timer has run

    def act(action: str, booking_id: UUID) -> Callable[[], str]:
        own = BookingWorld(bookings.owner, database_as("bookings_web"), bookings.clock)
        return lambda: str(own.do(action, provider, booking_id).status)

    results = run_concurrently([act("pay", late.id), act("accept", other.id)])

    states = (bookings.booking(late.id).status, bookings.booking(other.id).status)
    assert states in {
        (Status.CONFIRMED, Status.REQUESTED),
        (Status.EXPIRED, Status.ACCEPTED),
    }
    assert sorted(results) in (["confirmed", "time-taken"], ["accepted", "booking-state"])
    assert overlaps(bookings.owner) == 0


@pytest.mark.parametrize(
    "action",
    ["accept", "decline", "cancel", "complete", "no-show", "check-in", "check-out",
     "pay", "propose", "refuse_proposal", "accept_proposal", "save_note", "timer",
     "payment"],
)  # fmt: skip
def test_each_change_takes_provider_lock_first(
    bookings: BookingWorld, database_as: Opens, action: str
) -> None:
    """The lock is taken first, so that no transaction holds a row that another one waits for."""
    profile_id = bookings.provider(policy=POLICY)
    provider = bookings.owner_of(profile_id)
    asked = bookings.ask(bookings.client(), profile_id, START)
    extra = {"propose": (START + DAY,), "save_note": ("a note",), "accept_proposal": (new_id(),)}

    def change(work: UnitOfWork) -> object:
        work.set_local("lock_timeout", "40ms")
        if action == "timer":
            return TimerRunner(work, bookings.clock).fire(asked.id, Timer.REQUEST_EXPIRY)
        if action == "payment":
            return PaymentHandler(work, bookings.clock).on_captured(asked.id, Money(1, "EUR"))
        return bookings.run_action(work, action, provider, asked.id, *extra.get(action, ()))

    with bookings.owner.transaction() as other:
        ProviderRepository(other).lock(profile_id)
        with pytest.raises(Unavailable) as caught:
            database_as("bookings_web").run(change)

    assert caught.value.code == "database-busy"
