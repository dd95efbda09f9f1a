"""Booking snapshots: merging in any order, and the visit columns derived from them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from crm.domain.booking_snapshot import BookingSnapshot, BookingState, BookingUpdate
from crm.domain.enums import PaymentState, VisitStatus, VisitType
from crm.domain.visits import Visit
from crm.pages.visit_presenter import visit_row
from crm.repository.encrypted_records import Stored

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
CONFIRMED = BookingSnapshot(
    state=BookingState.CONFIRMED, currency="EUR", amount_minor=60_000, paid_minor=20_000
)
ENDS = {
    BookingState.COMPLETED: BookingSnapshot(
        state=BookingState.COMPLETED, currency="EUR", amount_minor=60_000, paid_minor=60_000
    ),
    BookingState.NO_SHOW: BookingSnapshot(
        state=BookingState.NO_SHOW, currency="EUR", fee_minor=60_000, refund_minor=0
    ),
    BookingState.CANCELLED: BookingSnapshot(
        state=BookingState.CANCELLED, currency="EUR", fee_minor=10_000, refund_minor=10_000
    ),
    BookingState.RESCHEDULED: BookingSnapshot(state=BookingState.RESCHEDULED),
}


@pytest.mark.parametrize("end", list(ENDS), ids=str)
def test_merge_snapshots_in_any_order_gives_the_same(end: BookingState) -> None:
    late = ENDS[end]

    assert CONFIRMED.merge(late) == late.merge(CONFIRMED)
    whole = CONFIRMED.merge(late)
    assert (whole.state, whole.amount_minor, whole.currency) == (end, 60_000, "EUR")
    assert whole.merge(late) == whole.merge(CONFIRMED) == whole


def test_merge_snapshots_of_two_ends_keeps_the_known_one() -> None:
    completed = ENDS[BookingState.COMPLETED]

    assert completed.merge(ENDS[BookingState.CANCELLED]).state is BookingState.COMPLETED


@pytest.mark.parametrize(
    ("end", "status", "received", "payment"),
    [
        (BookingState.COMPLETED, VisitStatus.COMPLETED, 60_000, PaymentState.PAID),
        (BookingState.NO_SHOW, VisitStatus.NO_SHOW, 20_000, PaymentState.PARTIAL),
        (BookingState.CANCELLED, VisitStatus.CANCELLED, 10_000, PaymentState.PAID),
        (BookingState.RESCHEDULED, VisitStatus.CANCELLED, 0, PaymentState.CANCELLED),
    ],
    ids=str,
)
def test_snapshot_received_amount_and_payment_status(
    end: BookingState, status: VisitStatus, received: int, payment: PaymentState
) -> None:
    whole = CONFIRMED.merge(ENDS[end])

    assert (whole.status, whole.received_minor, whole.payment_status) == (
        status,
        received,
        payment,
    )


def test_snapshot_unpaid_fee_is_pending() -> None:
    owed = BookingSnapshot(
        state=BookingState.NO_SHOW, currency="EUR", fee_minor=60_000, refund_minor=0
    )

    assert owed.payment_status is PaymentState.PENDING


@pytest.mark.parametrize("snapshot", [CONFIRMED, *ENDS.values()], ids=lambda one: one.state)
def test_booking_update_payload_round_trips(snapshot: BookingSnapshot) -> None:
    begins = datetime(2027, 5, 12, 20, tzinfo=UTC)
    news = BookingUpdate(
        booking_id=uuid4(),
        client_account=uuid4(),
        starts_at=begins,
        ends_at=begins + timedelta(minutes=90),
        snapshot=snapshot,
    )

    assert BookingUpdate.from_payload(news.to_payload()) == news
    assert news.duration_minutes == 90


@pytest.mark.parametrize(
    ("heard", "shown"),
    [
        (ENDS[BookingState.NO_SHOW], "Not known"),
        (ENDS[BookingState.CANCELLED], "Not known"),
        (ENDS[BookingState.RESCHEDULED], ""),
        (CONFIRMED.merge(ENDS[BookingState.NO_SHOW]), "EUR 200"),
        (replace(CONFIRMED, paid_minor=0), ""),
    ],
    ids=["no-show-alone", "cancelled-alone", "moved", "all-heard", "nothing-paid"],
)
def test_snapshot_without_paid_amount_has_no_received_amount(
    heard: BookingSnapshot, shown: str
) -> None:
    visit = Visit(
        starts_at=NOW, time_zone="UTC", duration_minutes=60, type=VisitType.INCALL,
        status=heard.status, booking_snapshot=heard, **({"currency": "EUR"} | heard.payment_columns()),
    )  # fmt: skip
    row = visit_row(Stored(uuid4(), uuid4(), 1, NOW, NOW, visit), "Leo")
    assert row["received"] == shown
