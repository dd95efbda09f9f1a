"""Visibility of booking data per participant, and database privileges."""

from collections.abc import Callable

import psycopg
import pytest

from bookings.domain.policy import Policy, PolicyStep
from bookings.domain.pricing import Extra, ExtraTrigger, QuoteRequest
from bookings.domain.settings import BookingSettings, Question
from bookings.domain.transitions import Actor, Status
from bookings.domain.venue import Venue
from bookings.pages.transitions import next_step
from bookings.service.actor import Caller
from bookings.service.queries import BookingDetail, BookingFilter
from kit.db import Database
from kit.errors import Conflict, Forbidden, Invalid
from kit.ids import new_id
from kit.money import Money
from tests.factories.bookings import DAY, HOUR, NOON, BookingWorld

START = NOON + 3 * DAY
SECRETS = {
    "address": "12 Long Street", "message": "I like tea.", "special_requests": "Lilies, please.",
}  # fmt: skip


def get_booking(bookings: BookingWorld, caller: Caller, booking_id: object) -> BookingDetail:
    with bookings.web.transaction() as work:
        return bookings.queries(work).get(caller, booking_id)  # type: ignore[arg-type]


def test_client_address_is_visible_from_confirmation_for_some_days(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), Caller(bookings.client())
    provider, staff = bookings.owner_of(profile_id), Caller(new_id(), staff=True)
    asked = bookings.ask(
        client.user_id,
        profile_id,
        START,
        quote_request=QuoteRequest(("dinner",), 120, Venue.OUTCALL),
        **SECRETS,
    )

    assert get_booking(bookings, provider, asked.id).address == ""
    assert get_booking(bookings, client, asked.id).address == SECRETS["address"]
    bookings.do("accept", provider, asked.id)
    bookings.do("save_address", client, asked.id, "14 Long Street")
    assert get_booking(bookings, provider, asked.id).address == "14 Long Street"
    assert get_booking(bookings, staff, asked.id).address == ""
    bookings.clock.set_time(START)
    bookings.do("complete", provider, asked.id)
    bookings.clock.set_time(asked.period.end + 7 * DAY)
    assert (
        get_booking(bookings, provider, asked.id).address == ""
    )  # whether or not the timer has run


def test_incall_address_is_visible_to_confirmed_client(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), Caller(bookings.client())
    provider = bookings.owner_of(profile_id)
    with bookings.web.transaction() as work:
        bookings.settings(work).save_address(provider.user_id, "Bell 3, second floor")
        assert bookings.settings(work).address(provider.user_id) == "Bell 3, second floor"
    asked = bookings.ask(client.user_id, profile_id, START)

    assert get_booking(bookings, client, asked.id).address == ""
    bookings.do("accept", provider, asked.id)
    assert get_booking(bookings, client, asked.id).address == "Bell 3, second floor"
    with pytest.raises(Forbidden):
        bookings.do("save_address", client, asked.id, "elsewhere")


@pytest.mark.parametrize("how", ["complete", "no-show", "unsaid"])
def test_incall_address_is_hidden_after_meeting(bookings: BookingWorld, how: str) -> None:
    profile_id, client = bookings.provider(), Caller(bookings.client())
    provider = bookings.owner_of(profile_id)
    with bookings.web.transaction() as work:
        bookings.settings(work).save_address(provider.user_id, "Bell 3")
    met = bookings.ask(client.user_id, profile_id, START)
    bookings.do("accept", provider, met.id)
    bookings.clock.set_time(met.period.end - HOUR / 4)
    assert get_booking(bookings, client, met.id).address == "Bell 3"

    assert next_step(get_booking(bookings, client, met.id)).startswith("It started on ")
    if how == "unsaid":
        bookings.clock.set_time(met.period.end)
    else:
        bookings.do(how, provider, met.id)
    with bookings.web.transaction() as work:
        bookings.settings(work).save_address(provider.user_id, "Bell 9, another street")
    assert get_booking(bookings, client, met.id).address == ""
    assert get_booking(bookings, provider, met.id).address == "Bell 9, another street"


def test_incall_request_stores_no_client_address(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), Caller(bookings.client())
    asked = bookings.ask(client.user_id, profile_id, START, **SECRETS)
    with bookings.owner.transaction() as work:
        parts = work.execute(
            "SELECT field FROM bookings.encrypted_fields WHERE booking_id = %s ORDER BY field",
            (asked.id,),
        ).fetchall()
    assert [row["field"] for row in parts] == ["message", "special-requests"]


def test_notes_are_private_per_participant(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), Caller(bookings.client())
    provider, staff = bookings.owner_of(profile_id), Caller(new_id(), staff=True)
    asked = bookings.ask(client.user_id, profile_id, START, **SECRETS)
    bookings.do("save_note", client, asked.id, "Ask for the blue room.")
    bookings.do("save_note", provider, asked.id, "Polite on the phone.")

    assert get_booking(bookings, client, asked.id).note == "Ask for the blue room."
    assert get_booking(bookings, provider, asked.id).note == "Polite on the phone."
    assert get_booking(bookings, provider, asked.id).message == SECRETS["message"]
    view = get_booking(bookings, staff, asked.id)
    assert (view.note, view.message, view.special_requests, view.answers) == ("", "", "", {})
    bookings.do("save_note", provider, asked.id, "")
    assert get_booking(bookings, provider, asked.id).note == ""


def test_private_texts_are_encrypted_and_not_published(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), Caller(bookings.client())
    asked = bookings.ask(client.user_id, profile_id, START, **SECRETS)
    bookings.do("accept", bookings.owner_of(profile_id), asked.id)
    bookings.do("cancel", client, asked.id, "My train.")
    assert (
        get_booking(bookings, bookings.owner_of(profile_id), asked.id).booking.reason == "My train."
    )
    assert get_booking(bookings, Caller(new_id(), staff=True), asked.id).booking.reason == ""

    with bookings.owner.transaction() as work:
        dump = "".join(
            str(work.execute(f"SELECT * FROM bookings.{table}").fetchall())
            for table in ("bookings", "encrypted_fields", "booking_history", "timers", "providers")
        )
    events = str(bookings.outbox())
    for secret in (*SECRETS.values(), "My train."):
        assert secret not in dump
        assert secret not in events


def test_request_without_required_answer_is_refused(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), Caller(bookings.client())
    provider = bookings.owner_of(profile_id)
    questions = (Question("name", "How may I call you?"), Question("song", "A song?", False))
    with bookings.web.transaction() as work:
        bookings.settings(work).save_settings(
            provider.user_id, BookingSettings(questions=questions)
        )

    with pytest.raises(Invalid) as caught:
        bookings.ask(client.user_id, profile_id, START, answers={"song": "Any."})
    assert caught.value.field == "answers.name"
    asked = bookings.ask(client.user_id, profile_id, START, answers={"name": "Kim"})
    assert get_booking(bookings, provider, asked.id).answers == {"name": "Kim"}


def test_policy_is_versioned_and_stored_with_booking(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), Caller(bookings.client())
    provider = bookings.owner_of(profile_id)
    asked = bookings.ask(client.user_id, profile_id, START)
    strict = Policy(0, (PolicyStep(72, 100),), deposit_percent=50)
    flowers = Extra("taxi", "Taxi", Money(2000, "EUR"), ExtraTrigger.OUTCALL)
    with bookings.web.transaction() as work:
        rules = bookings.settings(work)
        assert rules.save_policy(provider.user_id, strict).policy.version == 1
        assert rules.save_policy(provider.user_id, strict).policy.version == 1
        rules.save_settings(provider.user_id, BookingSettings(buffer_after=60, extras=(flowers,)))
        assert rules.get(provider.user_id).settings.extras == (flowers,)

    with pytest.raises(Conflict) as caught:
        bookings.ask(client.user_id, profile_id, START, policy_version=0)
    assert caught.value.field == "policyVersion"
    assert bookings.do("accept", provider, asked.id).status is Status.CONFIRMED
    later = bookings.ask(client.user_id, profile_id, START + DAY)
    assert (later.policy.version, later.deposit) == (1, Money(25000, "EUR"))
    assert later.buffered_period.end - later.period.end == HOUR


def test_list_page_returns_own_bookings_only(bookings: BookingWorld) -> None:
    profile_id, client, other = (
        bookings.provider(),
        Caller(bookings.client()),
        Caller(bookings.client()),
    )
    provider = bookings.owner_of(profile_id)
    asked = [bookings.ask(client.user_id, profile_id, START + n * DAY).id for n in range(5)]
    bookings.ask(other.user_id, profile_id, START)
    bookings.do("decline", provider, asked[4])

    def pages(caller: Caller, side: Actor, **filters: object) -> list[object]:
        found: list[object] = []
        cursor = None
        for _ in range(9):
            query = BookingFilter(side, cursor=cursor, limit=2, **filters)  # type: ignore[arg-type]
            with bookings.web.transaction() as work:
                page = bookings.queries(work).list_page(caller, query)
            found += [booking.id for booking in page.bookings]
            assert all(page.names[booking.profile_id][0] == "Mira" for booking in page.bookings)
            cursor = page.next_cursor
            if cursor is None:
                break
        return found

    assert pages(client, Actor.CLIENT) == asked
    assert pages(client, Actor.CLIENT, newest_first=True) == asked[::-1]
    assert pages(client, Actor.CLIENT, statuses=(Status.REQUESTED,)) == asked[:4]
    assert len(pages(provider, Actor.PROVIDER)) == 6
    assert pages(client, Actor.PROVIDER) == []
    assert len(pages(Caller(new_id(), staff=True), Actor.STAFF)) == 6
    with pytest.raises(Invalid):
        pages(client, Actor.STAFF)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("bookings_web", "DELETE FROM bookings.bookings"),
        ("bookings_web", "UPDATE bookings.bookings SET amount_minor = 1"),
        ("bookings_web", "UPDATE bookings.bookings SET period = buffered_period"),
        ("bookings_web", "UPDATE bookings.booking_history SET action = 'x'"),
        ("bookings_web", "SELECT FROM escorts.profiles"),
        ("bookings_web", "SELECT FROM auth.users"),
        ("bookings_consumer", "SELECT sealed FROM bookings.encrypted_fields"),
        ("bookings_scheduled", "SELECT sealed FROM bookings.encrypted_fields"),
        ("bookings_scheduled", "INSERT INTO bookings.bookings DEFAULT VALUES"),
        ("bookings_consumer", "SELECT address_sealed FROM bookings.providers"),
        ("bookings_scheduled", "SELECT address_sealed FROM bookings.providers"),
        ("bookings_scheduled", "SELECT settings FROM bookings.providers"),
        ("bookings_consumer", "SELECT token_hash FROM bookings.feeds"),
        ("bookings_consumer", "SELECT role FROM auth.accounts_v1"),
        ("escorts_web", "SELECT FROM bookings.bookings"),
    ],
)
def test_database_roles_lack_unneeded_privileges(
    database_as: Callable[[str], Database], role: str, statement: str
) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        database_as(role).transaction() as work,
    ):
        work.execute(statement)
