"""Thinking again right after it was confirmed: free, where her policy says so."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from bookings.domain.policy import Policy
from bookings.domain.transitions import Status
from bookings.service.callers import Caller
from kit.auth import Audience
from kit.errors import Conflict
from tests.factories.booking_api import Desk
from tests.factories.booking_pages import Seat, Values, escort_of, whole, words, wrong
from tests.factories.bookings import HOUR, NO_DEPOSIT, NOON, Salon

MINUTE = timedelta(minutes=1)
START = NOON + 20 * HOUR
GRACE = replace(NO_DEPOSIT, grace_minutes=30, grace_hours=12)
RULES: Values = {"depositPercent": "0", "depositHours": "24", "noShowPercent": "100"}


def confirmed(salon: Salon, policy: Policy = GRACE) -> tuple[Caller, Caller, UUID]:
    """Return her, the client, and a booking that was confirmed this moment."""
    escort, client = salon.provider(policy=policy), Caller(salon.client())
    asked = salon.ask(client.user_id, escort, START)
    salon.do("accept", salon.owner_of(escort), asked.id)
    return salon.owner_of(escort), client, asked.id


@pytest.mark.parametrize(
    ("policy", "minutes", "fee"),
    [
        (GRACE, 0, 0),
        (GRACE, 29, 0),
        (GRACE, 30, 25000),
        (NO_DEPOSIT, 0, 25000),
        (replace(GRACE, grace_hours=21), 0, 0),
        (replace(GRACE, grace_hours=22), 0, 25000),
    ],
    ids=["at-once", "in-time", "late", "no-grace", "far-enough", "too-soon"],
)
def test_it_is_free_for_so_long(salon: Salon, policy: Policy, minutes: int, fee: int) -> None:
    _, client, booking = confirmed(salon, policy)
    salon.clock.to(salon.clock() + minutes * MINUTE)

    assert salon.do("cost_of_cancelling", client, booking).fee.minor_units == fee
    after = salon.do("cancel", client, booking)
    assert (after.status, after.fee.minor_units) == (Status.CANCELLED, fee)


def test_what_was_free_when_it_was_shown_is_not_charged_unseen(salon: Salon) -> None:
    _, client, booking = confirmed(salon)
    salon.clock.to(salon.clock() + 31 * MINUTE)

    with pytest.raises(Conflict) as caught:
        salon.do("cancel", client, booking, "", 0)

    assert caught.value.code == "fee-changed"


def test_another_time_is_no_new_grace(salon: Salon) -> None:
    her, client, booking = confirmed(salon)
    salon.clock.to(salon.clock() + 25 * MINUTE)
    proposal = salon.do("propose", client, booking, START + HOUR)
    moved = salon.do("accept_proposal", her, booking, proposal.id)

    assert salon.do("cost_of_cancelling", client, moved.id).fee.minor_units == 0
    salon.clock.to(salon.clock() + 5 * MINUTE)
    assert salon.do("cost_of_cancelling", client, moved.id).fee.minor_units == 25000


def test_a_policy_from_before_there_was_grace_has_none(salon: Salon) -> None:
    _, client, booking = confirmed(salon)
    with salon.owner.transaction() as work:
        work.execute("UPDATE bookings.bookings SET policy = policy - 'graceMinutes' - 'graceHours'")

    assert salon.do("cost_of_cancelling", client, booking).fee.minor_units == 25000


@pytest.mark.slow
def test_she_writes_it_and_the_client_reads_it(desk: Desk) -> None:
    mira, leo = desk.provider(), desk.client()
    her, seat = Seat.of(mira, Audience.ADMIN), Seat.of(leo)
    steps: Values = {"hours1": "24", "percent1": "50", "graceMinutes": "30", "graceHours": "12"}
    html = her.follow(her.post(f"{her.room}/settings/policy", RULES | steps))
    assert 'value="30"' in html.partition('name="graceMinutes"')[2][:200]

    made = leo.ask(mira, START)
    policy = made.json["policy"]
    assert (policy["graceMinutes"], policy["graceHours"]) == (30, 12)
    desk.salon.do("accept", desk.salon.owner_of(escort_of(mira)), UUID(made.json["id"]))
    page = words(seat.page(f"/bookings/{made.json['id']}"))
    said = (
        "Cancelled within 30 minutes after it is confirmed, and 12 hours or more before it begins"
    )
    assert f"{said}: free." in page
    assert "Cancelling now is free. It is free until Mon 10 May, 14:30" in page


@pytest.mark.parametrize(
    ("values", "why"),
    [({"graceMinutes": "1441"}, "0 to 1440"), ({"graceMinutes": "-1"}, "0 to 1440"),
     ({"graceHours": "0"}, "1 to 168"), ({"graceHours": "soon"}, "number")],
    ids=["long", "negative", "no-hours", "no-number"],
)  # fmt: skip
def test_refused_at_its_field(desk: Desk, values: Values, why: str) -> None:
    her = Seat.of(desk.provider(), Audience.ADMIN)

    html = whole(her.post(f"{her.room}/settings/policy", RULES | values), 422)

    [field] = values
    assert why in wrong(html, f"policy-{field}")
