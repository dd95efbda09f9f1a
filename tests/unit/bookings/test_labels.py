"""Explanations of cancellation and no-show fees."""

from datetime import timedelta

import pytest

from bookings.domain.transitions import Status
from bookings.pages.labels import fee_explanation
from kit.money import Money
from tests.factories.bookings import DAY, NOON, a_booking

START = NOON + DAY
LATE = (
    "You cancelled less than 24 hours before the start: by the policy that you agreed to, that is "
    "50% of the price of EUR 500, so EUR 250. EUR 150 of it is still to be paid."
)
VERY_LATE = (
    "The client cancelled less than 4 hours before the start: by the policy that the client agreed "
    "to, that is 100% of the price of EUR 500, so EUR 500. It is paid."
)


def euros(amount: int) -> Money:
    return Money(amount * 100, "EUR")


@pytest.mark.parametrize(
    ("hours", "fee", "paid", "to_client", "text"),
    [
        (5, 250, 100, True, LATE),
        (3, 500, 500, False, VERY_LATE),
        (30, 0, 100, True, "Cancelling cost nothing."),
        (30, 0, 0, False, "Cancelling cost the client nothing."),
    ],
    ids=["late", "very-late", "early", "early-to-provider"],
)
def test_fee_explanation_cancelled_booking_names_policy_step(
    hours: int, fee: int, paid: int, to_client: bool, text: str
) -> None:
    booking = a_booking(
        status=Status.CANCELLED,
        ended_at=START - timedelta(hours=hours),
        fee=euros(fee),
        paid=euros(paid),
    )

    assert fee_explanation(booking, to_client=to_client) == text


def test_fee_explanation_no_show_names_fee_and_debt() -> None:
    booking = a_booking(status=Status.NO_SHOW, ended_at=START, fee=euros(500), paid=euros(100))

    text = fee_explanation(booking, to_client=True)

    assert text.startswith("You did not come: by the policy that you agreed to, that is 100%")
    assert text.endswith("EUR 400 of it is still to be paid.")


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.CANCELLED}))
def test_fee_explanation_without_fee_is_empty(status: Status) -> None:
    assert fee_explanation(a_booking(status=status), to_client=True) == ""
