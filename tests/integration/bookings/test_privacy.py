"""Who sees what of a booking, and what nobody but its two sides ever does."""

from collections.abc import Callable

import psycopg
import pytest

from bookings.domain.policy import Policy, Step
from bookings.domain.pricing import Ask, Extra, When
from bookings.domain.settings import Preferences, Question
from bookings.domain.transitions import Actor, Status
from bookings.domain.venue import Venue
from bookings.pages.presenter import what_next
from bookings.service.callers import Caller
from bookings.service.queries import Query, View
from kit.db import Database
from kit.errors import Conflict, Forbidden, Invalid
from kit.ids import new_id
from kit.money import Money
from tests.factories.bookings import DAY, HOUR, NOON, Salon

START = NOON + 3 * DAY
SECRETS = {
    "address": "12 Long Street", "message": "I like tea.", "special_requests": "Lilies, please.",
}  # fmt: skip


def seen(salon: Salon, caller: Caller, booking_id: object) -> View:
    with salon.web.transaction() as work:
        return salon.reading(work).one(caller, booking_id)  # type: ignore[arg-type]


def test_an_address_is_seen_from_confirmation_until_some_days_after(salon: Salon) -> None:
    escort, client = salon.provider(), Caller(salon.client())
    provider, staff = salon.owner_of(escort), Caller(new_id(), staff=True)
    asked = salon.ask(
        client.user_id, escort, START, ask=Ask(("dinner",), 120, Venue.OUTCALL), **SECRETS
    )

    assert seen(salon, provider, asked.id).address == ""
    assert seen(salon, client, asked.id).address == SECRETS["address"]
    salon.do("accept", provider, asked.id)
    salon.do("give_address", client, asked.id, "14 Long Street")
    assert seen(salon, provider, asked.id).address == "14 Long Street"
    assert seen(salon, staff, asked.id).address == ""
    salon.clock.to(START)
    salon.do("complete", provider, asked.id)
    salon.clock.to(asked.span.end + 7 * DAY)
    assert seen(salon, provider, asked.id).address == ""  # whether or not the timer has run


def test_hers_is_seen_by_who_comes_to_her(salon: Salon) -> None:
    escort, client = salon.provider(), Caller(salon.client())
    provider = salon.owner_of(escort)
    with salon.web.transaction() as work:
        salon.rules(work).save_address(provider.user_id, "Bell 3, second floor")
        assert salon.rules(work).address(provider.user_id) == "Bell 3, second floor"
    asked = salon.ask(client.user_id, escort, START)

    assert seen(salon, client, asked.id).address == ""
    salon.do("accept", provider, asked.id)
    assert seen(salon, client, asked.id).address == "Bell 3, second floor"
    with pytest.raises(Forbidden):
        salon.do("give_address", client, asked.id, "elsewhere")


@pytest.mark.parametrize("how", ["complete", "no_show", "unsaid"])
def test_where_she_went_since_is_not_for_who_was_there(salon: Salon, how: str) -> None:
    escort, client = salon.provider(), Caller(salon.client())
    provider = salon.owner_of(escort)
    with salon.web.transaction() as work:
        salon.rules(work).save_address(provider.user_id, "Bell 3")
    met = salon.ask(client.user_id, escort, START)
    salon.do("accept", provider, met.id)
    salon.clock.to(met.span.end - HOUR / 4)
    assert seen(salon, client, met.id).address == "Bell 3"

    assert what_next(seen(salon, client, met.id)).startswith("It began ")
    if how == "unsaid":
        salon.clock.to(met.span.end)
    else:
        salon.do(how, provider, met.id)
    with salon.web.transaction() as work:
        salon.rules(work).save_address(provider.user_id, "Bell 9, another street")
    assert seen(salon, client, met.id).address == ""
    assert seen(salon, provider, met.id).address == "Bell 9, another street"


def test_who_comes_to_her_leaves_no_address(salon: Salon) -> None:
    escort, client = salon.provider(), Caller(salon.client())
    asked = salon.ask(client.user_id, escort, START, **SECRETS)
    with salon.owner.transaction() as work:
        parts = work.execute(
            "SELECT part FROM bookings.private_parts WHERE booking_id = %s ORDER BY part",
            (asked.id,),
        ).fetchall()
    assert [row["part"] for row in parts] == ["message", "special-requests"]


def test_notes_are_ones_own(salon: Salon) -> None:
    escort, client = salon.provider(), Caller(salon.client())
    provider, staff = salon.owner_of(escort), Caller(new_id(), staff=True)
    asked = salon.ask(client.user_id, escort, START, **SECRETS)
    salon.do("write_note", client, asked.id, "Ask for the blue room.")
    salon.do("write_note", provider, asked.id, "Polite on the phone.")

    assert seen(salon, client, asked.id).note == "Ask for the blue room."
    assert seen(salon, provider, asked.id).note == "Polite on the phone."
    assert seen(salon, provider, asked.id).message == SECRETS["message"]
    view = seen(salon, staff, asked.id)
    assert (view.note, view.message, view.special_requests, view.answers) == ("", "", "", {})
    salon.do("write_note", provider, asked.id, "")
    assert seen(salon, provider, asked.id).note == ""


def test_nothing_private_is_readable_in_the_database_or_told(salon: Salon) -> None:
    escort, client = salon.provider(), Caller(salon.client())
    asked = salon.ask(client.user_id, escort, START, **SECRETS)
    salon.do("accept", salon.owner_of(escort), asked.id)
    salon.do("cancel", client, asked.id, "My train.")
    assert seen(salon, salon.owner_of(escort), asked.id).booking.reason == "My train."
    assert seen(salon, Caller(new_id(), staff=True), asked.id).booking.reason == ""

    with salon.owner.transaction() as work:
        dump = "".join(
            str(work.execute(f"SELECT * FROM bookings.{table}").fetchall())
            for table in ("bookings", "private_parts", "booking_history", "timers", "providers")
        )
    told = str(salon.outbox())
    for secret in (*SECRETS.values(), "My train."):
        assert secret not in dump
        assert secret not in told


def test_her_questions_are_answered_before_she_is_asked(salon: Salon) -> None:
    escort, client = salon.provider(), Caller(salon.client())
    provider = salon.owner_of(escort)
    questions = (Question("name", "How may I call you?"), Question("song", "A song?", False))
    with salon.web.transaction() as work:
        salon.rules(work).save_preferences(provider.user_id, Preferences(questions=questions))

    with pytest.raises(Invalid) as caught:
        salon.ask(client.user_id, escort, START, answers={"song": "Any."})
    assert caught.value.field == "answers.name"
    asked = salon.ask(client.user_id, escort, START, answers={"name": "Kim"})
    assert seen(salon, provider, asked.id).answers == {"name": "Kim"}


def test_rules_are_versioned_and_kept_with_the_booking(salon: Salon) -> None:
    escort, client = salon.provider(), Caller(salon.client())
    provider = salon.owner_of(escort)
    asked = salon.ask(client.user_id, escort, START)
    strict = Policy(0, (Step(72, 100),), deposit_percent=50)
    flowers = Extra("taxi", "Taxi", Money(2000, "EUR"), When.OUTCALL)
    with salon.web.transaction() as work:
        rules = salon.rules(work)
        assert rules.save_policy(provider.user_id, strict).policy.version == 1
        assert rules.save_policy(provider.user_id, strict).policy.version == 1
        rules.save_preferences(provider.user_id, Preferences(buffer_after=60, extras=(flowers,)))
        assert rules.read(provider.user_id).preferences.extras == (flowers,)

    with pytest.raises(Conflict) as caught:
        salon.ask(client.user_id, escort, START, policy_version=0)
    assert caught.value.field == "policyVersion"
    assert salon.do("accept", provider, asked.id).status is Status.CONFIRMED
    later = salon.ask(client.user_id, escort, START + DAY)
    assert (later.policy.version, later.deposit) == (1, Money(25000, "EUR"))
    assert later.padded.end - later.span.end == HOUR


def test_lists_are_ones_own_in_pages(salon: Salon) -> None:
    escort, client, other = salon.provider(), Caller(salon.client()), Caller(salon.client())
    provider = salon.owner_of(escort)
    asked = [salon.ask(client.user_id, escort, START + n * DAY).id for n in range(5)]
    salon.ask(other.user_id, escort, START)
    salon.do("decline", provider, asked[4])

    def pages(caller: Caller, side: Actor, **filters: object) -> list[object]:
        found: list[object] = []
        cursor = None
        for _ in range(9):
            query = Query(side, cursor=cursor, limit=2, **filters)  # type: ignore[arg-type]
            with salon.web.transaction() as work:
                page = salon.reading(work).page(caller, query)
            found += [booking.id for booking in page.bookings]
            assert all(page.names[booking.escort_id][0] == "Mira" for booking in page.bookings)
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
        ("bookings_web", "UPDATE bookings.bookings SET amount = 1"),
        ("bookings_web", "UPDATE bookings.bookings SET period = padded"),
        ("bookings_web", "UPDATE bookings.booking_history SET action = 'x'"),
        ("bookings_web", "SELECT FROM escorts.profiles"),
        ("bookings_web", "SELECT FROM auth.users"),
        ("bookings_consumer", "SELECT sealed FROM bookings.private_parts"),
        ("bookings_scheduled", "SELECT sealed FROM bookings.private_parts"),
        ("bookings_scheduled", "INSERT INTO bookings.bookings DEFAULT VALUES"),
        ("bookings_consumer", "SELECT address_sealed FROM bookings.providers"),
        ("bookings_scheduled", "SELECT address_sealed FROM bookings.providers"),
        ("bookings_scheduled", "SELECT preferences FROM bookings.providers"),
        ("bookings_consumer", "SELECT token_hash FROM bookings.feeds"),
        ("bookings_consumer", "SELECT role FROM auth.accounts_v1"),
        ("escorts_web", "SELECT FROM bookings.bookings"),
    ],
)
def test_no_role_may_more_than_it_must(
    database_as: Callable[[str], Database], role: str, statement: str
) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        database_as(role).transaction() as work,
    ):
        work.execute(statement)
