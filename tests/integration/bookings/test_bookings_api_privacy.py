"""Privacy of the booking API: 404 for other accounts, statuses and money for staff."""

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
from tests.factories.booking_api import BOOKINGS, ApiUser, ApiWorld
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
    """Log output of the functions during the test."""
    stream = StringIO()
    handler = logger().registered_handler
    assert isinstance(handler, StreamHandler)
    usual = handler.setStream(stream)
    yield stream
    handler.setStream(usual)


def routes() -> list[tuple[str, str]]:
    """Return method and path suffix of every route of one booking."""
    start = f"{BOOKINGS}/{{booking_id}}"
    return [
        (method, route.path.removeprefix(start))
        for route in served_routes(app)
        if route.path.startswith(start)
        for method in sorted(route.methods or ())
    ]


def confirmed(api: ApiWorld) -> tuple[ApiUser, ApiUser, str]:
    """Return a confirmed outcall booking with all private texts."""
    provider, client = api.provider(policy=NO_DEPOSIT), api.client()
    asked = client.ask(
        provider, START, venue="outcall", location=SECRETS[2], notes=SECRETS[0],
        specialRequests=SECRETS[1],
    )  # fmt: skip
    assert asked.status == 201, asked.text
    path = f"/{asked.json['id']}"
    assert client.put(f"{path}/note", {"note": SECRETS[3]}).status == 204
    assert provider.put(path, {"note": SECRETS[4]}).status == 200
    assert provider.post(f"{path}/accept").json["status"] == "confirmed"
    return provider, client, path


@pytest.mark.slow
def test_api_booking_of_others_is_not_found(api: ApiWorld) -> None:
    provider, client, path = confirmed(api)
    others = [api.client(), api.provider(policy=POLICY)]
    before = (provider.get(path).json, client.get(path).json)

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

    assert (provider.get(path).json, client.get(path).json) == before
    assert api.visitor().get(f"{BOOKINGS}{path}").status == 401


@pytest.mark.slow
def test_api_notes_and_addresses_are_per_participant(api: ApiWorld) -> None:
    provider, client, path = confirmed(api)

    for_provider, for_client = provider.get(path).json, client.get(path).json

    assert (for_provider["ownNote"], for_client["ownNote"]) == (SECRETS[4], SECRETS[3])
    assert for_provider["location"] == for_client["location"] == SECRETS[2]
    assert (for_provider["role"], for_client["role"]) == ("provider", "client")
    api.at(START + 9 * DAY)
    assert provider.get(path).json["location"] == ""


def test_api_incall_address_is_visible_once_confirmed(api: ApiWorld) -> None:
    provider, client = api.provider(policy=NO_DEPOSIT), api.client()
    assert provider.put("/settings/address", {"address": "Side door 4"}).status == 204
    path = f"/{client.ask(provider, START, location='anywhere').json['id']}"

    assert client.get(path).json["location"] == ""
    assert client.put(f"{path}/address", {"address": "x"}).status == 403
    provider.post(f"{path}/accept")
    assert client.get(path).json["location"] == "Side door 4"
    api.at(START + 10 * DAY)
    assert client.get(path).json["location"] == ""


def test_api_staff_sees_statuses_and_money_only(api: ApiWorld) -> None:
    _, _, path = confirmed(api)
    staff = api.staff()

    seen = staff.get(path)
    listed = staff.get("?status=confirmed").json["items"]

    assert (seen.json["role"], seen.json["status"]) == ("staff", "confirmed")
    assert (seen.json["amountMinor"], seen.json["paymentStatus"]) == (60000, "pending")
    assert [item["id"] for item in listed] == [path[1:]]
    for private_text in (*SECRETS, "dinner", "outcall"):
        assert private_text not in seen.text
        assert private_text not in str(listed)
    assert staff.put(f"{path}/note", {"note": "x"}).status == 403
    assert staff.post(f"{path}/accept").status == 403
    assert staff.get(f"{path}/cancellation").json["feeMinor"] == 0
    assert staff.post(f"{path}/cancel").json["status"] == "cancelled"


def test_api_staff_on_public_site_is_refused(api: ApiWorld) -> None:
    _, _, path = confirmed(api)
    staff = api.staff()
    staff.audience = Audience.SITE

    assert staff.get(path).status == 404
    assert staff.get("").json["items"] == []
    assert staff.post(f"{path}/cancel").status == 404


def test_api_provider_in_dashboard_realm_is_allowed(api: ApiWorld) -> None:
    provider, client = api.provider(policy=NO_DEPOSIT), api.client()
    path = f"/{client.ask(provider, START).json['id']}"
    provider.audience = Audience.ADMIN

    assert [item["id"] for item in provider.get("").json["items"]] == [path[1:]]
    assert provider.post(f"{path}/accept").json["role"] == "provider"


def test_api_private_texts_stay_out_of_events_and_logs(api: ApiWorld, log: StringIO) -> None:
    provider, client, path = confirmed(api)
    provider.put(f"{path}/status", {"status": "no-show", "reason": "Ring twice"})
    token = client.post("/feed").json["url"].rpartition("/")[2]
    assert api.visitor().get(f"{BOOKINGS}/feed/{token}").status == 200
    api.at(START + HOUR)
    provider.post(f"{path}/check-in")
    client.post(f"{path}/cancel", {"reason": "A rash"})

    with api.bookings.owner.transaction() as work:
        work.execute("UPDATE bookings.encrypted_fields SET sealed = 'x' WHERE field = 'message'")
    # A failure is logged with its type and stack, without values.
    assert provider.get(path).status == 500

    events, logged = str(api.bookings.outbox()), log.getvalue()
    with api.bookings.owner.transaction() as work:
        kept = str(work.execute("SELECT * FROM bookings.encrypted_fields").fetchall())

    assert "UnreadableDocument" in logged
    for secret in (*SECRETS, token, token.removesuffix(".ics")):
        assert secret not in events
        assert secret not in logged
        assert secret not in kept
