"""A client's pages: asking in steps, the list, and one booking with all that can be done about it."""

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

import pytest

from bookings.domain.pricing import Extra, When
from bookings.domain.settings import Preferences, Question
from kit.money import Money
from tests.factories.booking_api import Desk, Guest
from tests.factories.booking_pages import HTML, Seat, Values, escort_of, hidden, whole, words, wrong
from tests.factories.bookings import DAY, HOUR, NOON, POLICY

START = NOON + 3 * DAY
CHOSEN: Values = {"service": "dinner", "duration": "120", "venue": "incall"}
QUESTIONS = (Question("height", "How tall are you?"), Question("tea", "Tea?", required=False))


def at(start: datetime) -> str:
    return f"{start.isoformat()}@berlin"


def asked_by(seat: Seat, mira: Guest, **changes: str) -> Values:
    """Go through the steps; return the summary's form."""
    slug = f"p-{mira.escort_id}"
    form = {**CHOSEN, "start": at(START), **changes}
    return hidden(whole(seat.post(f"/bookings/new/{slug}/summary", form)))


def sent(seat: Seat, mira: Guest, **changes: str) -> str:
    """Send a request; return the address of its page."""
    slug = f"p-{mira.escort_id}"
    answer = seat.post(f"/bookings/new/{slug}/send", asked_by(seat, mira, **changes), agree="true")
    assert answer.status == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def intake(desk: Desk, mira: Guest, **more: object) -> None:
    with desk.salon.web.transaction() as work:
        preferences = Preferences(questions=QUESTIONS, **more)  # type: ignore[arg-type]
        desk.salon.rules(work).save_preferences(mira.user_id, preferences)


@pytest.fixture
def mira(desk: Desk) -> Guest:
    return desk.provider(policy=POLICY)


@pytest.fixture
def leo(desk: Desk) -> Seat:
    return Seat.of(desk.client())


def test_from_the_profile_to_a_request(desk: Desk, mira: Guest, leo: Seat) -> None:
    intake(desk, mira)
    slug = f"p-{mira.escort_id}"
    new = f"/bookings/new/{slug}"

    first = leo.page(new)
    times = leo.page(f"{new}/times?{urlencode(CHOSEN)}")
    assert "EUR 500" in times
    assert "Berlin time" in times
    picked = leo.page(f"{new}/times?{urlencode(CHOSEN | {'day': '2027-05-13'})}")
    assert "Thursday 13 May, 14:00" in picked
    details = leo.page(f"{new}/details?{urlencode(CHOSEN | {'start': at(START)})}")
    assert "How tall are you?" in details
    form = hidden(details) | {"answer-height": "180 <cm>", "specialRequests": "A window seat."}
    summary = whole(leo.post(f"{new}/summary", form))
    answer = leo.post(f"{new}/send", hidden(summary), agree="true")
    page = leo.follow(answer)

    assert 'value="incall"' in first
    said = words(summary)
    for text in ("Thursday 13 May 2027, 14:00 to 16:00", "Dinner date, 2 hours", "EUR 500",
                 "EUR 100 (20 %)", "less than 4 hours before: EUR 500 (100 % of the price)",
                 "A window seat.", "180 <cm>"):  # fmt: skip
        assert text in said, text
    assert "answer-height=" not in answer.headers["location"]
    for text in ("Your request is sent", "Waiting for an answer", "You asked",
                 "You have an answer by Tue 11 May, 14:00", "How tall are you?", "180 <cm>"):  # fmt: skip
        assert text in words(page), text
    assert words(leo.page("/bookings")).count("Waiting for an answer") == 1


def test_going_back_loses_nothing(desk: Desk, mira: Guest, leo: Seat) -> None:
    intake(desk, mira)
    new = f"/bookings/new/p-{mira.escort_id}"
    form = asked_by(leo, mira, **{"answer-height": "180", "specialRequests": "A window seat."})

    details = whole(leo.post(f"{new}/details", form))
    times = whole(leo.post(f"{new}/times", form))
    first = whole(leo.post(new, form))

    assert ">\n180</textarea>" in details
    assert "A window seat." in details
    for html in (times, first):
        assert hidden(html)["answer-height"] == "180"
        assert hidden(html)["specialRequests"] == "A window seat."
        assert 'method="post"' in html
    again = hidden(times) | {"start": at(START + DAY)}
    assert ">\n180</textarea>" in whole(leo.post(f"{new}/details", again))
    # What is private never stands in an address.
    assert 'method="get"' in leo.page(f"{new}/times?{urlencode(CHOSEN)}")


def test_pressing_twice_sends_once(mira: Guest, leo: Seat) -> None:
    form = asked_by(leo, mira) | {"agree": "true"}
    path = f"/bookings/new/p-{mira.escort_id}/send"

    first, again = leo.post(path, form), leo.post(path, form)

    assert first.status == 303
    assert first.headers["location"] == again.headers["location"]
    assert words(leo.page("/bookings")).count("Waiting for an answer") == 1


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"service": ""}, "service", "Choose one."),
        ({"service": "juggling"}, "service", "Choose from these"),
        ({"duration": "soon"}, "duration", "Choose how long."),
        ({"duration": "30"}, "duration", "shortest"),
        ({"venue": "moon"}, "venue", "Choose where."),
        ({"venue": "outcall", "service": "dinner", "duration": "60"}, "duration", "shortest"),
        ({"extras": "cake"}, "extras", "Choose from these"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_choice_that_cannot_be(
    desk: Desk, mira: Guest, leo: Seat, changes: Values, field: str, why: str
) -> None:
    intake(desk, mira, extras=(Extra("wine", "Wine", Money(4000, "EUR")),))

    answer = leo.get(f"/bookings/new/p-{mira.escort_id}/times?{urlencode(CHOSEN | changes)}")

    assert why in wrong(whole(answer, 422), field)


def test_details_are_refused_at_their_fields(desk: Desk, mira: Guest, leo: Seat) -> None:
    intake(desk, mira)
    form: Values = {**CHOSEN, "start": at(START), "specialRequests": "x" * 2001,
                    "answer-tea": "y" * 1001}  # fmt: skip

    html = whole(leo.post(f"/bookings/new/p-{mira.escort_id}/summary", form), 422)

    assert "This answer is needed" in wrong(html, "answer-height")
    assert "1000" in wrong(html, "answer-tea")
    assert "2000" in wrong(html, "specialRequests")
    assert "How tall are you?:" in words(html) or "How tall are you? :" in words(html)
    away = form | {"venue": "outcall", "address": "z" * 501}
    html = whole(leo.post(f"/bookings/new/p-{mira.escort_id}/summary", away), 422)
    assert "500" in wrong(html, "address")


def test_without_agreeing_nothing_is_sent(mira: Guest, leo: Seat) -> None:
    form = asked_by(leo, mira)

    html = whole(leo.post(f"/bookings/new/p-{mira.escort_id}/send", form), 422)

    assert "Tick the box" in wrong(html, "agree")
    assert "No bookings yet" in leo.page("/bookings")


def test_a_policy_that_changed_is_read_again(desk: Desk, mira: Guest, leo: Seat) -> None:
    form = asked_by(leo, mira) | {"agree": "true"}
    with desk.salon.web.transaction() as work:
        rules = desk.salon.rules(work)
        rules.save_policy(mira.user_id, replace(POLICY, deposit_percent=50))

    html = whole(leo.post(f"/bookings/new/p-{mira.escort_id}/send", form), 409)

    assert "changed the cancellation policy" in html
    assert "EUR 250 (50 %)" in html
    answer = leo.post(f"/bookings/new/p-{mira.escort_id}/send", hidden(html), agree="true")
    assert answer.status == 303


def test_extras_and_urgency_cost(desk: Desk, mira: Guest, leo: Seat) -> None:
    extras = (
        Extra("wine", "A bottle of wine", Money(4000, "EUR")),
        Extra("soon", "Short notice", Money(5000, "EUR"), When.URGENT),
    )
    intake(desk, mira, extras=extras)
    new = f"/bookings/new/p-{mira.escort_id}"
    query = urlencode(CHOSEN | {"extras": "wine", "urgent": "true"})

    first, times = leo.page(new), leo.page(f"{new}/times?{query}")

    assert "A bottle of wine, EUR 40" in first
    assert "It is urgent" in first
    assert "EUR 590" in times


@pytest.mark.slow
def test_a_time_that_was_taken_meanwhile(desk: Desk, mira: Guest, leo: Seat) -> None:
    new = f"/bookings/new/p-{mira.escort_id}"
    form = asked_by(leo, mira, specialRequests="Tea.") | {"agree": "true"}
    other = sent(Seat.of(desk.client()), mira)
    desk.salon.do("accept", desk.salon.owner_of(escort_of(mira)), other_id(other))

    html = whole(leo.post(f"{new}/send", form), 409)

    said = words(html)
    assert "This time is gone" in said
    assert "Fri 14 May" in said or "Thu 13 May, 16:30" in said
    assert hidden(html)["specialRequests"] == "Tea."
    wait: Values = {name: hidden(html)[name] for name in ("slug", "start", "duration")}
    waiting = leo.follow(leo.post("/bookings/waiting", wait))
    assert "You wait for" in waiting
    assert "Thursday 13 May 2027, 14:00 to 16:00" in waiting
    assert "You wait for" not in leo.follow(leo.post("/bookings/waiting/leave", hidden(waiting)))
    for step in ("details", "summary"):
        assert "This time is gone" in whole(leo.post(f"{new}/{step}", form), 409)


def other_id(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


def test_steps_out_of_turn(mira: Guest, leo: Seat) -> None:
    new = f"/bookings/new/p-{mira.escort_id}"

    for step in ("summary", "send"):
        assert leo.get(f"{new}/{step}").headers["location"] == new
    there = leo.get(f"{new}/details?{urlencode(CHOSEN)}").headers["location"]
    assert there == f"{new}/times?{urlencode(CHOSEN)}"
    assert "Choose one." in wrong(whole(leo.get(f"{new}/times"), 422), "service")
    leo.page("/bookings/new/nobody-here", 404)


def test_weeks_are_walked_through(desk: Desk, mira: Guest, leo: Seat) -> None:
    times = f"/bookings/new/p-{mira.escort_id}/times?{urlencode(CHOSEN)}"

    late = leo.page(f"{times}&since=2027-08-01")
    day = leo.page(f"{times}&since=2027-08-01&day=2027-08-03")
    back = leo.page(f"{times}&{urlencode({'start': at(START)})}")
    beyond = leo.page(f"{times}&since=2031-01-01")
    odd = leo.page(f"{times}&since=never&day=31-31-31")

    assert "Sunday 1 August" in late
    assert hidden(day)["since"] == "2027-08-01"
    assert "Tuesday 3 August" in day
    assert "Thursday 13 May" in words(back)
    assert 'value="2027-07-25"' in late
    assert 'value="2027-08-01"' in beyond
    assert "Monday 10 May" in odd


@pytest.mark.slow
def test_negotiating_paying_and_cancelling_late(desk: Desk, mira: Guest, leo: Seat) -> None:
    path = sent(leo, mira)
    her, booking_id = desk.salon.owner_of(escort_of(mira)), other_id(path)
    desk.salon.do("propose", her, booking_id, START + 2 * HOUR)

    offered = leo.page(path)
    assert "proposes another time" in offered
    assert "Thursday 13 May 2027, 16:00 to 18:00" in offered
    moved = leo.post(f"{path}/agree", hidden(offered, f"{path}/agree"))
    page = leo.follow(moved)
    assert "Waiting for the deposit" in page
    assert "Pay the deposit of EUR 100 by Mon 10 May, 20:00" in page
    new = moved.headers["location"].partition("?")[0]
    assert "Moved to another time" in leo.page(path)
    assert f'href="{new}"' in leo.page(path)
    desk.salon.do("deposit_received", her, other_id(new))
    assert "EUR 100 is for your companion to give back" in words(leo.page(new))
    desk.at(START - 3 * HOUR)
    late = words(leo.page(new))
    assert "Cancelling now costs EUR 250." in late
    assert "EUR 150 of it is still to be paid." in late
    assert "less than 24 hours" in late or "less than 4 hours" in late
    early = whole(leo.post(f"{new}/cancel", reason="My train.", fee="0"), 409)
    assert "Cancelling costs EUR 250 by now" in words(early)
    assert 'name="fee" value="25000"' in early
    over = words(leo.follow(leo.post(f"{new}/cancel", reason="My train.", fee="25000")))
    assert "You cancelled less than 24 hours before it began: by the policy that" in over
    for text in ("It is cancelled.", "My train.", "Cancellation fee EUR 250", "You cancelled"):
        assert text in over, text
    assert "Cancel this booking" not in over
    assert "Cancelled" in leo.page("/bookings?view=past")


@pytest.mark.slow
def test_a_client_proposes_and_keeps(desk: Desk, mira: Guest, leo: Seat) -> None:
    path = sent(leo, mira)
    her, booking_id = desk.salon.owner_of(escort_of(mira)), other_id(path)

    odd = whole(leo.post(f"{path}/propose", date="2027-05-14", time="19:07"), 422)
    assert "quarter" in words(odd)
    assert "Choose a day." in wrong(whole(leo.post(f"{path}/propose"), 422), "propose-date")
    early = whole(leo.post(f"{path}/propose", date="2027-05-14"), 422)
    assert "Choose a time." in wrong(early, "propose-time")
    mine = leo.follow(leo.post(f"{path}/propose", date="2027-05-14", time="19:00"))
    assert "You ask for another time" in mine
    assert "Friday 14 May 2027, 19:00 to 21:00" in mine
    desk.salon.do("propose", her, booking_id, START + 5 * HOUR)
    stale = whole(leo.post(f"{path}/agree", proposal="01890a5d-ac96-774b-bcce-b302099a8057"), 409)
    assert "not asked for any more" in stale
    assert "The time stays as it was." in leo.follow(leo.post(f"{path}/keep"))


def test_note_and_address(desk: Desk, mira: Guest, leo: Seat) -> None:
    path = sent(leo, mira, venue="outcall")

    noted = leo.follow(leo.post(f"{path}/note", note="Bring <flowers>."))
    addressed = leo.follow(leo.post(f"{path}/address", address="Hotel Adlon, room 7"))

    assert "Bring &lt;flowers&gt;." in noted
    assert "Hotel Adlon, room 7" in addressed
    assert "2000" in wrong(whole(leo.post(f"{path}/note", note="x" * 2001), 422), "note-note")
    html = whole(leo.post(f"{path}/address", address="x" * 501), 422)
    assert "500" in wrong(html, "address-address")
    html = whole(leo.post(f"{path}/cancel", reason="x" * 501, fee="0"), 422)
    assert "500" in wrong(html, "reason-reason")


@pytest.mark.slow
def test_lists_page_by_page(desk: Desk, mira: Guest, leo: Seat) -> None:
    assert "No bookings yet" in leo.page("/bookings")
    assert "Nothing is over yet" in leo.page("/bookings?view=past")
    owner = desk.salon.owner_of(escort_of(mira))
    for number in range(12):
        asked = desk.salon.ask(leo.user_id, escort_of(mira), START + number * DAY)
        desk.salon.do("accept", owner, asked.id)

    first = leo.page("/bookings")
    assert first.count('class="booking-card"') == 10
    following = first.partition('class="pagination"')[2].partition('href="')[2].partition('"')[0]
    assert leo.page(following).count('class="booking-card"') == 2


def test_the_calendars_address(desk: Desk, mira: Guest, leo: Seat) -> None:
    sent(leo, mira)

    made = whole(leo.post("/bookings/feed"))
    address = made.partition("data-copy>")[2].partition("<")[0]
    path = address.removeprefix("https://hellomahi.test")
    assert path.startswith("/api/v1/bookings/feed/")
    calendar = desk.visitor().get(path)
    assert calendar.text.startswith("BEGIN:VCALENDAR")
    assert "Take the address away" in leo.page("/bookings")
    leo.follow(leo.post("/bookings/feed/revoke"))
    assert desk.visitor().get(path).status == 404
    assert "Make the address" in leo.page("/bookings")


def test_what_stands_in_a_profile(desk: Desk, mira: Guest, leo: Seat) -> None:
    path = f"/bookings/_request-form/p-{mira.escort_id}"

    stranger = desk.visitor().get(path, headers=HTML)
    assert f"/login?next=/bookings/new/p-{mira.escort_id}" in stranger.text
    assert "Dinner" not in stranger.text
    assert "See free times" in leo.get(path).text
    assert Seat.of(mira).get(path).text == ""
    assert leo.get("/bookings/_request-form/nobody-here").status == 404


def test_a_booking_is_there_for_its_client_alone(desk: Desk, mira: Guest, leo: Seat) -> None:
    path = sent(leo, mira)
    other = Seat.of(desk.client())

    other.page(path, 404)
    for part in ("cancel", "propose", "agree", "keep", "note", "address"):
        answer = other.post(f"{path}/{part}", note="x", address="x")
        assert answer.status == 404, part
    stranger = desk.visitor().get(path, headers=HTML)
    assert (stranger.status, stranger.headers["location"]) == (
        303, f"/login?next={path.replace('/', '%2F')}",
    )  # fmt: skip
    her = Seat.of(mira)
    assert her.get(path).headers["location"] == f"{her.room}{path.removeprefix('/bookings')}"
    assert her.get("/bookings").headers["location"] == her.room
    assert her.post(f"{path}/cancel").status == 403
    assert her.get(f"/bookings/new/p-{mira.escort_id}").status == 403
    staff = desk.staff()
    assert Seat.of(staff).get("/bookings").status in {303, 403}


def test_hours_are_said_where_she_is(desk: Desk, mira: Guest, leo: Seat) -> None:
    """The night on which clocks move: the same hour twice is two moments."""
    desk.at(datetime(2027, 10, 25, 12, tzinfo=NOON.tzinfo))
    night = datetime(2027, 10, 30, 22, tzinfo=NOON.tzinfo)
    path = f"/bookings/new/p-{mira.escort_id}/times?{urlencode(CHOSEN | {'day': '2027-10-31'})}"

    html = leo.page(path)

    assert html.count(">02:00</button>") == 2
    assert at(night + timedelta(hours=2)) in html
    assert at(night + timedelta(hours=3)) in html
