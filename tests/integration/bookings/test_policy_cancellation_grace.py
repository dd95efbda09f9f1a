"""Free cancellation shortly after confirmation, if the policy allows it."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from bookings.domain.policy import Policy
from bookings.domain.transitions import Status
from bookings.service.actor import Caller
from kit.auth import Audience
from kit.errors import Conflict
from tests.factories.booking_api import ApiWorld
from tests.factories.booking_pages import (
    PageClient,
    Values,
    private_page,
    profile_id_of,
    words,
    wrong,
)
from tests.factories.bookings import HOUR, NO_DEPOSIT, NOON, BookingWorld

MINUTE = timedelta(minutes=1)
START = NOON + 20 * HOUR
GRACE = replace(NO_DEPOSIT, grace_minutes=30, grace_hours=12)
RULES: Values = {"depositPercent": "0", "depositHours": "24", "noShowPercent": "100"}


def confirmed(bookings: BookingWorld, policy: Policy = GRACE) -> tuple[Caller, Caller, UUID]:
    """Return the provider, the client, and a booking confirmed now."""
    profile_id, client = bookings.provider(policy=policy), Caller(bookings.client())
    asked = bookings.ask(client.user_id, profile_id, START)
    bookings.do("accept", bookings.owner_of(profile_id), asked.id)
    return bookings.owner_of(profile_id), client, asked.id


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
def test_cancel_within_grace_period_is_free(
    bookings: BookingWorld, policy: Policy, minutes: int, fee: int
) -> None:
    _, client, booking = confirmed(bookings, policy)
    bookings.clock.set_time(bookings.clock() + minutes * MINUTE)

    assert bookings.do("preview_cancellation", client, booking).fee.minor_units == fee
    after = bookings.do("cancel", client, booking)
    assert (after.status, after.fee.minor_units) == (Status.CANCELLED, fee)


def test_cancel_after_grace_with_shown_fee_raises_conflict(bookings: BookingWorld) -> None:
    _, client, booking = confirmed(bookings)
    bookings.clock.set_time(bookings.clock() + 31 * MINUTE)

    with pytest.raises(Conflict) as caught:
        bookings.do("cancel", client, booking, "", 0)

    assert caught.value.code == "fee-changed"


def test_reschedule_does_not_restart_grace_period(bookings: BookingWorld) -> None:
    provider, client, booking = confirmed(bookings)
    bookings.clock.set_time(bookings.clock() + 25 * MINUTE)
    proposal = bookings.do("propose", client, booking, START + HOUR)
    moved = bookings.do("accept_proposal", provider, booking, proposal.id)

    assert bookings.do("preview_cancellation", client, moved.id).fee.minor_units == 0
    bookings.clock.set_time(bookings.clock() + 5 * MINUTE)
    assert bookings.do("preview_cancellation", client, moved.id).fee.minor_units == 25000


def test_stored_policy_without_grace_charges_fee(bookings: BookingWorld) -> None:
    _, client, booking = confirmed(bookings)
    with bookings.owner.transaction() as work:
        work.execute("UPDATE bookings.bookings SET policy = policy - 'graceMinutes' - 'graceHours'")

    assert bookings.do("preview_cancellation", client, booking).fee.minor_units == 25000


@pytest.mark.slow
def test_pages_grace_period_set_by_provider_is_shown_to_client(api: ApiWorld) -> None:
    provider, client = api.provider(), api.client()
    page_client, seat = PageClient.from_user(provider, Audience.ADMIN), PageClient.from_user(client)
    steps: Values = {"hours1": "24", "percent1": "50", "graceMinutes": "30", "graceHours": "12"}
    html = page_client.follow(
        page_client.post(f"{page_client.bookings_path}/settings/policy", RULES | steps)
    )
    assert 'value="30"' in html.partition('name="graceMinutes"')[2][:200]

    made = client.ask(provider, START)
    policy = made.json["policy"]
    assert (policy["graceMinutes"], policy["graceHours"]) == (30, 12)
    api.bookings.do("accept", api.bookings.owner_of(profile_id_of(provider)), UUID(made.json["id"]))
    page = words(seat.page(f"/bookings/{made.json['id']}"))
    text = "Cancelled within 30 minutes after confirmation, and 12 hours or more before the start"
    assert f"{text}: free." in page
    assert "Cancelling now is free. It is free until Mon 10 May, 14:30" in page


@pytest.mark.parametrize(
    ("values", "why"),
    [({"graceMinutes": "1441"}, "0 to 1440"), ({"graceMinutes": "-1"}, "0 to 1440"),
     ({"graceHours": "0"}, "1 to 168"), ({"graceHours": "soon"}, "number")],
    ids=["long", "negative", "no-hours", "no-number"],
)  # fmt: skip
def test_pages_invalid_grace_period_names_field(api: ApiWorld, values: Values, why: str) -> None:
    page_client = PageClient.from_user(api.provider(), Audience.ADMIN)

    html = private_page(
        page_client.post(f"{page_client.bookings_path}/settings/policy", RULES | values), 422
    )

    [field] = values
    assert why in wrong(html, f"policy-{field}")
