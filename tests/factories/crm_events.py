"""Bookings for the CRM consumer: their events, and their rows for values that events lack."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts import bookings as events
from contracts.bookings import BookingEvent
from kit import clock
from kit.db import Database
from kit.events import Event
from kit.ids import new_id
from tests.factories.auth import sqs_event
from tests.fixtures.functions import FunctionClient

AMOUNT, DEPOSIT = 60_000, 20_000


@dataclass(frozen=True, kw_only=True)
class BookingFixture:
    """Booking of a provider."""

    provider_id: UUID
    id: UUID = field(default_factory=new_id)
    profile_id: UUID = field(default_factory=new_id)
    client_id: UUID = field(default_factory=new_id)
    starts_at: datetime = field(
        default_factory=lambda: clock.now().replace(microsecond=0) + timedelta(days=9)
    )

    def event(self, kind: type[BookingEvent], **more: Any) -> BookingEvent:
        """Return an event of the booking."""
        return kind(
            booking_id=self.id,
            profile_id=self.profile_id,
            provider_id=self.provider_id,
            client_id=self.client_id,
            starts_at=self.starts_at,
            ends_at=self.starts_at + timedelta(hours=2),
            **more,
        )

    def confirmed(self, paid: int = DEPOSIT) -> BookingEvent:
        """Return the event of a confirmation."""
        return self.event(
            events.BookingConfirmed, amount_minor=AMOUNT, paid_minor=paid, currency="EUR"
        )

    def completed(self, paid: int = DEPOSIT) -> BookingEvent:
        """Return the event of a completion."""
        return self.event(
            events.BookingCompleted, amount_minor=AMOUNT, paid_minor=paid, currency="EUR"
        )

    def cancelled(self, fee: int = 0, refund: int = DEPOSIT) -> BookingEvent:
        """Return the event of a cancellation."""
        return self.event(
            events.BookingCancelled,
            cancelled_by="client",
            fee_minor=fee,
            refund_minor=refund,
            currency="EUR",
        )

    def no_show(self, fee: int = AMOUNT) -> BookingEvent:
        """Return the event of a no-show."""
        return self.event(events.BookingNoShow, fee_minor=fee, refund_minor=0, currency="EUR")

    def rescheduled(self, other: UUID) -> BookingEvent:
        """Return the event of a rescheduling to another booking."""
        return self.event(events.BookingRescheduled, new_booking_id=other)

    def store_row(self, owner: Database, *, venue: str = "outcall", confirmed: bool = True) -> None:
        """Insert the booking's row."""
        with owner.transaction() as work:
            work.execute(
                """
                INSERT INTO bookings.providers (profile_id, user_id, created_at, updated_at)
                VALUES (%s, %s, now(), now())
                """,
                (self.profile_id, self.provider_id),
            )
            work.execute(
                """
                INSERT INTO bookings.bookings (id, profile_id, provider_id, client_id, status, period,
                    buffered_period, city, time_zone, venue, services, amount_minor, currency, price, policy, deposit,
                    address_days, requested_at, expires_at, ended_at, confirmed_at)
                VALUES (%(id)s, %(escort)s, %(provider)s, %(client)s, 'cancelled',
                    tstzrange(%(start)s, %(end)s), tstzrange(%(start)s, %(end)s), 'tokyo',
                    'Asia/Tokyo', %(venue)s, '{dinner}', %(amount)s, 'EUR', '{}', '{}', 0, 7, now(),
                    now(), now(), %(confirmed)s)
                """,
                {
                    "id": self.id,
                    "escort": self.profile_id,
                    "provider": self.provider_id,
                    "client": self.client_id,
                    "start": self.starts_at,
                    "end": self.starts_at + timedelta(hours=2),
                    "venue": venue,
                    "amount": AMOUNT,
                    "confirmed": clock.now() if confirmed else None,
                },
            )


def deliver_events(consumer: FunctionClient, *happened: Event) -> None:
    """Deliver events to the consumer, in this order."""
    answer = consumer.invoke(sqs_event(*(event.envelope() for event in happened)))
    assert answer == {"batchItemFailures": []}
