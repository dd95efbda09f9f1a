"""What is shown as free and what can be asked for are one, on the days on which clocks move too."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from bookings.domain.calendar import STEP
from bookings.domain.pricing import Ask
from bookings.domain.spans import Span
from bookings.domain.venue import Venue
from bookings.service.feeds import OwnFeed
from bookings.service.requests import LocalStart
from kit.db import Database
from kit.errors import Conflict, DomainError, Invalid, NotFound
from tests.factories.bookings import DAY, HOUR, NOON, POLICY, Salon

BERLIN = ZoneInfo("Europe/Berlin")


def shown(
    salon: Salon, escort: UUID, first: datetime, venue: Venue = Venue.INCALL
) -> list[datetime]:
    with salon.web.transaction() as work:
        starts = salon.requesting(work).availability(
            escort, Span(first, first + DAY), 2 * HOUR, venue
        )
    return [start.at for start in starts]


@pytest.mark.slow
@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31), date(2027, 6, 6)])
def test_a_night_on_which_the_clock_moves(salon: Salon, day: date) -> None:
    """Open from 22:00 to 06:00 every night; a meeting is held from 01:00 UTC on."""
    night = datetime.combine(day - DAY, time(20), UTC)
    salon.clock.to(night - 5 * DAY)
    escort = salon.provider(days=[])
    with salon.owner.transaction() as work:
        for weekday in range(1, 8):
            work.execute(
                "INSERT INTO escorts.availability VALUES (%s, %s, '22:00', '06:00')",
                (escort, weekday),
            )
    held = salon.ask(salon.client(), escort, night + 5 * HOUR)
    salon.do("accept", salon.owner_of(escort), held.id)

    def is_free(start: datetime) -> bool:
        minutes = [start + n * timedelta(minutes=1) for n in range(120)]
        walls = [minute.astimezone(BERLIN).time() for minute in minutes]
        is_open = all(wall >= time(22) or wall < time(6) for wall in walls)
        clear = start + 2.5 * HOUR <= held.span.start or start >= held.padded.end
        return is_open and clear

    grid = [night + n * STEP for n in range(4 * 24)]
    free = [start for start in grid if is_free(start)]
    assert shown(salon, escort, night) == free
    assert free
    for start in grid[::3]:
        if start in free:
            assert salon.ask(salon.client(), escort, start).span.start == start
        else:
            with pytest.raises(Conflict):
                salon.ask(salon.client(), escort, start)


def test_holds_with_buffers_and_the_way_there(salon: Salon) -> None:
    escort, day = salon.provider(), NOON + 3 * DAY
    asked = salon.ask(salon.client(), escort, day, ask=Ask(("dinner",), 120, Venue.OUTCALL))
    assert day in shown(salon, escort, day - HOUR)
    salon.do("accept", salon.owner_of(escort), asked.id)

    free = shown(salon, escort, day - 12 * HOUR)

    # Half an hour on the way there; half an hour on the way back and half an hour of rest.
    assert [start for start in free if day - 3.25 * HOUR < start < day + 3.25 * HOUR] == [
        day - 3 * HOUR, day + 3 * HOUR,
    ]  # fmt: skip
    there = shown(salon, escort, day - 12 * HOUR, Venue.OUTCALL)
    assert max(start for start in there if start < day) == day - 3.5 * HOUR
    assert min(start for start in there if start > day) == day + 3.5 * HOUR


def test_a_deposit_that_did_not_come_holds_nothing(salon: Salon) -> None:
    escort, day = salon.provider(policy=POLICY), NOON + 3 * DAY
    asked = salon.ask(salon.client(), escort, day)
    salon.do("accept", salon.owner_of(escort), asked.id)
    assert day not in shown(salon, escort, day)

    salon.clock.to(NOON + 5 * HOUR)
    assert day in shown(salon, escort, day)


def test_notice_and_horizon(salon: Salon) -> None:
    escort = salon.provider()

    assert min(shown(salon, escort, NOON - HOUR)) == NOON + HOUR
    assert max(shown(salon, escort, NOON + 90 * DAY - 12 * HOUR)) == NOON + 90 * DAY - HOUR
    for span in (Span(NOON, NOON), Span(NOON, NOON + 63 * DAY), Span(NOON + 900 * DAY, NOON)):
        with pytest.raises(Invalid), salon.web.transaction() as work:
            salon.requesting(work).availability(escort, span, HOUR)


def test_on_tour_she_is_booked_there(salon: Salon) -> None:
    escort, first = salon.provider(), date(2027, 5, 20)
    with salon.owner.transaction() as work:
        work.execute(
            """
            INSERT INTO escorts.tours
                (id, profile_id, city, zone, first_day, last_day, at_home)
            SELECT gen_random_uuid(), %s, slug, zone, %s, %s, false
            FROM escorts.cities WHERE slug = 'auckland'
            """,
            (escort, first, first + 2 * DAY),
        )

    there = salon.ask(salon.client(), escort, LocalStart(first, time(20)))
    home = salon.ask(salon.client(), escort, LocalStart(date(2027, 5, 12), time(20)))

    assert there.place.city == "auckland"
    assert there.span.start == datetime(2027, 5, 20, 8, tzinfo=UTC)
    assert (home.place.city, home.span.start) == ("berlin", datetime(2027, 5, 12, 18, tzinfo=UTC))


def test_a_clock_that_skips_the_time(salon: Salon) -> None:
    escort = salon.provider()
    salon.clock.to(datetime(2027, 3, 20, tzinfo=UTC))

    with pytest.raises(Invalid) as caught:
        salon.ask(salon.client(), escort, LocalStart(date(2027, 3, 28), time(2, 30)))
    assert (caught.value.code, caught.value.field) == ("time-skipped", "time")


def test_who_is_not_public_takes_no_requests(salon: Salon) -> None:
    escort = salon.provider()
    with salon.owner.transaction() as work:
        work.execute("UPDATE escorts.profiles SET hidden = true WHERE id = %s", (escort,))

    with pytest.raises(NotFound):
        salon.ask(salon.client(), escort, NOON + DAY)


def test_where_the_law_forbids_it_nothing_is_free(salon: Salon) -> None:
    escort = salon.provider()
    with salon.owner.transaction() as work:
        work.execute("UPDATE escorts.jurisdictions SET allowed = false "
                     "WHERE capability = 'booking.request'")  # fmt: skip

    assert shown(salon, escort, NOON + DAY) == []
    with pytest.raises(DomainError):
        salon.ask(salon.client(), escort, NOON + DAY)


def test_a_calendar_by_secret_address(salon: Salon) -> None:
    escort = salon.provider()
    provider, client = salon.owner_of(escort), salon.client()
    asked = salon.ask(client, escort, NOON + DAY, message="I like tea.", address="12 Long Street")
    salon.ask(client, escort, NOON + 2 * DAY)
    salon.do("accept", provider, asked.id)

    with salon.web.transaction() as work:
        feed = OwnFeed(work, salon.clock)
        first = feed.renew(client)
        old, token = feed.renew(provider.user_id), feed.renew(provider.user_id)
        text = feed.text(token).decode()
        assert feed.text(first).decode() == text
        with pytest.raises(NotFound):
            feed.text(old)
        feed.revoke(provider.user_id)
        with pytest.raises(NotFound):
            feed.text(token)

    assert text.count("BEGIN:VEVENT") == 1
    assert "DTSTART:20270511T120000Z" in text
    assert "SUMMARY:Appointment\r\n" in text
    for private in ("Mira", "berlin", "tea", "Long", "EUR", str(client), str(escort)):
        assert private not in text


def test_busy_is_what_is_held(salon: Salon, database_as: Callable[[str], Database]) -> None:
    escort = salon.provider()
    asked = salon.ask(salon.client(), escort, NOON + DAY)
    salon.do("accept", salon.owner_of(escort), asked.id)

    with salon.owner.transaction() as work:
        rows = work.execute(
            "SELECT escort_id, lower(padded) AS a, upper(padded) AS b FROM bookings.busy_v1"
        ).fetchall()
    assert rows == [{"escort_id": escort, "a": asked.padded.start, "b": asked.padded.end}]
