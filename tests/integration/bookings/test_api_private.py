"""What is between two people stays there: for others a booking is not there, staff see states and money."""

from collections.abc import Iterator
from io import StringIO
from logging import StreamHandler
from typing import Any

import pytest

from bookings.handler import app
from kit.auth import Audience
from kit.http.app import served_routes
from kit.ids import new_id
from kit.observability import logger
from tests.factories.booking_api import BOOKINGS, Desk, Guest
from tests.factories.bookings import DAY, HOUR, NO_DEPOSIT, NOON, POLICY

START = NOON + 3 * DAY
SECRETS = ("I like tea.", "No perfume.", "Hotel Adler", "Ring twice", "A rash")
BODIES: dict[str, dict[str, Any]] = {
    "PUT ": {"note": "mine"},
    "PUT /status": {"status": "cancelled"},
    "PUT /note": {"note": "mine"},
    "PUT /address": {"address": "mine"},
    "POST /propose": {"start": START.isoformat()},
    "POST /accept-proposal": {"proposalId": str(new_id())},
}


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the functions log during the test."""
    stream = StringIO()
    handler = logger().registered_handler
    assert isinstance(handler, StreamHandler)
    usual = handler.setStream(stream)
    yield stream
    handler.setStream(usual)


def routes() -> list[tuple[str, str]]:
    """Method and end of every route of one booking."""
    start = f"{BOOKINGS}/{{booking_id}}"
    return [
        (method, route.path.removeprefix(start))
        for route in served_routes(app)
        if route.path.startswith(start)
        for method in sorted(route.methods or ())
    ]


def confirmed(desk: Desk) -> tuple[Guest, Guest, str]:
    """A booking at the client's, with all that is private."""
    mira, client = desk.provider(policy=NO_DEPOSIT), desk.client()
    asked = client.ask(
        mira, START, venue="outcall", location=SECRETS[2], notes=SECRETS[0],
        specialRequests=SECRETS[1],
    )  # fmt: skip
    assert asked.status == 201, asked.text
    path = f"/{asked.json['id']}"
    assert client.put(f"{path}/note", {"note": SECRETS[3]}).status == 204
    assert mira.put(path, {"note": SECRETS[4]}).status == 200
    assert mira.post(f"{path}/accept").json["status"] == "confirmed"
    return mira, client, path


@pytest.mark.slow
def test_for_others_it_is_not_there(desk: Desk) -> None:
    mira, client, path = confirmed(desk)
    others = [desk.client(), desk.provider(policy=POLICY)]
    before = (mira.get(path).json, client.get(path).json)

    for other in others:
        for method, end in routes():
            body = BODIES.get(f"{method} {end}")
            here = other.send(method, f"{path}{end}", json=body)
            nowhere = other.send(method, f"/{new_id()}{end}", json=body)
            assert here.status == nowhere.status, (other.role, method, end)
            assert here.status in {403, 404}, (other.role, method, end, here.text)
            if here.status == 404:
                assert here.problem["code"] == "no-such-booking"
        assert other.get("").json["items"] == []

    assert (mira.get(path).json, client.get(path).json) == before
    assert desk.visitor().get(f"{BOOKINGS}{path}").status == 401


@pytest.mark.slow
def test_each_side_has_its_own_note_and_address(desk: Desk) -> None:
    mira, client, path = confirmed(desk)

    hers, theirs = mira.get(path).json, client.get(path).json

    assert (hers["ownNote"], theirs["ownNote"]) == (SECRETS[4], SECRETS[3])
    assert hers["location"] == theirs["location"] == SECRETS[2]
    assert (hers["role"], theirs["role"]) == ("provider", "client")
    desk.at(START + 9 * DAY)
    assert mira.get(path).json["location"] == ""


def test_an_incalls_address_is_told_once_confirmed(desk: Desk) -> None:
    mira, client = desk.provider(policy=NO_DEPOSIT), desk.client()
    assert mira.put("/settings/address", {"address": "Side door 4"}).status == 204
    path = f"/{client.ask(mira, START, location='anywhere').json['id']}"

    assert client.get(path).json["location"] == ""
    assert client.put(f"{path}/address", {"address": "x"}).status == 403
    mira.post(f"{path}/accept")
    assert client.get(path).json["location"] == "Side door 4"
    desk.at(START + 10 * DAY)
    assert client.get(path).json["location"] == ""


def test_staff_see_states_and_money(desk: Desk) -> None:
    _, _, path = confirmed(desk)
    staff = desk.staff()

    seen = staff.get(path)
    listed = staff.get("?status=confirmed").json["items"]

    assert (seen.json["role"], seen.json["status"]) == ("staff", "confirmed")
    assert (seen.json["amountMinor"], seen.json["paymentStatus"]) == (60000, "pending")
    assert [item["id"] for item in listed] == [path[1:]]
    for told in (*SECRETS, "dinner", "outcall"):
        assert told not in seen.text
        assert told not in str(listed)
    assert staff.put(f"{path}/note", {"note": "x"}).status == 403
    assert staff.post(f"{path}/accept").status == 403
    assert staff.get(f"{path}/cancellation").json["feeMinor"] == 0
    assert staff.post(f"{path}/cancel").json["status"] == "cancelled"


def test_staff_on_the_public_site_are_visitors(desk: Desk) -> None:
    _, _, path = confirmed(desk)
    staff = desk.staff()
    staff.audience = Audience.SITE

    assert staff.get(path).status == 404
    assert staff.get("").json["items"] == []
    assert staff.post(f"{path}/cancel").status == 404


def test_a_provider_does_the_same_in_her_own_room(desk: Desk) -> None:
    mira, client = desk.provider(policy=NO_DEPOSIT), desk.client()
    path = f"/{client.ask(mira, START).json['id']}"
    mira.audience = Audience.ADMIN

    assert [item["id"] for item in mira.get("").json["items"]] == [path[1:]]
    assert mira.post(f"{path}/accept").json["role"] == "provider"


def test_nothing_private_leaves_by_another_door(desk: Desk, log: StringIO) -> None:
    mira, client, path = confirmed(desk)
    mira.put(f"{path}/status", {"status": "no-show", "reason": "Ring twice"})
    token = client.post("/feed").json["url"].rpartition("/")[2]
    assert desk.visitor().get(f"{BOOKINGS}/feed/{token}").status == 200
    desk.at(START + HOUR)
    mira.post(f"{path}/check-in")
    client.post(f"{path}/cancel", {"reason": "A rash"})

    with desk.salon.owner.transaction() as work:
        work.execute("UPDATE bookings.private_parts SET sealed = 'x' WHERE part = 'message'")
    # A failure is logged by its kind and place.
    assert mira.get(path).status == 500

    events, logged = str(desk.salon.outbox()), log.getvalue()
    with desk.salon.owner.transaction() as work:
        kept = str(work.execute("SELECT * FROM bookings.private_parts").fetchall())

    assert "UnreadableDocument" in logged
    for secret in (*SECRETS, token, token.removesuffix(".ics")):
        assert secret not in events
        assert secret not in logged
        assert secret not in kept
