"""Bookings in a provider's own room: inbox, one booking, calendar, settings; and who gets in."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from bookings.domain.booking import Booking
from bookings.domain.policy import Policy
from bookings.domain.settings import Preferences, Question
from bookings.domain.transitions import Status
from kit.auth import Audience
from tests.factories.booking_api import Desk, Guest
from tests.factories.booking_pages import HTML, Seat, Values, escort_of, hidden, whole, words, wrong
from tests.factories.bookings import DAY, HOUR, NOON, POLICY

START = NOON + 3 * DAY
PAGES = ("", "/all", "/all?view=over", "/calendar", "/calendar/month", "/settings")
FORMS = (
    "/calendar/feed", "/calendar/feed/revoke", "/settings/times", "/settings/policy",
    "/settings/questions", "/settings/questions/remove", "/settings/address",
    "/settings/extras", "/settings/extras/change", "/settings/extras/remove",
)  # fmt: skip
ACTIONS = (
    "accept", "decline", "cancel", "deposit", "check-in", "check-out", "complete", "no-show",
    "keep", "agree", "propose", "note", "inbox/accept", "inbox/decline", "inbox/propose",
)  # fmt: skip


@pytest.fixture
def mira(desk: Desk) -> Guest:
    return desk.provider(policy=POLICY)


@pytest.fixture
def her(mira: Guest) -> Seat:
    return Seat.of(mira, Audience.ADMIN)


@pytest.fixture
def leo(desk: Desk) -> UUID:
    return desk.salon.client()


def request(
    desk: Desk, leo: UUID, mira: Guest, start: object = START, **changes: object
) -> Booking:
    return desk.salon.ask(leo, escort_of(mira), start, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", PAGES)
def test_every_page_opens_to_her(desk: Desk, her: Seat, mira: Guest, leo: UUID, part: str) -> None:
    her.page(f"{her.room}{part}")
    request(desk, leo, mira)
    held = request(desk, leo, mira, START + DAY)
    desk.salon.do("accept", desk.salon.owner_of(escort_of(mira)), held.id)

    html = her.page(f"{her.room}{part}")

    assert f'<a href="{her.room}{part.partition("?")[0]}" aria-current="page">' in html


@pytest.mark.parametrize("part", PAGES)
def test_a_session_of_the_site_does_not_open_it(desk: Desk, mira: Guest, part: str) -> None:
    at_site = Seat.of(mira)
    login = f"/{at_site.slug}/admin/login?next="
    for answer in (
        at_site.get(f"{at_site.room}{part}"),
        Seat.of(desk.client()).get(f"{at_site.room}{part}"),
        desk.visitor().get(f"{at_site.room}{part}", headers=HTML),
    ):
        assert answer.status == 303
        assert answer.headers["location"].startswith(login)


@pytest.mark.slow
def test_another_providers_room_is_not_there(desk: Desk, mira: Guest, her: Seat, leo: UUID) -> None:
    booking = request(desk, leo, mira)
    nora = Seat.of(desk.provider(), Audience.ADMIN)

    for part in PAGES:
        nora.page(f"{her.room}{part}", 404)
    for room in (her.room, nora.room):
        nora.page(f"{room}/{booking.id}", 404)
        for action in ACTIONS:
            answer = nora.post(f"{room}/{booking.id}/{action}")
            assert answer.status == 404, (room, action)
    for form in FORMS:
        assert nora.post(f"{her.room}{form}").status == 404
    assert desk.salon.booking(booking.id).status is Status.REQUESTED
    assert Seat.of(desk.staff(), Audience.ADMIN).get(her.room).status == 403


@pytest.mark.slow
def test_the_inbox_is_answered_one_by_one(desk: Desk, mira: Guest, her: Seat) -> None:
    with desk.salon.web.transaction() as work:
        asks = Preferences(questions=(Question("tall", "How tall?"),))
        desk.salon.rules(work).save_preferences(mira.user_id, asks)
    client = desk.client()
    answers = [
        client.ask(mira, START + n * DAY, answers={"tall": f"18{n}"}, notes="Tea <b>.")
        for n in range(5)
    ]
    made = [UUID(answer.json["id"]) for answer in answers]
    html = her.page(her.room)
    assert "5 to answer" in html
    assert html.count('<article class="card request"') == 3
    for text in ("How tall?", "180", "Tea <b>.", "Thursday 13 May 2027, 14:00 to 16:00"):
        assert text in words(html)

    after = her.follow(her.post(f"{her.room}/{made[0]}/inbox/accept"))
    assert "Accepted." in after
    assert "4 to answer" in after
    after = her.follow(her.post(f"{her.room}/{made[1]}/inbox/decline"))
    assert "3 to answer" in after
    tapped = re.findall(r'name="start" value="([^"]+)"', after)
    assert len(tapped) == 9
    after = her.follow(her.post(f"{her.room}/{made[2]}/inbox/propose", start=tapped[0]))
    assert "2 to answer" in after
    assert "Waiting for the client" in after
    states = [desk.salon.booking(one).status for one in made[:3]]
    assert states == [Status.ACCEPTED, Status.DECLINED, Status.REQUESTED]


def test_an_answer_that_comes_too_late(desk: Desk, mira: Guest, her: Seat, leo: UUID) -> None:
    first, second = request(desk, leo, mira), request(desk, desk.salon.client(), mira)
    her.post(f"{her.room}/{first.id}/inbox/accept")

    taken = whole(her.post(f"{her.room}/{second.id}/inbox/accept"), 409)
    assert "Another booking has this time already" in taken
    assert "1 to answer" in taken
    over = whole(her.post(f"{her.room}/{first.id}/inbox/accept"), 409)
    assert "This is not possible" in over
    odd = whole(her.post(f"{her.room}/{second.id}/inbox/propose", date="2027-05-14"), 422)
    assert "Choose a time." in wrong(odd, "propose-time")


@pytest.mark.slow
def test_from_accepting_to_having_met(desk: Desk, mira: Guest, her: Seat, leo: UUID) -> None:
    path = f"{her.room}/{request(desk, leo, mira).id}"

    asked = her.page(path)
    assert "Accept" in asked
    held = her.follow(her.post(f"{path}/accept"))
    assert "The deposit of EUR 100 is due by Mon 10 May, 20:00" in words(held)
    confirmed = her.follow(her.post(f"{path}/deposit"))
    assert "Paid so far EUR 100" in words(confirmed)
    assert "EUR 100 goes back to the client from you" in words(confirmed)
    early = whole(her.post(f"{path}/check-in"), 409)
    assert "from an hour before" in early
    desk.at(START - timedelta(minutes=10))
    assert "You are checked in." in her.follow(her.post(f"{path}/check-in"))
    desk.at(START + HOUR)
    assert "Check out" in her.page(path)
    over = her.follow(her.post(f"{path}/check-out"))
    assert "Took place" in over
    assert "You checked out" in words(over)
    assert "Took place" in her.page(f"{her.room}/all?view=over")


@pytest.mark.parametrize(
    ("action", "hours", "state", "said"),
    [
        ("complete", 1, Status.COMPLETED, "it took place"),
        ("no-show", 1, Status.NO_SHOW, "Cancellation fee EUR 500"),
        ("cancel", -1, Status.CANCELLED, "Goes back"),
    ],
)
def test_other_ends(
    desk: Desk, mira: Guest, her: Seat, leo: UUID, action: str, hours: int, state: Status, said: str
) -> None:
    booking = request(desk, leo, mira)
    owner = desk.salon.owner_of(escort_of(mira))
    desk.salon.do("accept", owner, booking.id)
    desk.salon.do("deposit_received", owner, booking.id)
    desk.at(START + hours * HOUR)

    html = her.follow(her.post(f"{her.room}/{booking.id}/{action}"))

    assert desk.salon.booking(booking.id).status is state
    assert said in words(html)
    assert action != "cancel" or "EUR 100" in words(html).partition("Goes back")[2][:20]


@pytest.mark.slow
def test_negotiating_from_her_side(desk: Desk, mira: Guest, her: Seat, leo: UUID) -> None:
    booking = request(desk, leo, mira)
    path = f"{her.room}/{booking.id}"
    client = Seat(desk, leo, "client")
    client.post(f"/bookings/{booking.id}/propose", date="2027-05-14", time="19:00")

    html = her.page(path)
    assert "The client asks for another time" in html
    assert "The client asks for another time" in her.page(her.room)
    moved = her.follow(her.post(f"{path}/agree", hidden(html, f"{path}/agree")))
    assert "Friday 14 May 2027, 19:00 to 21:00" in moved
    assert "As it was before" in moved
    other = request(desk, leo, mira, START + 5 * DAY)
    client.post(f"/bookings/{other.id}/propose", date="2027-05-20", time="19:00")
    kept = her.follow(her.post(f"{her.room}/{other.id}/keep"))
    assert "The time stays as it was." in kept
    mine = her.follow(her.post(f"{her.room}/{other.id}/propose", date="2027-05-21", time="03:00"))
    assert "You ask for another time" in mine


@pytest.mark.slow
def test_her_note_and_reasons(desk: Desk, mira: Guest, her: Seat, leo: UUID) -> None:
    booking = request(desk, leo, mira)
    path = f"{her.room}/{booking.id}"

    assert "Polite &lt;3" in her.follow(her.post(f"{path}/note", note="Polite <3"))
    assert "2000" in wrong(whole(her.post(f"{path}/note", note="x" * 2001), 422), "note-note")
    long = whole(her.post(f"{path}/decline", reason="x" * 501), 422)
    assert "500" in wrong(long, "reason-reason")
    assert "Polite" not in Seat(desk, leo, "client").page(f"/bookings/{booking.id}")
    assert "Away that week." in her.follow(her.post(f"{path}/decline", reason="Away that week."))
    assert "Away that week." in Seat(desk, leo, "client").page(f"/bookings/{booking.id}")


def test_the_calendar(desk: Desk, mira: Guest, her: Seat, leo: UUID) -> None:
    booking = request(desk, leo, mira)

    week = her.page(f"{her.room}/calendar")
    assert "10 May to 16 May 2027" in week
    assert "14:00 to 16:00" in week
    assert f"{her.room}/{booking.id}" in week
    assert "14:00 to 16:00" not in her.page(f"{her.room}/calendar?week=2027-05-17")
    month = her.page(f"{her.room}/calendar/month?month=2027-05")
    assert "13 May: 1 booking" in words(month)
    assert "month=2027-04" in month
    assert "month=2027-06" in month
    her.page(f"{her.room}/calendar?week=nonsense")
    assert her.get(f"{her.room}/calendar?week=9999-12-31").status == 422
    made = whole(her.post(f"{her.room}/calendar/feed"))
    address = made.partition("data-copy>")[2].partition("<")[0]
    path = address.removeprefix("https://hellomahi.test")
    assert desk.visitor().get(path).text.startswith("BEGIN:VCALENDAR")
    her.follow(her.post(f"{her.room}/calendar/feed/revoke"))
    assert desk.visitor().get(path).status == 404


TIMES: Values = {
    "bufferBefore": "15", "bufferAfter": "45", "travel": "30", "notice": "180",
    "horizonDays": "60", "answerHours": "12", "addressDays": "3",
}  # fmt: skip
RULES: Values = {"depositPercent": "30", "depositHours": "12", "noShowPercent": "100"}


def test_settings_are_saved(desk: Desk, her: Seat, mira: Guest) -> None:
    settings = f"{her.room}/settings"

    assert 'value="45"' in her.follow(her.post(f"{settings}/times", TIMES))
    steps = RULES | {"hours1": "48", "percent1": "30", "hours3": "6", "percent3": "100"}
    her.follow(her.post(f"{settings}/policy", steps))
    asked = her.follow(her.post(f"{settings}/questions", text="Höhe, in cm?", required="true"))
    assert "Höhe, in cm?" in asked
    her.follow(her.post(f"{settings}/questions", text="Höhe, in cm?"))
    assert "Kant 1" in her.follow(her.post(f"{settings}/address", address="Kant 1"))

    with desk.salon.web.transaction() as work:
        kept = desk.salon.rules(work).read(mira.user_id)
    assert (kept.preferences.buffer_after, kept.preferences.answer_hours) == (45, 12)
    assert [question.key for question in kept.preferences.questions] == [
        "hohe-in-cm", "hohe-in-cm-2",
    ]  # fmt: skip
    assert [question.required for question in kept.preferences.questions] == [True, False]
    assert [(step.hours, step.percent) for step in kept.policy.steps] == [(6, 100), (48, 30)]
    assert isinstance(kept.policy, Policy)
    her.follow(her.post(f"{settings}/questions/remove", key="hohe-in-cm"))
    with desk.salon.web.transaction() as work:
        left = desk.salon.rules(work).read(mira.user_id).preferences
    assert [question.key for question in left.questions] == ["hohe-in-cm-2"]


@pytest.mark.parametrize(
    ("part", "values", "field", "why"),
    [
        ("times", TIMES | {"bufferBefore": "999"}, "times-bufferBefore", "0 to 240"),
        ("times", TIMES | {"notice": "soon"}, "times-notice", "number"),
        ("times", TIMES | {"horizonDays": ""}, "times-horizonDays", "Fill this in"),
        ("policy", RULES | {"depositPercent": "101"}, "policy-depositPercent", "0 to 100"),
        ("policy", RULES | {"depositHours": "0"}, "policy-depositHours", "1 to 168"),
        ("policy", RULES | {"noShowPercent": "-1"}, "policy-noShowPercent", "0 to 100"),
        ("questions", {"text": ""}, "question-text", "Fill this in"),
        ("questions", {"text": "x" * 201}, "question-text", "200"),
        ("address", {"address": "x" * 501}, "address-address", "500"),
    ],
    ids=lambda value: value if isinstance(value, str) and "-" in value else "",
)
def test_settings_are_refused_at_their_field(
    her: Seat, part: str, values: Values, field: str, why: str
) -> None:
    html = whole(her.post(f"{her.room}/settings/{part}", values), 422)

    assert why in wrong(html, field)


@pytest.mark.parametrize(
    ("values", "row", "why"),
    [
        ({"hours2": "24"}, 2, "Give both"),
        ({"percent3": "24"}, 3, "Give both"),
        ({"hours1": "0", "percent1": "50"}, 1, "1 hour to 60 days"),
        ({"hours4": "24", "percent4": "150"}, 4, "0 to 100"),
        ({"hours1": "24", "percent1": "90", "hours2": "4", "percent2": "50"}, 1, "The later"),
    ],
    ids=["no-percent", "no-hours", "hours", "percent", "order"],
)
def test_a_step_is_refused_at_its_row(her: Seat, values: Values, row: int, why: str) -> None:
    html = whole(her.post(f"{her.room}/settings/policy", RULES | values), 422)

    assert why in words(html.partition(f'id="row-{row}"')[2].partition("</p>")[0])
    assert f'aria-describedby="row-{row}"' in html


@pytest.mark.slow
def test_questions_have_an_end(her: Seat) -> None:
    for number in range(10):
        her.follow(her.post(f"{her.room}/settings/questions", text=f"Question {number}?"))

    assert "One more question" not in her.page(f"{her.room}/settings")
    assert her.post(f"{her.room}/settings/questions", text="One too many?").status == 422
