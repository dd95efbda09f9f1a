"""Benchmark of accepting overlapping requests, 32 concurrent clients, against a raw constrained INSERT.

The raw INSERT is the limit: one statement per attempt into a table with nothing but the constraint.
The platform locks the provider's row, changes the booking, and writes history, timers and event.
Overlaps and deadlocks are counted in every run, also with all attempts at one provider.
"""

import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import psycopg

from bench.table import show
from bookings.domain.booking import Booking
from bookings.domain.calendar import Buffers, CityZone
from bookings.domain.policy import DEFAULT_POLICY
from bookings.domain.pricing import Quote, QuoteLine
from bookings.domain.transitions import Action, Status
from bookings.domain.venue import Venue
from bookings.repository import BookingRepository, ProviderRepository
from bookings.service.actions import BookingActions
from bookings.service.actor import Caller
from kit.db import Database, DatabaseSettings, TransactionAborted
from kit.envelope import Envelope
from kit.errors import DomainError
from kit.ids import new_id
from kit.intervals import Interval
from kit.money import Money
from local.services.postgres import Postgres
from operations.migrate import migrate

PROCESSES, CLIENTS = 4, 32
ATTEMPTS, PROVIDERS = 2000, 50
NAME = "bench"
NOW = datetime(2027, 5, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
_RAW = """
CREATE TABLE public.raw (
    id uuid NOT NULL DEFAULT gen_random_uuid(), profile_id uuid NOT NULL, buffered_period tstzrange NOT NULL,
    EXCLUDE USING gist (profile_id WITH =, buffered_period WITH &&))
"""
_RAW_INSERT = "INSERT INTO public.raw (profile_id, buffered_period) VALUES (%s, tstzrange(%s, %s))"
_RAW_LOCK = "SELECT FROM bookings.providers WHERE profile_id = %s FOR NO KEY UPDATE"
_OVERLAPS = """
WITH taken AS (SELECT id, profile_id, buffered_period FROM bookings.bookings WHERE status = 'confirmed')
SELECT count(*) AS pairs FROM {table} a JOIN {table} b
ON a.profile_id = b.profile_id AND a.id < b.id AND a.buffered_period && b.buffered_period
"""


@dataclass(frozen=True)
class Attempt:
    """An attempt to hold a slot of a provider."""

    profile_id: UUID
    booking_id: UUID
    span: Interval


def main() -> None:
    """Print the tables."""
    folder = Path(tempfile.mkdtemp(prefix="bench-bookings-"))
    try:
        with Postgres(folder) as server:
            rows = [
                [title, *_run(server, f"{NAME}_{number}", _KINDS[kind], providers)]
                for number, (title, kind, providers) in enumerate(_CASES)
            ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    show(
        f"Bookings: {ATTEMPTS:,} attempts by {CLIENTS} clients in {PROCESSES} processes",
        ["case", "attempts/s", "won", "refused", "deadlocks", "overlaps"],
        rows,
    )


type Try = Callable[[Database, Attempt], None]


def _raw(database: Database, attempt: Attempt) -> None:
    with database.transaction() as work:
        work.execute(_RAW_INSERT, (attempt.profile_id, attempt.span.start, attempt.span.end))


def _raw_locked(database: Database, attempt: Attempt) -> None:
    with database.transaction() as work:
        work.execute(_RAW_LOCK, (attempt.profile_id,))
        work.execute(_RAW_INSERT, (attempt.profile_id, attempt.span.start, attempt.span.end))


def _platform(database: Database, attempt: Attempt) -> None:
    with database.transaction() as work:
        actions = BookingActions(work, Envelope("", "bench"), lambda: NOW)
        actions.apply(Caller(_account(attempt.profile_id)), attempt.booking_id, Action.ACCEPT)


_KINDS: dict[str, Try] = {"raw": _raw, "raw-locked": _raw_locked, "platform": _platform}
_CASES = [
    (f"raw INSERT, {PROVIDERS} providers", "raw", PROVIDERS),
    (f"raw INSERT after the lock, {PROVIDERS} providers", "raw-locked", PROVIDERS),
    (f"accept, {PROVIDERS} providers", "platform", PROVIDERS),
    ("raw INSERT after the lock, one provider", "raw-locked", 1),
    ("accept, one provider", "platform", 1),
]


def _run(server: Postgres, name: str, one: Try, providers: int) -> list[str]:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    migrate(_settings(server.host, server.port, name), Path(__file__).parents[1] / "migrations")
    owner = Database(lambda: _settings(server.host, server.port, name))
    attempts = _prepare(owner, providers)
    parts = [attempts[number::PROCESSES] for number in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        # All start together, once every process runs and every connection is open.
        begin = time.time() + 6
        arguments = [(server.host, server.port, name, _name(one), begin, part) for part in parts]
        done = list(pool.map(_clients, arguments))
        results = sum((counted for counted, _ in done), Counter[str]())
        seconds = max(ended for _, ended in done) - begin
    overlaps = _overlaps(owner, "taken" if one is _platform else "public.raw")
    owner.discard_connection()
    return [
        f"{ATTEMPTS / seconds:,.0f}",
        str(results["won"]),
        str(results["refused"]),
        str(results["deadlock"]),
        str(overlaps),
    ]


def _clients(
    arguments: tuple[str, int, str, str, float, Sequence[Attempt]],
) -> tuple[Counter[str], float]:
    host, port, name, kind, begin, attempts = arguments
    each = CLIENTS // PROCESSES
    parts = [attempts[number::each] for number in range(each)]

    def client(part: Sequence[Attempt]) -> Counter[str]:
        database = Database(lambda: _settings(host, port, name))
        with database.transaction() as work:
            work.execute("SELECT 1")
        time.sleep(max(0.0, begin - time.time()))
        results = Counter(_outcome(database, _KINDS[kind], attempt) for attempt in part)
        database.discard_connection()
        return results

    with ThreadPoolExecutor(each) as pool:
        counted = sum(pool.map(client, parts), Counter[str]())
    return counted, time.time()


def _outcome(database: Database, one: Try, attempt: Attempt) -> str:
    try:
        one(database, attempt)
    except TransactionAborted:
        return "deadlock"
    except (DomainError, psycopg.errors.ExclusionViolation):
        return "refused"
    return "won"


def _prepare(owner: Database, providers: int) -> list[Attempt]:
    chance = random.Random(4)
    profile_ids = [new_id() for _ in range(providers)]
    slots = max(48, 48 * PROVIDERS // providers // 4)
    attempts = []
    with owner.transaction() as work:
        work.execute(_RAW)
        for profile_id in profile_ids:
            ProviderRepository(work).ensure(profile_id, _account(profile_id), NOW)
        for number in range(ATTEMPTS):
            start = NOW + 24 * HOUR + chance.randrange(slots) * HOUR / 4
            booking = _request(profile_ids[number % providers], Interval(start, start + HOUR))
            BookingRepository(work).add(booking)
            attempts.append(Attempt(booking.profile_id, booking.id, booking.buffered_period))
    chance.shuffle(attempts)
    return attempts


def _request(profile_id: UUID, span: Interval) -> Booking:
    price = Money(50000, "EUR")
    return Booking(
        id=new_id(),
        profile_id=profile_id,
        provider_id=_account(profile_id),
        client_id=new_id(),
        status=Status.REQUESTED,
        period=span,
        buffers=Buffers(timedelta(), HOUR / 2),
        place=CityZone("berlin", "Europe/Berlin"),
        venue=Venue.INCALL,
        services=("dinner",),
        urgent=False,
        quote=Quote(price, (QuoteLine("service", "dinner", "dinner", price.minor_units),), 60),
        policy=DEFAULT_POLICY,
        deposit=Money(0, "EUR"),
        paid=Money(0, "EUR"),
        requested_at=NOW,
        expires_at=span.start,
        address_days=7,
    )


def _overlaps(owner: Database, table: str) -> int:
    with owner.transaction() as work:
        row = work.execute(_OVERLAPS.format(table=table)).fetchone()
    return int(row["pairs"]) if row else -1


def _account(profile_id: UUID) -> UUID:
    return UUID(int=profile_id.int ^ 1)


def _name(one: Try) -> str:
    return next(kind for kind, known in _KINDS.items() if known is one)


def _settings(host: str, port: int, name: str) -> DatabaseSettings:
    return DatabaseSettings(host, port, name, "postgres", sslmode="disable")
