"""What people write has an end and nothing unseen in it, whichever way it comes; nor can it be guessed."""

from typing import Any
from uuid import UUID

import pytest

from bookings.domain.pricing import Ask
from bookings.domain.settings import Preferences, Question
from bookings.domain.venue import Venue
from bookings.service.callers import Caller
from kit.errors import Invalid
from kit.ids import new_id
from tests.factories.booking_api import Desk
from tests.factories.booking_pages import Seat, Values, hidden, whole, wrong
from tests.factories.bookings import DAY, NOON, POLICY, Salon

START = NOON + 3 * DAY
AWAY = Ask(("dinner",), 120, Venue.OUTCALL)
TURNED = "Long Street \u202e21"


@pytest.fixture
def escort(salon: Salon) -> UUID:
    escort = salon.provider()
    with salon.web.transaction() as work:
        asks = Preferences(questions=(Question("name", "How may I call you?", required=False),))
        salon.rules(work).save_preferences(salon.owner_of(escort).user_id, asks)
    return escort


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
def test_what_no_form_would_send(
    salon: Salon, escort: UUID, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        salon.ask(salon.client(), escort, START, ask=AWAY, **changes)

    assert caught.value.field == field
    assert salon.events() == []


def test_lines_are_kept_as_everywhere_else(salon: Salon, escort: UUID) -> None:
    asked = salon.ask(
        salon.client(), escort, START, message=" Two\r\nlines.\n", answers={"name": " "}
    )

    with salon.web.transaction() as work:
        view = salon.reading(work).one(salon.owner_of(escort), asked.id)
    assert (view.message, view.answers) == ("Two\nlines.", {})


def test_the_api_takes_as_much_as_the_pages(desk: Desk) -> None:
    mira, leo = desk.provider(policy=POLICY), desk.client()

    for field in ("notes", "specialRequests"):
        assert leo.ask(mira, START, **{field: "x" * 2000}).status == 201
        refused = leo.ask(mira, START, **{field: "x" * 2001})
        assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)


def test_a_form_made_by_hand_is_refused_at_its_field(desk: Desk) -> None:
    mira, leo = desk.provider(policy=POLICY), Seat.of(desk.client())
    new = f"/bookings/new/p-{mira.escort_id}"
    chosen: Values = {
        "service": "dinner", "duration": "120", "venue": "outcall",
        "start": f"{START.isoformat()}@berlin",
    }  # fmt: skip
    form = hidden(whole(leo.post(f"{new}/summary", chosen)))

    html = whole(
        leo.post(f"{new}/send", form, agree="true", address=TURNED, specialRequests="x" * 2001), 422
    )

    assert "nobody sees" in wrong(html, "address")
    assert "2000" in wrong(html, "specialRequests")


@pytest.mark.parametrize(
    ("action", "most", "field"),
    [("write_note", 2000, "note"), ("give_address", 500, "location"), ("cancel", 500, "reason")],
)
def test_what_is_written_later(
    salon: Salon, escort: UUID, action: str, most: int, field: str
) -> None:
    client = Caller(salon.client())
    asked = salon.ask(client.user_id, escort, START, ask=AWAY)

    for text in (TURNED, "x" * (most + 1)):
        with pytest.raises(Invalid) as caught:
            salon.do(action, client, asked.id, text)
        assert caught.value.field == field
    salon.do(action, client, asked.id, "x" * most)


def test_her_own_address_too(salon: Salon, escort: UUID) -> None:
    with pytest.raises(Invalid) as caught, salon.web.transaction() as work:
        salon.rules(work).save_address(salon.owner_of(escort).user_id, TURNED)

    assert caught.value.field == "address"


def test_a_key_says_nothing_about_what_was_written(salon: Salon, escort: UUID) -> None:
    """A plain digest would tell whoever guesses an address that the guess is right."""
    client = salon.client()
    fields: dict[str, Any] = {"key": "once", "ask": AWAY, "address": "12 Long Street"}
    first = salon.ask(client, escort, START, **fields)

    assert salon.ask(client, escort, START, **fields).id == first.id
    with pytest.raises(Invalid):
        salon.ask(client, escort, START, **{**fields, "address": "14 Long Street"})
    with salon.owner.transaction() as work:
        row = work.execute("SELECT fingerprint FROM bookings.idempotency_keys").fetchone()
    assert row is not None
    sealed, whose = bytes(row["fingerprint"]), {"key": "once", "user": str(client)}
    digest = salon.envelope.open(sealed, whose)
    assert len(digest) == 32
    assert digest not in sealed
    with pytest.raises(Exception, match="not for this context"):
        salon.envelope.open(sealed, whose | {"user": str(new_id())})
