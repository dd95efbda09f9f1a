"""What happens when nobody does anything."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bookings.domain.booking import REMINDERS
from bookings.domain.pricing import Ask
from bookings.domain.spans import Span
from bookings.domain.transitions import Status, Timer
from bookings.domain.venue import Venue
from bookings.repository.encrypted_fields import Part
from bookings.service.callers import Caller
from bookings.service.timers import Timekeeping
from bookings.service.waitlist import OwnWaiting
from kit.db import Database
from kit.errors import Conflict
from tests.factories.bookings import DAY, HOUR, NOON, POLICY, Salon

START = NOON + 5 * DAY
OUTCALL = Ask(("dinner",), 120, Venue.OUTCALL)


@pytest.fixture
def timekeeping(salon: Salon, database_as: Callable[[str], Database]) -> Timekeeping:
    """The timers as their own role runs them."""
    return Timekeeping(database_as("bookings_scheduled"), salon.clock)


def parts(salon: Salon, booking_id: UUID) -> set[str]:
    with salon.owner.transaction() as work:
        rows = work.execute(
            "SELECT part FROM bookings.private_parts WHERE booking_id = %s", (booking_id,)
        )
        return {row["part"] for row in rows}


def waiting(salon: Salon, booking_id: UUID) -> set[tuple[str, datetime]]:
    with salon.owner.transaction() as work:
        rows = work.execute(
            "SELECT kind, due_at FROM bookings.timers WHERE booking_id = %s AND done_at IS NULL",
            (booking_id,),
        )
        return {(row["kind"], row["due_at"]) for row in rows}


def lose_timers(salon: Salon) -> None:
    with salon.owner.transaction() as work:
        work.execute("DELETE FROM bookings.timers")


def test_nobody_answers(salon: Salon, timekeeping: Timekeeping) -> None:
    asked = salon.ask(
        salon.client(), salon.provider(), START, ask=OUTCALL, address="12 Long Street"
    )

    salon.clock.to(asked.expires_at - timedelta(seconds=1))
    assert timekeeping.sweep() == 0
    salon.clock.to(asked.expires_at)
    assert timekeeping.sweep() == 1
    assert timekeeping.sweep() == 0

    assert salon.booking(asked.id).status is Status.EXPIRED
    assert salon.outbox()[-1]["envelope"]["data"]["waitedFor"] == "answer"
    assert parts(salon, asked.id) == set()


def test_the_deposit_does_not_come(salon: Salon, timekeeping: Timekeeping) -> None:
    escort = salon.provider(policy=POLICY)
    asked = salon.ask(salon.client(), escort, START)
    salon.do("accept", salon.owner_of(escort), asked.id)

    salon.clock.to(NOON - HOUR + 6 * HOUR)
    assert timekeeping.sweep() == 1

    assert salon.booking(asked.id).status is Status.EXPIRED
    assert salon.outbox()[-1]["envelope"]["data"]["waitedFor"] == "deposit"


def test_whoever_takes_the_time_ends_a_hold_that_is_over(salon: Salon) -> None:
    """No timer has run: accepting does what it would have done, in the same transaction."""
    escort = salon.provider(policy=POLICY)
    provider = salon.owner_of(escort)
    first, second, moved = (salon.ask(salon.client(), escort, START + n * DAY) for n in (0, 0, 1))
    salon.do("accept", provider, first.id)
    salon.clock.to(NOON + 5 * HOUR - timedelta(seconds=1))
    with pytest.raises(Conflict, match="this time already"):
        salon.do("accept", provider, second.id)

    salon.clock.to(NOON + 5 * HOUR)
    salon.do("accept", provider, second.id)
    assert salon.booking(first.id).status is Status.EXPIRED
    assert salon.events()[-2:] == ["BookingExpired", "BookingAccepted"]

    # The same for a time that is agreed on.
    salon.clock.to(NOON + 11 * HOUR)
    proposal = salon.do("propose", provider, moved.id, START)
    salon.do("accept_proposal", Caller(moved.client_id), moved.id, proposal.id)
    assert salon.booking(second.id).status is Status.EXPIRED


def test_accepting_as_it_was_asked_ends_the_talk_about_another_time(salon: Salon) -> None:
    escort = salon.provider()
    asked = salon.ask(salon.client(), escort, START)
    provider, client = salon.owner_of(escort), Caller(asked.client_id)
    proposal = salon.do("propose", client, asked.id, START + DAY)
    salon.do("accept", provider, asked.id)

    with pytest.raises(Conflict, match="not asked for any more"):
        salon.do("accept_proposal", provider, asked.id, proposal.id)


def test_from_reminders_to_a_forgotten_address(salon: Salon, timekeeping: Timekeeping) -> None:
    escort = salon.provider()
    told_by_client = {"address": "12 Long Street", "message": "Hello"}
    asked = salon.ask(salon.client(), escort, START, ask=OUTCALL, **told_by_client)
    salon.do("accept", salon.owner_of(escort), asked.id)
    end = asked.span.end

    told: list[tuple[str, int | None]] = []
    for moment in (START - 72 * HOUR, START - 24 * HOUR, START - 2 * HOUR, end + 12 * HOUR):
        salon.clock.to(moment)
        assert timekeeping.sweep() == 1
        row = salon.outbox()[-1]
        told.append((row["type"], row["envelope"]["data"].get("hours")))
    assert told == [
        ("BookingReminderDue", 72), ("BookingReminderDue", 24), ("BookingReminderDue", 2),
        ("BookingCompleted", None),
    ]  # fmt: skip

    salon.clock.to(end + 7 * DAY - HOUR)
    assert timekeeping.sweep() == 0
    assert parts(salon, asked.id) == {Part.ADDRESS, Part.MESSAGE}
    salon.clock.to(end + 7 * DAY)
    assert timekeeping.sweep() == 1
    assert parts(salon, asked.id) == {Part.MESSAGE}


def test_a_reminder_that_the_next_one_has_overtaken_is_not_sent(
    salon: Salon, timekeeping: Timekeeping
) -> None:
    """The sweep stood still for two days: of the two that are due only the true one is told."""
    escort = salon.provider()
    asked = salon.ask(salon.client(), escort, START)
    salon.do("accept", salon.owner_of(escort), asked.id)

    salon.clock.to(START - 20 * HOUR)
    assert timekeeping.sweep() == 2

    rows = [
        row["envelope"]["data"] for row in salon.outbox() if row["type"] == "BookingReminderDue"
    ]
    assert [row["hours"] for row in rows] == [24]


def test_a_lost_timer_only_delays(salon: Salon, timekeeping: Timekeeping) -> None:
    asked = salon.ask(salon.client(), salon.provider(), START)
    lose_timers(salon)
    salon.clock.to(asked.expires_at + HOUR)
    assert timekeeping.sweep() == 0

    assert timekeeping.rearm() == 1
    assert timekeeping.rearm() == 0
    assert timekeeping.sweep() == 1
    assert salon.booking(asked.id).status is Status.EXPIRED


def test_each_kind_of_timer_is_set_again(salon: Salon, timekeeping: Timekeeping) -> None:
    """All of them are lost, once in each state; what is set again is what was there."""
    escort = salon.provider(policy=POLICY)
    provider = salon.owner_of(escort)
    asked = salon.ask(salon.client(), escort, START, ask=OUTCALL, address="12 Long Street")

    def lost_and_found() -> set[str]:
        before = waiting(salon, asked.id)
        lose_timers(salon)
        assert timekeeping.rearm() == len(before)
        assert waiting(salon, asked.id) == before
        return {kind for kind, _ in before}

    assert lost_and_found() == {Timer.REQUEST_EXPIRY}
    salon.do("accept", provider, asked.id)
    assert lost_and_found() == {Timer.DEPOSIT_EXPIRY}
    salon.do("deposit_received", provider, asked.id)
    assert lost_and_found() == {*REMINDERS, Timer.AUTO_COMPLETE}
    salon.clock.to(START)
    salon.do("complete", provider, asked.id)
    assert lost_and_found() == {Timer.FORGET_ADDRESS}


def test_a_reminder_that_was_sent_is_not_sent_again(salon: Salon, timekeeping: Timekeeping) -> None:
    """Nor is one that is late by the time that its loss is seen: the next one is the true one."""
    escort = salon.provider()
    asked = salon.ask(salon.client(), escort, START)
    salon.do("accept", salon.owner_of(escort), asked.id)
    salon.clock.to(START - 72 * HOUR)
    assert timekeeping.sweep() == 1
    assert timekeeping.rearm() == 0

    lose_timers(salon)
    salon.clock.to(START - 23 * HOUR)
    assert timekeeping.rearm() == 2

    assert {kind for kind, _ in waiting(salon, asked.id)} == {
        Timer.REMINDER_2H, Timer.AUTO_COMPLETE,
    }  # fmt: skip


def test_the_sweep_was_dead_for_a_day(salon: Salon, timekeeping: Timekeeping) -> None:
    """The first one afterwards does all that was due, each once, and nothing was wrong meanwhile."""
    escort = salon.provider(policy=POLICY)
    provider, dead = salon.owner_of(escort), NOON + 20 * DAY

    def ask(start: datetime) -> UUID:
        asked = salon.ask(salon.client(), escort, start, ask=OUTCALL, address="12 Long Street")
        return asked.id

    over, met, ahead = (ask(dead + n * HOUR) for n in (-7 * 24, -11, 30))
    for one in (over, met, ahead):
        salon.do("accept", provider, one)
        salon.do("deposit_received", provider, one)
    salon.clock.to(dead - HOUR)
    timekeeping.sweep()
    late, silent = ask(dead + 40 * HOUR), ask(dead + 50 * HOUR)
    salon.do("accept", provider, late)
    reminded = salon.events().count("BookingReminderDue")

    salon.clock.to(dead + DAY)
    in_its_place = ask(dead + 40 * HOUR)
    assert timekeeping.sweep() == 5
    assert timekeeping.sweep() == 0

    assert [salon.booking(one).status for one in (over, met, ahead, late, silent)] == [
        Status.COMPLETED, Status.COMPLETED, Status.CONFIRMED, Status.EXPIRED, Status.EXPIRED,
    ]  # fmt: skip
    assert [parts(salon, one) for one in (over, late, silent)] == [set()] * 3
    assert parts(salon, met) == parts(salon, ahead) == {Part.ADDRESS}
    assert salon.events().count("BookingReminderDue") == reminded + 1
    assert salon.booking(in_its_place).status is Status.REQUESTED


def test_answering_with_another_time_lets_the_request_wait_anew(
    salon: Salon, timekeeping: Timekeeping
) -> None:
    escort = salon.provider()
    asked = salon.ask(salon.client(), escort, START)
    salon.clock.to(asked.expires_at - HOUR)
    salon.do("propose", salon.owner_of(escort), asked.id, START + DAY)

    salon.clock.to(asked.expires_at + HOUR)
    assert timekeeping.sweep() == 0
    salon.clock.to(asked.expires_at + 24 * HOUR)
    assert timekeeping.sweep() == 1
    assert salon.booking(asked.id).status is Status.EXPIRED


def test_one_that_fails_does_not_hold_up_the_others(salon: Salon, timekeeping: Timekeeping) -> None:
    escort = salon.provider()
    broken, fine = (salon.ask(salon.client(), escort, START) for _ in range(2))
    with salon.owner.transaction() as work:
        work.execute("UPDATE bookings.bookings SET policy = '{}' WHERE id = %s", (broken.id,))
    salon.clock.to(fine.expires_at)

    assert timekeeping.sweep() == 1
    assert salon.booking(fine.id).status is Status.EXPIRED
    with salon.owner.transaction() as work:
        row = work.execute(
            "SELECT attempts, due_at FROM bookings.timers WHERE booking_id = %s", (broken.id,)
        ).fetchone()
    assert row == {"attempts": 1, "due_at": fine.expires_at + timedelta(minutes=1)}


def test_who_waits_is_told_once_when_a_time_is_free(salon: Salon, timekeeping: Timekeeping) -> None:
    escort = salon.provider(policy=POLICY)
    provider, patient = salon.owner_of(escort), salon.client()
    asked = salon.ask(salon.client(), escort, START)
    salon.do("accept", provider, asked.id)
    with salon.web.transaction() as work:
        waiting = OwnWaiting(work, salon.clock)
        entry = waiting.join(patient, escort, Span(START - HOUR, START + HOUR))
        assert waiting.join(patient, escort, entry.wanted) == entry
        waiting.join(patient, escort, Span(START + 9 * HOUR, START + 10 * HOUR))
        assert len(waiting.mine(patient)) == 2

    salon.clock.to(NOON + 6 * HOUR)
    timekeeping.sweep()
    again = salon.ask(salon.client(), escort, START)
    salon.do("accept", provider, again.id)
    salon.do("cancel", Caller(again.client_id), again.id)

    opened = [
        row["envelope"]["data"] for row in salon.outbox() if row["type"] == "WaitlistSlotAvailable"
    ]
    assert [(item["waitlistId"], item["clientId"]) for item in opened] == [
        (str(entry.id), str(patient))
    ]


def test_what_nobody_needs_is_forgotten(salon: Salon, timekeeping: Timekeeping) -> None:
    salon.ask(salon.client(), salon.provider(), START, key="old")
    salon.clock.to(NOON + 4 * DAY)

    timekeeping.forget()

    with salon.owner.transaction() as work:
        assert work.execute("SELECT FROM bookings.idempotency_keys").fetchone() is None
