"""Timers: transitions and reminders without user action."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bookings.domain.pricing import QuoteRequest
from bookings.domain.transitions import REMINDERS, Status, Timer
from bookings.domain.venue import Venue
from bookings.repository.encrypted_fields import EncryptedField
from bookings.service.actor import Caller
from bookings.service.timers import TimerService
from bookings.service.waitlist import WaitlistService
from kit.db import Database
from kit.errors import Conflict
from kit.intervals import Interval
from tests.factories.bookings import DAY, HOUR, NOON, POLICY, BookingWorld

START = NOON + 5 * DAY
OUTCALL = QuoteRequest(("dinner",), 120, Venue.OUTCALL)


@pytest.fixture
def timer_service(bookings: BookingWorld, database_as: Callable[[str], Database]) -> TimerService:
    """The timer service with the database role of the scheduled function."""
    return TimerService(database_as("bookings_scheduled"), bookings.clock)


def stored_fields(bookings: BookingWorld, booking_id: UUID) -> set[str]:
    with bookings.owner.transaction() as work:
        rows = work.execute(
            "SELECT field FROM bookings.encrypted_fields WHERE booking_id = %s", (booking_id,)
        )
        return {row["field"] for row in rows}


def waiting(bookings: BookingWorld, booking_id: UUID) -> set[tuple[str, datetime]]:
    with bookings.owner.transaction() as work:
        rows = work.execute(
            "SELECT kind, due_at FROM bookings.timers WHERE booking_id = %s AND done_at IS NULL",
            (booking_id,),
        )
        return {(row["kind"], row["due_at"]) for row in rows}


def lose_timers(bookings: BookingWorld) -> None:
    with bookings.owner.transaction() as work:
        work.execute("DELETE FROM bookings.timers")


def test_unanswered_request_expires(bookings: BookingWorld, timer_service: TimerService) -> None:
    asked = bookings.ask(
        bookings.client(),
        bookings.provider(),
        START,
        quote_request=OUTCALL,
        address="12 Long Street",
    )

    bookings.clock.set_time(asked.expires_at - timedelta(seconds=1))
    assert timer_service.fire_due_timers() == 0
    bookings.clock.set_time(asked.expires_at)
    assert timer_service.fire_due_timers() == 1
    assert timer_service.fire_due_timers() == 0

    assert bookings.booking(asked.id).status is Status.EXPIRED
    assert bookings.outbox()[-1]["envelope"]["data"]["waitedFor"] == "answer"
    assert stored_fields(bookings, asked.id) == set()


def test_unpaid_deposit_expires_booking(
    bookings: BookingWorld, timer_service: TimerService
) -> None:
    profile_id = bookings.provider(policy=POLICY)
    asked = bookings.ask(bookings.client(), profile_id, START)
    bookings.do("accept", bookings.owner_of(profile_id), asked.id)

    bookings.clock.set_time(NOON - HOUR + 6 * HOUR)
    assert timer_service.fire_due_timers() == 1

    assert bookings.booking(asked.id).status is Status.EXPIRED
    assert bookings.outbox()[-1]["envelope"]["data"]["waitedFor"] == "deposit"


def test_accept_expires_hold_with_overdue_deposit(bookings: BookingWorld) -> None:
    """No timer has run: accepting expires the hold in the same transaction."""
    profile_id = bookings.provider(policy=POLICY)
    provider = bookings.owner_of(profile_id)
    first, second, moved = (
        bookings.ask(bookings.client(), profile_id, START + n * DAY) for n in (0, 0, 1)
    )
    bookings.do("accept", provider, first.id)
    bookings.clock.set_time(NOON + 5 * HOUR - timedelta(seconds=1))
    with pytest.raises(Conflict, match="holds this time"):
        bookings.do("accept", provider, second.id)

    bookings.clock.set_time(NOON + 5 * HOUR)
    bookings.do("accept", provider, second.id)
    assert bookings.booking(first.id).status is Status.EXPIRED
    assert bookings.events()[-2:] == ["BookingExpired", "BookingAccepted"]

    # The same for an accepted proposal.
    bookings.clock.set_time(NOON + 11 * HOUR)
    proposal = bookings.do("propose", provider, moved.id, START)
    bookings.do("accept_proposal", Caller(moved.client_id), moved.id, proposal.id)
    assert bookings.booking(second.id).status is Status.EXPIRED


def test_accept_closes_open_proposal(bookings: BookingWorld) -> None:
    profile_id = bookings.provider()
    asked = bookings.ask(bookings.client(), profile_id, START)
    provider, client = bookings.owner_of(profile_id), Caller(asked.client_id)
    proposal = bookings.do("propose", client, asked.id, START + DAY)
    bookings.do("accept", provider, asked.id)

    with pytest.raises(Conflict, match="no longer open"):
        bookings.do("accept_proposal", provider, asked.id, proposal.id)


def test_timers_from_reminders_to_deleted_address(
    bookings: BookingWorld, timer_service: TimerService
) -> None:
    profile_id = bookings.provider()
    told_by_client = {"address": "12 Long Street", "message": "Hello"}
    asked = bookings.ask(
        bookings.client(), profile_id, START, quote_request=OUTCALL, **told_by_client
    )
    bookings.do("accept", bookings.owner_of(profile_id), asked.id)
    end = asked.period.end

    sent: list[tuple[str, int | None]] = []
    for moment in (START - 72 * HOUR, START - 24 * HOUR, START - 2 * HOUR, end + 12 * HOUR):
        bookings.clock.set_time(moment)
        assert timer_service.fire_due_timers() == 1
        row = bookings.outbox()[-1]
        sent.append((row["type"], row["envelope"]["data"].get("hours")))
    assert sent == [
        ("BookingReminderDue", 72), ("BookingReminderDue", 24), ("BookingReminderDue", 2),
        ("BookingCompleted", None),
    ]  # fmt: skip

    bookings.clock.set_time(end + 7 * DAY - HOUR)
    assert timer_service.fire_due_timers() == 0
    assert stored_fields(bookings, asked.id) == {EncryptedField.ADDRESS, EncryptedField.MESSAGE}
    bookings.clock.set_time(end + 7 * DAY)
    assert timer_service.fire_due_timers() == 1
    assert stored_fields(bookings, asked.id) == {EncryptedField.MESSAGE}


def test_overtaken_reminder_is_not_sent(
    bookings: BookingWorld, timer_service: TimerService
) -> None:
    """The job did not run for two days: of the two due reminders only the current one is sent."""
    profile_id = bookings.provider()
    asked = bookings.ask(bookings.client(), profile_id, START)
    bookings.do("accept", bookings.owner_of(profile_id), asked.id)

    bookings.clock.set_time(START - 20 * HOUR)
    assert timer_service.fire_due_timers() == 2

    rows = [
        row["envelope"]["data"] for row in bookings.outbox() if row["type"] == "BookingReminderDue"
    ]
    assert [row["hours"] for row in rows] == [24]


def test_missing_timer_is_restored_and_fires(
    bookings: BookingWorld, timer_service: TimerService
) -> None:
    asked = bookings.ask(bookings.client(), bookings.provider(), START)
    lose_timers(bookings)
    bookings.clock.set_time(asked.expires_at + HOUR)
    assert timer_service.fire_due_timers() == 0

    assert timer_service.repair_timers() == 1
    assert timer_service.repair_timers() == 0
    assert timer_service.fire_due_timers() == 1
    assert bookings.booking(asked.id).status is Status.EXPIRED


def test_repair_timers_restores_each_kind(
    bookings: BookingWorld, timer_service: TimerService
) -> None:
    """All timers are deleted once in each status; the restored ones equal the deleted ones."""
    profile_id = bookings.provider(policy=POLICY)
    provider = bookings.owner_of(profile_id)
    asked = bookings.ask(
        bookings.client(), profile_id, START, quote_request=OUTCALL, address="12 Long Street"
    )

    def lost_and_found() -> set[str]:
        before = waiting(bookings, asked.id)
        lose_timers(bookings)
        assert timer_service.repair_timers() == len(before)
        assert waiting(bookings, asked.id) == before
        return {kind for kind, _ in before}

    assert lost_and_found() == {Timer.REQUEST_EXPIRY}
    bookings.do("accept", provider, asked.id)
    assert lost_and_found() == {Timer.DEPOSIT_EXPIRY}
    bookings.do("pay", provider, asked.id)
    assert lost_and_found() == {*REMINDERS, Timer.AUTO_COMPLETE}
    bookings.clock.set_time(START)
    bookings.do("complete", provider, asked.id)
    assert lost_and_found() == {Timer.DELETE_ADDRESS}


def test_repair_timers_does_not_repeat_sent_reminder(
    bookings: BookingWorld, timer_service: TimerService
) -> None:
    """A reminder that is overdue when its loss is noticed is not sent either."""
    profile_id = bookings.provider()
    asked = bookings.ask(bookings.client(), profile_id, START)
    bookings.do("accept", bookings.owner_of(profile_id), asked.id)
    bookings.clock.set_time(START - 72 * HOUR)
    assert timer_service.fire_due_timers() == 1
    assert timer_service.repair_timers() == 0

    lose_timers(bookings)
    bookings.clock.set_time(START - 23 * HOUR)
    assert timer_service.repair_timers() == 2

    assert {kind for kind, _ in waiting(bookings, asked.id)} == {
        Timer.REMINDER_2H, Timer.AUTO_COMPLETE,
    }  # fmt: skip


def test_fire_due_timers_after_outage_runs_each_once(
    bookings: BookingWorld, timer_service: TimerService
) -> None:
    """The first run after the outage fires all due timers, each once."""
    profile_id = bookings.provider(policy=POLICY)
    provider, dead = bookings.owner_of(profile_id), NOON + 20 * DAY

    def ask(start: datetime) -> UUID:
        asked = bookings.ask(
            bookings.client(), profile_id, start, quote_request=OUTCALL, address="12 Long Street"
        )
        return asked.id

    over, met, ahead = (ask(dead + n * HOUR) for n in (-7 * 24, -11, 30))
    for one in (over, met, ahead):
        bookings.do("accept", provider, one)
        bookings.do("pay", provider, one)
    bookings.clock.set_time(dead - HOUR)
    timer_service.fire_due_timers()
    late, silent = ask(dead + 40 * HOUR), ask(dead + 50 * HOUR)
    bookings.do("accept", provider, late)
    reminded = bookings.events().count("BookingReminderDue")

    bookings.clock.set_time(dead + DAY)
    in_its_place = ask(dead + 40 * HOUR)
    assert timer_service.fire_due_timers() == 5
    assert timer_service.fire_due_timers() == 0

    assert [bookings.booking(one).status for one in (over, met, ahead, late, silent)] == [
        Status.COMPLETED, Status.COMPLETED, Status.CONFIRMED, Status.EXPIRED, Status.EXPIRED,
    ]  # fmt: skip
    assert [stored_fields(bookings, one) for one in (over, late, silent)] == [set()] * 3
    assert (
        stored_fields(bookings, met) == stored_fields(bookings, ahead) == {EncryptedField.ADDRESS}
    )
    assert bookings.events().count("BookingReminderDue") == reminded + 1
    assert bookings.booking(in_its_place).status is Status.REQUESTED


def test_propose_extends_request_expiry(
    bookings: BookingWorld, timer_service: TimerService
) -> None:
    profile_id = bookings.provider()
    asked = bookings.ask(bookings.client(), profile_id, START)
    bookings.clock.set_time(asked.expires_at - HOUR)
    bookings.do("propose", bookings.owner_of(profile_id), asked.id, START + DAY)

    bookings.clock.set_time(asked.expires_at + HOUR)
    assert timer_service.fire_due_timers() == 0
    bookings.clock.set_time(asked.expires_at + 24 * HOUR)
    assert timer_service.fire_due_timers() == 1
    assert bookings.booking(asked.id).status is Status.EXPIRED


def test_failing_timer_does_not_block_others(
    bookings: BookingWorld, timer_service: TimerService
) -> None:
    profile_id = bookings.provider()
    broken, fine = (bookings.ask(bookings.client(), profile_id, START) for _ in range(2))
    with bookings.owner.transaction() as work:
        work.execute("UPDATE bookings.bookings SET policy = '{}' WHERE id = %s", (broken.id,))
    bookings.clock.set_time(fine.expires_at)

    assert timer_service.fire_due_timers() == 1
    assert bookings.booking(fine.id).status is Status.EXPIRED
    with bookings.owner.transaction() as work:
        row = work.execute(
            "SELECT attempts, due_at FROM bookings.timers WHERE booking_id = %s", (broken.id,)
        ).fetchone()
    assert row == {"attempts": 1, "due_at": fine.expires_at + timedelta(minutes=1)}


def test_waitlist_is_notified_once_per_free_slot(
    bookings: BookingWorld, timer_service: TimerService
) -> None:
    profile_id = bookings.provider(policy=POLICY)
    provider, patient = bookings.owner_of(profile_id), bookings.client()
    asked = bookings.ask(bookings.client(), profile_id, START)
    bookings.do("accept", provider, asked.id)
    with bookings.web.transaction() as work:
        waiting = WaitlistService(work, bookings.clock)
        entry = waiting.join(patient, profile_id, Interval(START - HOUR, START + HOUR))
        assert waiting.join(patient, profile_id, entry.requested_period) == entry
        waiting.join(patient, profile_id, Interval(START + 9 * HOUR, START + 10 * HOUR))
        assert len(waiting.list(patient)) == 2

    bookings.clock.set_time(NOON + 6 * HOUR)
    timer_service.fire_due_timers()
    again = bookings.ask(bookings.client(), profile_id, START)
    bookings.do("accept", provider, again.id)
    bookings.do("cancel", Caller(again.client_id), again.id)

    opened = [
        row["envelope"]["data"]
        for row in bookings.outbox()
        if row["type"] == "WaitlistSlotAvailable"
    ]
    assert [(item["waitlistId"], item["clientId"]) for item in opened] == [
        (str(entry.id), str(patient))
    ]


def test_purge_expired_deletes_old_keys(
    bookings: BookingWorld, timer_service: TimerService
) -> None:
    bookings.ask(bookings.client(), bookings.provider(), START, key="old")
    bookings.clock.set_time(NOON + 4 * DAY)

    timer_service.purge_expired()

    with bookings.owner.transaction() as work:
        assert work.execute("SELECT FROM bookings.idempotency_keys").fetchone() is None
