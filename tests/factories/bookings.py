"""Bookable providers, their clients, and a clock that a test sets."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.calendar import Buffers, CityZone
from bookings.domain.policy import Policy, PolicyStep
from bookings.domain.pricing import Quote, QuoteLine, QuoteRequest
from bookings.domain.transitions import Action, Actor, Status
from bookings.domain.venue import Venue
from bookings.repository import BookingRepository, ProviderRepository
from bookings.service.actions import BookingActions
from bookings.service.actor import Caller
from bookings.service.queries import BookingQueries
from bookings.service.requests import BookingRequests, LocalStart, NewRequest
from bookings.service.settings import ProviderSettingsService
from kit.db import Database, UnitOfWork
from kit.ids import new_id
from kit.intervals import Interval
from kit.money import Money
from tests.factories.escorts import make_account
from tests.fakes.envelope import FakeEnvelope

NOON = datetime(2027, 5, 10, 12, tzinfo=UTC)
"""A Monday; the tests' clock begins an hour before."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RATES = (("dinner", 60, 30000, "incall"), ("dinner", 120, 50000, "incall"),
         ("dinner", 120, 60000, "outcall"), ("overnight", 720, 180000, "outcall"))  # fmt: skip
POLICY = Policy(1, (PolicyStep(4, 100), PolicyStep(24, 50)), deposit_percent=20, deposit_hours=6)
NO_DEPOSIT = Policy(1, (PolicyStep(4, 100), PolicyStep(24, 50)))


def a_booking(**changes: Any) -> Booking:
    """Return a request, for tests of the domain."""
    fields: dict[str, Any] = {
        "id": UUID(int=1),
        "profile_id": UUID(int=10),
        "provider_id": UUID(int=11),
        "client_id": UUID(int=12),
        "status": Status.REQUESTED,
        "period": Interval(NOON + DAY, NOON + DAY + 2 * HOUR),
        "buffers": Buffers(timedelta(), timedelta(minutes=30)),
        "place": CityZone("berlin", "Europe/Berlin"),
        "venue": Venue.INCALL,
        "services": ("dinner",),
        "urgent": False,
        "quote": a_quote(50000),
        "policy": POLICY,
        "deposit": Money(10000, "EUR"),
        "paid": Money(0, "EUR"),
        "requested_at": NOON,
        "expires_at": NOON + 12 * HOUR,
        "address_days": 7,
    }
    return Booking(**(fields | changes))


def a_quote(total: int, minutes: int = 120) -> Quote:
    """Return a quote with one line."""
    return Quote(Money(total, "EUR"), (QuoteLine("service", "dinner", "dinner", total),), minutes)


@dataclass
class FakeClock:
    """A clock that a test sets."""

    at: datetime = NOON - HOUR

    def __call__(self) -> datetime:
        """Return the current time."""
        return self.at

    def set_time(self, moment: datetime) -> None:
        """Set the current time."""
        self.at = moment


@dataclass
class BookingWorld:
    """Providers and clients of a test, with the use cases as the role `bookings_web`."""

    owner: Database
    web: Database
    clock: FakeClock = field(default_factory=FakeClock)
    envelope: FakeEnvelope = field(default_factory=FakeEnvelope)

    def provider(self, *, policy: Policy | None = None, days: Sequence[int] = range(1, 8)) -> UUID:
        """Store a public profile in Berlin, open around the clock; return its id."""
        user_id, profile_id = make_account(self.owner, "escort"), new_id()
        with self.owner.transaction() as work:
            _add_profile(work, profile_id, user_id, self.clock(), days)
            if policy is not None:
                ProviderRepository(work).ensure(profile_id, user_id, self.clock())
                ProviderRepository(work).add_policy(profile_id, policy, self.clock())
        return profile_id

    def client(self) -> UUID:
        """Store a client's account."""
        return make_account(self.owner, "client")

    def owner_of(self, profile_id: UUID) -> Caller:
        """Return the provider as a caller."""
        with self.owner.transaction() as work:
            row = work.execute(
                "SELECT user_id FROM escorts.profiles WHERE id = %s", (profile_id,)
            ).fetchone()
        assert row is not None
        return Caller(row["user_id"])

    def actions(self, work: UnitOfWork) -> BookingActions:
        """Return the booking actions."""
        return BookingActions(work, self.envelope, self.clock)

    def requests(self, work: UnitOfWork) -> BookingRequests:
        """Return the booking requests."""
        return BookingRequests(work, self.envelope, self.clock)

    def queries(self, work: UnitOfWork) -> BookingQueries:
        """Return the booking queries."""
        return BookingQueries(work, self.envelope, self.clock)

    def settings(self, work: UnitOfWork) -> ProviderSettingsService:
        """Return the provider settings service."""
        return ProviderSettingsService(work, self.envelope, self.clock)

    def ask(
        self,
        client_id: UUID,
        profile_id: UUID,
        start: datetime | LocalStart,
        *,
        key: str = "",
        **changes: Any,
    ) -> Booking:
        """Request a meeting of two hours."""
        with self.web.transaction() as work:
            known = ProviderRepository(work).by_id(profile_id)
            fields: dict[str, Any] = {
                "profile_id": profile_id,
                "start": start,
                "quote_request": QuoteRequest(("dinner",), 120, Venue.INCALL),
                "policy_version": known.policy.version if known else 0,
            }
            new = NewRequest(**(fields | changes))
            return self.requests(work).create(client_id, key or str(new_id()), new)

    def do(self, action: str, caller: Caller, booking_id: UUID, *args: Any) -> Any:
        """Run an action in its own transaction."""
        return self.web.run(lambda work: self.run_action(work, action, caller, booking_id, *args))

    def run_action(
        self, work: UnitOfWork, action: str, caller: Caller, booking_id: UUID, *args: Any
    ) -> Any:
        """Run an action of the transition table, or a method of the service."""
        actions = self.actions(work)
        if method := getattr(actions, action, None):
            return method(caller, booking_id, *args)
        return actions.apply(caller, booking_id, Action(action), *args)

    def booking(self, booking_id: UUID) -> Booking:
        """Return a booking as stored."""
        with self.owner.transaction() as work:
            found = BookingRepository(work).by_id(booking_id)
        assert found is not None
        return found

    def events(self) -> list[str]:
        """Return the types of the published events, in order."""
        return [row["type"] for row in self.outbox()]

    def outbox(self) -> list[dict[str, Any]]:
        """Return the rows of the outbox, in order."""
        with self.owner.transaction() as work:
            return work.execute(
                "SELECT id, type, envelope FROM outbox.messages ORDER BY created_at, id"
            ).fetchall()


def overlaps(owner: Database) -> int:
    """Count pairs of held bookings of one provider whose buffered periods overlap."""
    with owner.transaction() as work:
        row = work.execute(
            """
            SELECT count(*) AS pairs FROM bookings.bookings a
            JOIN bookings.bookings b ON b.profile_id = a.profile_id AND b.id > a.id
                AND b.buffered_period && a.buffered_period
            WHERE a.status IN ('accepted', 'confirmed') AND b.status IN ('accepted', 'confirmed')
            """
        ).fetchone()
    assert row is not None
    return int(row["pairs"])


def add_requests(
    owner: Database, profile_id: UUID, starts: Sequence[datetime], policy: Policy = NO_DEPOSIT
) -> list[UUID]:
    """Store requests without validation, for a profile that is created for them; for races."""
    made = []
    user_id = UUID(int=profile_id.int ^ 1)
    make_account(owner, "escort", user_id=user_id)
    with owner.transaction() as work:
        _add_profile(work, profile_id, user_id, NOON, range(1, 8))
        ProviderRepository(work).ensure(profile_id, user_id, NOON)
        for start in starts:
            booking = a_booking(
                id=new_id(),
                profile_id=profile_id,
                provider_id=user_id,
                client_id=new_id(),
                period=Interval(start, start + HOUR),
                expires_at=start,
                policy=policy,
                deposit=policy.deposit(Money(50000, "EUR")),
            )
            BookingRepository(work).add(booking)
            BookingRepository(work).add_history(
                booking, "request", Actor.CLIENT, booking.client_id, NOON, from_status=None
            )
            made.append(booking.id)
    return made


def _add_profile(
    work: UnitOfWork, profile_id: UUID, user_id: UUID, now: datetime, days: Sequence[int]
) -> None:
    slug = f"p-{profile_id}"
    values = {"id": profile_id, "user_id": user_id, "slug": slug, "now": now}
    work.execute("SET CONSTRAINTS ALL DEFERRED")
    work.execute(
        "INSERT INTO escorts.slugs (slug, profile_id, claimed_at) VALUES (%(slug)s, %(id)s, now())",
        values,
    )
    work.execute(
        """
        INSERT INTO escorts.profiles (id, user_id, slug, name, city, services, status,
            consent_version, consent_at, birth_date_sealed, age, age_checked_on, over18,
            over18_attested_at, created_at, updated_at)
        VALUES (%(id)s, %(user_id)s, %(slug)s, 'Mira', 'berlin', '{dinner,overnight}', 'active',
            (SELECT max(version) FROM escorts.consents), now(), 'x', 30, current_date, true,
            now(), now(), now())
        """,
        values,
    )
    work.execute(
        """
        INSERT INTO escorts.verifications (id, profile_id, status, submitted_at,
            document_checked_at, liveness_checked_at, decided_at, decided_by, expires_at)
        VALUES (gen_random_uuid(), %(id)s, 'verified', now(), now() - interval '1 hour',
            now() - interval '1 hour', now(), gen_random_uuid(), now() + interval '300 days')
        """,
        values,
    )
    rates = [
        {"n": number, "s": service, "d": minutes, "a": amount, "v": venue}
        for number, (service, minutes, amount, venue) in enumerate(RATES)
    ]
    work.execute(
        """
        INSERT INTO escorts.rates
            (profile_id, position, service, duration_minutes, amount, currency, venue)
        SELECT %s, n, s, d, a, 'EUR', v FROM jsonb_to_recordset(%s)
            AS r (n smallint, s text, d integer, a bigint, v escorts.venue)
        """,
        (profile_id, json.dumps(rates)),
    )
    for day in days:
        work.execute(
            "INSERT INTO escorts.availability VALUES (%s, %s, %s, %s)",
            (profile_id, day, time(), time()),
        )
