"""Length limits and invisible characters in texts, and encrypted request fingerprints."""

from typing import Any
from uuid import UUID

import pytest

from bookings.domain.pricing import QuoteRequest
from bookings.domain.settings import BookingSettings, Question
from bookings.domain.venue import Venue
from bookings.service.actor import Caller
from kit.errors import Invalid
from kit.ids import new_id
from tests.factories.booking_api import ApiWorld
from tests.factories.booking_pages import PageClient, Values, hidden, private_page, wrong
from tests.factories.bookings import DAY, NOON, POLICY, BookingWorld

START = NOON + 3 * DAY
AWAY = QuoteRequest(("dinner",), 120, Venue.OUTCALL)
TURNED = "Long Street \u202e21"


@pytest.fixture
def profile_id(bookings: BookingWorld) -> UUID:
    profile_id = bookings.provider()
    with bookings.web.transaction() as work:
        asks = BookingSettings(questions=(Question("name", "How may I call you?", required=False),))
        bookings.settings(work).save_settings(bookings.owner_of(profile_id).user_id, asks)
    return profile_id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"message": "x" * 2001}, "notes"),
        ({"special_requests": "x" * 2001}, "specialRequests"),
        ({"address": "x" * 501}, "location"),
        ({"answers": {"name": "x" * 1001}}, "answers.name"),
        ({"message": "\x07"}, "notes"),
        ({"special_requests": TURNED}, "specialRequests"),
        ({"address": TURNED}, "location"),
        ({"answers": {"name": "Kim\x00"}}, "answers.name"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value,
)
def test_create_overlong_or_invisible_text_is_refused(
    bookings: BookingWorld, profile_id: UUID, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        bookings.ask(bookings.client(), profile_id, START, quote_request=AWAY, **changes)

    assert caught.value.field == field
    assert bookings.events() == []


def test_create_normalises_line_ends(bookings: BookingWorld, profile_id: UUID) -> None:
    asked = bookings.ask(
        bookings.client(), profile_id, START, message=" Two\r\nlines.\n", answers={"name": " "}
    )

    with bookings.web.transaction() as work:
        view = bookings.queries(work).get(bookings.owner_of(profile_id), asked.id)
    assert (view.message, view.answers) == ("Two\nlines.", {})


def test_api_and_pages_share_text_limits(api: ApiWorld) -> None:
    provider, client = api.provider(policy=POLICY), api.client()

    for field in ("notes", "specialRequests"):
        assert client.ask(provider, START, **{field: "x" * 2000}).status == 201
        refused = client.ask(provider, START, **{field: "x" * 2001})
        assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)


def test_handmade_form_invalid_text_names_field(api: ApiWorld) -> None:
    provider, client = api.provider(policy=POLICY), PageClient.from_user(api.client())
    new = f"/bookings/new/p-{provider.profile_id}"
    chosen: Values = {
        "service": "dinner", "duration": "120", "venue": "outcall",
        "start": f"{START.isoformat()}@berlin",
    }  # fmt: skip
    form = hidden(private_page(client.post(f"{new}/summary", chosen)))

    html = private_page(
        client.post(f"{new}/send", form, agree="true", address=TURNED, specialRequests="x" * 2001),
        422,
    )

    assert "invisible characters" in wrong(html, "address")
    assert "2000" in wrong(html, "specialRequests")


@pytest.mark.parametrize(
    ("action", "most", "field"),
    [("save_note", 2000, "note"), ("save_address", 500, "location"), ("cancel", 500, "reason")],
)
def test_later_texts_are_validated(
    bookings: BookingWorld, profile_id: UUID, action: str, most: int, field: str
) -> None:
    client = Caller(bookings.client())
    asked = bookings.ask(client.user_id, profile_id, START, quote_request=AWAY)

    for text in (TURNED, "x" * (most + 1)):
        with pytest.raises(Invalid) as caught:
            bookings.do(action, client, asked.id, text)
        assert caught.value.field == field
    bookings.do(action, client, asked.id, "x" * most)


def test_incall_address_invisible_characters_are_refused(
    bookings: BookingWorld, profile_id: UUID
) -> None:
    with pytest.raises(Invalid) as caught, bookings.web.transaction() as work:
        bookings.settings(work).save_address(bookings.owner_of(profile_id).user_id, TURNED)

    assert caught.value.field == "address"


def test_idempotency_fingerprint_is_encrypted(bookings: BookingWorld, profile_id: UUID) -> None:
    """A plain digest would confirm a guessed address."""
    client = bookings.client()
    fields: dict[str, Any] = {"key": "once", "quote_request": AWAY, "address": "12 Long Street"}
    first = bookings.ask(client, profile_id, START, **fields)

    assert bookings.ask(client, profile_id, START, **fields).id == first.id
    with pytest.raises(Invalid):
        bookings.ask(client, profile_id, START, **{**fields, "address": "14 Long Street"})
    with bookings.owner.transaction() as work:
        row = work.execute("SELECT fingerprint FROM bookings.idempotency_keys").fetchone()
    assert row is not None
    sealed, whose = bytes(row["fingerprint"]), {"key": "once", "user": str(client)}
    digest = bookings.envelope.open(sealed, whose)
    assert len(digest) == 32
    assert digest not in sealed
    with pytest.raises(Exception, match="not for this context"):
        bookings.envelope.open(sealed, whose | {"user": str(new_id())})
