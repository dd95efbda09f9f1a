"""Providers who can be booked, their clients, and a clock that a test moves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.calendar import Padding, Place
from bookings.domain.policy import Policy, Step
from bookings.domain.pricing import Ask, Line, Quote
from bookings.domain.spans import Span
from bookings.domain.transitions import Actor, Status
from bookings.domain.venue import Venue
from bookings.repository import Bookings, Providers
from bookings.service.actions import Deciding
from bookings.service.callers import Caller
from bookings.service.queries import Reading
from bookings.service.requests import LocalStart, NewRequest, Requesting
from bookings.service.settings import OwnRules
from kit.db import Database, UnitOfWork
from kit.ids import new_id
from kit.money import Money
from tests.factories.escorts import make_account
from tests.fakes.envelope import FakeEnvelope

NOON = datetime(2027, 5, 10, 12, tzinfo=UTC)
"""A Monday; the tests' clock begins an hour before."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RATES = (("dinner", 60, 30000, "incall"), ("dinner", 120, 50000, "incall"),
         ("dinner", 120, 60000, "outcall"), ("overnight", 720, 180000, "outcall"))  # fmt: skip
POLICY = Policy(1, (Step(4, 100), Step(24, 50)), deposit_percent=20, deposit_hours=6)
NO_DEPOSIT = Policy(1, (Step(4, 100), Step(24, 50)))


def a_booking(**changes: Any) -> Booking:
    """Return a request of somebody, for tests of the domain."""
    fields: dict[str, Any] = {
        "id": UUID(int=1),
        "escort_id": UUID(int=10),
        "provider_id": UUID(int=11),
        "client_id": UUID(int=12),
        "status": Status.REQUESTED,
        "span": Span(NOON + DAY, NOON + DAY + 2 * HOUR),
        "padding": Padding(timedelta(), timedelta(minutes=30)),
        "place": Place("berlin", "Europe/Berlin"),
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
    """Return a price of one line."""
    return Quote(Money(total, "EUR"), (Line("service", "dinner", "dinner", total),), minutes)


@dataclass
class Hands:
    """A clock that a test moves."""

    at: datetime = NOON - HOUR

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.at

    def to(self, moment: datetime) -> None:
        """Move it."""
        self.at = moment


@dataclass
class Salon:
    """A test's providers and clients, and the use cases as the web's role has them."""

    owner: Database
    web: Database
    clock: Hands = field(default_factory=Hands)
    envelope: FakeEnvelope = field(default_factory=FakeEnvelope)

    def provider(self, *, policy: Policy | None = None, days: Sequence[int] = range(1, 8)) -> UUID:
        """Store a public profile in Berlin, open around the clock; return its id."""
        user_id, escort_id = make_account(self.owner, "escort"), new_id()
        with self.owner.transaction() as work:
            _add_profile(work, escort_id, user_id, self.clock(), days)
            if policy is not None:
                Providers(work).ensure(escort_id, user_id, self.clock())
                Providers(work).add_policy(escort_id, policy, self.clock())
        return escort_id

    def client(self) -> UUID:
        """Store a client's account."""
        return make_account(self.owner, "client")

    def owner_of(self, escort_id: UUID) -> Caller:
        """Return the provider as a caller."""
        with self.owner.transaction() as work:
            row = work.execute(
                "SELECT user_id FROM escorts.profiles WHERE id = %s", (escort_id,)
            ).fetchone()
        assert row is not None
        return Caller(row["user_id"])

    def deciding(self, work: UnitOfWork) -> Deciding:
        """Return what people do to bookings."""
        return Deciding(work, self.envelope, self.clock)

    def requesting(self, work: UnitOfWork) -> Requesting:
        """Return what clients do before there is one."""
        return Requesting(work, self.envelope, self.clock)

    def reading(self, work: UnitOfWork) -> Reading:
        """Return what people see."""
        return Reading(work, self.envelope, self.clock)

    def rules(self, work: UnitOfWork) -> OwnRules:
        """Return what a provider says."""
        return OwnRules(work, self.envelope, self.clock)

    def ask(
        self,
        client_id: UUID,
        escort_id: UUID,
        start: datetime | LocalStart,
        *,
        key: str = "",
        **changes: Any,
    ) -> Booking:
        """Ask for a meeting of two hours."""
        with self.web.transaction() as work:
            known = Providers(work).by_id(escort_id)
            fields: dict[str, Any] = {
                "escort_id": escort_id,
                "start": start,
                "ask": Ask(("dinner",), 120, Venue.INCALL),
                "policy_version": known.policy.version if known else 0,
            }
            new = NewRequest(**(fields | changes))
            return self.requesting(work).request(client_id, key or str(new_id()), new)

    def do(self, action: str, caller: Caller, booking_id: UUID, *args: Any) -> Any:
        """Do something to a booking, in a transaction of its own."""
        return self.web.run(
            lambda work: getattr(self.deciding(work), action)(caller, booking_id, *args)
        )

    def booking(self, booking_id: UUID) -> Booking:
        """Return a booking as it stands."""
        with self.owner.transaction() as work:
            found = Bookings(work).by_id(booking_id)
        assert found is not None
        return found

    def events(self) -> list[str]:
        """Return the types of the events so far, in order."""
        return [row["type"] for row in self.outbox()]

    def outbox(self) -> list[dict[str, Any]]:
        """Return the rows of the outbox, in order."""
        with self.owner.transaction() as work:
            return work.execute(
                "SELECT id, type, envelope FROM outbox.messages ORDER BY created_at, id"
            ).fetchall()


def overlaps(owner: Database) -> int:
    """Count pairs of held bookings of one provider whose padded times overlap."""
    with owner.transaction() as work:
        row = work.execute(
            """
            SELECT count(*) AS pairs FROM bookings.bookings a
            JOIN bookings.bookings b ON b.escort_id = a.escort_id AND b.id > a.id
                AND b.padded && a.padded
            WHERE a.status IN ('accepted', 'confirmed') AND b.status IN ('accepted', 'confirmed')
            """
        ).fetchone()
    assert row is not None
    return int(row["pairs"])


def add_requests(
    owner: Database, escort_id: UUID, starts: Sequence[datetime], policy: Policy = NO_DEPOSIT
) -> list[UUID]:
    """Store requests as they are, past every check, of a profile that is made for them; for races."""
    made = []
    user_id = UUID(int=escort_id.int ^ 1)
    make_account(owner, "escort", user_id=user_id)
    with owner.transaction() as work:
        _add_profile(work, escort_id, user_id, NOON, range(1, 8))
        Providers(work).ensure(escort_id, user_id, NOON)
        for start in starts:
            booking = a_booking(
                id=new_id(),
                escort_id=escort_id,
                provider_id=user_id,
                client_id=new_id(),
                span=Span(start, start + HOUR),
                expires_at=start,
                policy=policy,
                deposit=policy.deposit(Money(50000, "EUR")),
            )
            Bookings(work).add(booking)
            Bookings(work).remember(
                booking, "request", Actor.CLIENT, booking.client_id, NOON, came_from=None
            )
            made.append(booking.id)
    return made


def _add_profile(
    work: UnitOfWork, escort_id: UUID, user_id: UUID, now: datetime, days: Sequence[int]
) -> None:
    slug = f"p-{escort_id}"
    values = {"id": escort_id, "user_id": user_id, "slug": slug, "now": now}
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
        (escort_id, json.dumps(rates)),
    )
    for day in days:
        work.execute(
            "INSERT INTO escorts.availability VALUES (%s, %s, %s, %s)",
            (escort_id, day, time(), time()),
        )
