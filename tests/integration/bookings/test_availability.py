"""Listed slots equal the requests that are accepted, also on days of a clock change."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from bookings.domain.calendar import SLOT_STEP
from bookings.domain.pricing import QuoteRequest
from bookings.domain.venue import Venue
from bookings.service.feeds import CalendarFeedService
from bookings.service.requests import LocalStart
from kit.db import Database
from kit.errors import Conflict, DomainError, Invalid, NotFound
from kit.intervals import Interval
from tests.factories.bookings import DAY, HOUR, NOON, POLICY, BookingWorld

BERLIN = ZoneInfo("Europe/Berlin")


def listed_starts(
    bookings: BookingWorld, profile_id: UUID, first: datetime, venue: Venue = Venue.INCALL
) -> list[datetime]:
    with bookings.web.transaction() as work:
        starts = bookings.requests(work).list_slots(
            profile_id, Interval(first, first + DAY), 2 * HOUR, venue
        )
    return [start.at for start in starts]


@pytest.mark.slow
@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31), date(2027, 6, 6)])
def test_list_slots_clock_change_night_matches_requests(bookings: BookingWorld, day: date) -> None:
    """Open from 22:00 to 06:00 every night; a booking holds a slot from 01:00 UTC on."""
    night = datetime.combine(day - DAY, time(20), UTC)
    bookings.clock.set_time(night - 5 * DAY)
    profile_id = bookings.provider(days=[])
    with bookings.owner.transaction() as work:
        for weekday in range(1, 8):
            work.execute(
                "INSERT INTO escorts.availability VALUES (%s, %s, '22:00', '06:00')",
                (profile_id, weekday),
            )
    held = bookings.ask(bookings.client(), profile_id, night + 5 * HOUR)
    bookings.do("accept", bookings.owner_of(profile_id), held.id)

    def is_free(start: datetime) -> bool:
        minutes = [start + n * timedelta(minutes=1) for n in range(120)]
        walls = [minute.astimezone(BERLIN).time() for minute in minutes]
        is_open = all(wall >= time(22) or wall < time(6) for wall in walls)
        clear = start + 2.5 * HOUR <= held.period.start or start >= held.buffered_period.end
        return is_open and clear

    grid = [night + n * SLOT_STEP for n in range(4 * 24)]
    free = [start for start in grid if is_free(start)]
    assert listed_starts(bookings, profile_id, night) == free
    assert free
    for start in grid[::3]:
        if start in free:
            assert bookings.ask(bookings.client(), profile_id, start).period.start == start
        else:
            with pytest.raises(Conflict):
                bookings.ask(bookings.client(), profile_id, start)


def test_list_slots_respects_buffers_and_travel_time(bookings: BookingWorld) -> None:
    profile_id, day = bookings.provider(), NOON + 3 * DAY
    asked = bookings.ask(
        bookings.client(),
        profile_id,
        day,
        quote_request=QuoteRequest(("dinner",), 120, Venue.OUTCALL),
    )
    assert day in listed_starts(bookings, profile_id, day - HOUR)
    bookings.do("accept", bookings.owner_of(profile_id), asked.id)

    free = listed_starts(bookings, profile_id, day - 12 * HOUR)

    # Half an hour of travel there; half an hour back and half an hour of buffer.
    assert [start for start in free if day - 3.25 * HOUR < start < day + 3.25 * HOUR] == [
        day - 3 * HOUR, day + 3 * HOUR,
    ]  # fmt: skip
    there = listed_starts(bookings, profile_id, day - 12 * HOUR, Venue.OUTCALL)
    assert max(start for start in there if start < day) == day - 3.5 * HOUR
    assert min(start for start in there if start > day) == day + 3.5 * HOUR


def test_list_slots_ignores_hold_with_overdue_deposit(bookings: BookingWorld) -> None:
    profile_id, day = bookings.provider(policy=POLICY), NOON + 3 * DAY
    asked = bookings.ask(bookings.client(), profile_id, day)
    bookings.do("accept", bookings.owner_of(profile_id), asked.id)
    assert day not in listed_starts(bookings, profile_id, day)

    bookings.clock.set_time(NOON + 5 * HOUR)
    assert day in listed_starts(bookings, profile_id, day)


def test_list_slots_respects_notice_and_horizon(bookings: BookingWorld) -> None:
    profile_id = bookings.provider()

    assert min(listed_starts(bookings, profile_id, NOON - HOUR)) == NOON + HOUR
    assert (
        max(listed_starts(bookings, profile_id, NOON + 90 * DAY - 12 * HOUR))
        == NOON + 90 * DAY - HOUR
    )
    for span in (
        Interval(NOON, NOON),
        Interval(NOON, NOON + 63 * DAY),
        Interval(NOON + 900 * DAY, NOON),
    ):
        with pytest.raises(Invalid), bookings.web.transaction() as work:
            bookings.requests(work).list_slots(profile_id, span, HOUR)


def test_request_on_tour_uses_tour_city(bookings: BookingWorld) -> None:
    profile_id, first = bookings.provider(), date(2027, 5, 20)
    with bookings.owner.transaction() as work:
        work.execute(
            """
            INSERT INTO escorts.tours
                (id, profile_id, city, zone, first_day, last_day, at_home)
            SELECT gen_random_uuid(), %s, slug, zone, %s, %s, false
            FROM escorts.cities WHERE slug = 'auckland'
            """,
            (profile_id, first, first + 2 * DAY),
        )

    there = bookings.ask(bookings.client(), profile_id, LocalStart(first, time(20)))
    home = bookings.ask(bookings.client(), profile_id, LocalStart(date(2027, 5, 12), time(20)))

    assert there.place.city == "auckland"
    assert there.period.start == datetime(2027, 5, 20, 8, tzinfo=UTC)
    assert (home.place.city, home.period.start) == ("berlin", datetime(2027, 5, 12, 18, tzinfo=UTC))


def test_request_skipped_local_time_raises_invalid(bookings: BookingWorld) -> None:
    profile_id = bookings.provider()
    bookings.clock.set_time(datetime(2027, 3, 20, tzinfo=UTC))

    with pytest.raises(Invalid) as caught:
        bookings.ask(bookings.client(), profile_id, LocalStart(date(2027, 3, 28), time(2, 30)))
    assert (caught.value.code, caught.value.field) == ("time-skipped", "time")


def test_request_hidden_profile_raises_not_found(bookings: BookingWorld) -> None:
    profile_id = bookings.provider()
    with bookings.owner.transaction() as work:
        work.execute("UPDATE escorts.profiles SET hidden = true WHERE id = %s", (profile_id,))

    with pytest.raises(NotFound):
        bookings.ask(bookings.client(), profile_id, NOON + DAY)


def test_list_slots_forbidden_city_is_empty(bookings: BookingWorld) -> None:
    profile_id = bookings.provider()
    with bookings.owner.transaction() as work:
        work.execute("UPDATE escorts.jurisdictions SET allowed = false "
                     "WHERE capability = 'booking.request'")  # fmt: skip

    assert listed_starts(bookings, profile_id, NOON + DAY) == []
    with pytest.raises(DomainError):
        bookings.ask(bookings.client(), profile_id, NOON + DAY)


def test_feed_renew_and_revoke_change_token(bookings: BookingWorld) -> None:
    profile_id = bookings.provider()
    provider, client = bookings.owner_of(profile_id), bookings.client()
    asked = bookings.ask(
        client, profile_id, NOON + DAY, message="I like tea.", address="12 Long Street"
    )
    bookings.ask(client, profile_id, NOON + 2 * DAY)
    bookings.do("accept", provider, asked.id)

    with bookings.web.transaction() as work:
        feed = CalendarFeedService(work, bookings.clock)
        first = feed.renew(client)
        old, token = feed.renew(provider.user_id), feed.renew(provider.user_id)
        text = feed.read_ical(token).decode()
        assert feed.read_ical(first).decode() == text
        with pytest.raises(NotFound):
            feed.read_ical(old)
        feed.revoke(provider.user_id)
        with pytest.raises(NotFound):
            feed.read_ical(token)

    assert text.count("BEGIN:VEVENT") == 1
    assert "DTSTART:20270511T120000Z" in text
    assert "SUMMARY:Appointment\r\n" in text
    for private in ("Mira", "berlin", "tea", "Long", "EUR", str(client), str(profile_id)):
        assert private not in text


def test_busy_slots_view_contains_held_periods(
    bookings: BookingWorld, database_as: Callable[[str], Database]
) -> None:
    profile_id = bookings.provider()
    asked = bookings.ask(bookings.client(), profile_id, NOON + DAY)
    bookings.do("accept", bookings.owner_of(profile_id), asked.id)

    with bookings.owner.transaction() as work:
        rows = work.execute(
            "SELECT profile_id, lower(buffered_period) AS a, upper(buffered_period) AS b FROM bookings.busy_slots_v1"
        ).fetchall()
    assert rows == [
        {"profile_id": profile_id, "a": asked.buffered_period.start, "b": asked.buffered_period.end}
    ]
