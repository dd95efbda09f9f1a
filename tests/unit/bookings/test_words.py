"""What pages say of an end that cost something, and of one that did not."""

from datetime import timedelta

import pytest

from bookings.domain.transitions import Status
from bookings.pages.labels import why_it_cost
from kit.money import Money
from tests.factories.bookings import DAY, NOON, a_booking

START = NOON + DAY
LATE = (
    "You cancelled less than 24 hours before it began: by the policy that you agreed to, that is "
    "50 % of the price of EUR 500, so EUR 250. EUR 150 of it is still to be paid."
)
VERY_LATE = (
    "The client cancelled less than 4 hours before it began: by the policy that the client agreed "
    "to, that is 100 % of the price of EUR 500, so EUR 500. It is paid."
)


def euros(amount: int) -> Money:
    return Money(amount * 100, "EUR")


@pytest.mark.parametrize(
    ("hours", "fee", "paid", "to_client", "said"),
    [
        (5, 250, 100, True, LATE),
        (3, 500, 500, False, VERY_LATE),
        (30, 0, 100, True, "Cancelling cost nothing."),
        (30, 0, 0, False, "Cancelling cost the client nothing."),
    ],
    ids=["late", "very-late", "early", "early-to-her"],
)
def test_a_cancelled_one(hours: int, fee: int, paid: int, to_client: bool, said: str) -> None:
    booking = a_booking(
        status=Status.CANCELLED,
        ended_at=START - timedelta(hours=hours),
        fee=euros(fee),
        paid=euros(paid),
    )

    assert why_it_cost(booking, to_client=to_client) == said


def test_one_to_which_nobody_came() -> None:
    booking = a_booking(status=Status.NO_SHOW, ended_at=START, fee=euros(500), paid=euros(100))

    said = why_it_cost(booking, to_client=True)

    assert said.startswith("You did not come: by the policy that you agreed to, that is 100 %")
    assert said.endswith("EUR 400 of it is still to be paid.")


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.CANCELLED}))
def test_others_say_nothing(status: Status) -> None:
    assert why_it_cost(a_booking(status=status), to_client=True) == ""
