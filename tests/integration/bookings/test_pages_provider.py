"""A provider's booking pages: inbox, one booking, calendar, settings, and access."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from bookings.domain.booking import Booking
from bookings.domain.policy import Policy
from bookings.domain.settings import BookingSettings, Question
from bookings.domain.transitions import Status
from kit.auth import Audience
from tests.factories.booking_api import ApiUser, ApiWorld
from tests.factories.booking_pages import (
    HTML,
    PageClient,
    Values,
    hidden,
    private_page,
    profile_id_of,
    words,
    wrong,
)
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
    "proposals/reject", "proposals/accept", "propose", "note", "inbox/accept", "inbox/decline", "inbox/propose",
)  # fmt: skip


@pytest.fixture
def provider(api: ApiWorld) -> ApiUser:
    return api.provider(policy=POLICY)


@pytest.fixture
def page_client(provider: ApiUser) -> PageClient:
    return PageClient.from_user(provider, Audience.ADMIN)


@pytest.fixture
def client_id(api: ApiWorld) -> UUID:
    return api.bookings.client()


def request(
    api: ApiWorld, client_id: UUID, provider: ApiUser, start: object = START, **changes: object
) -> Booking:
    return api.bookings.ask(client_id, profile_id_of(provider), start, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", PAGES)
def test_provider_pages_open_for_their_provider(
    api: ApiWorld, page_client: PageClient, provider: ApiUser, client_id: UUID, part: str
) -> None:
    page_client.page(f"{page_client.bookings_path}{part}")
    request(api, client_id, provider)
    held = request(api, client_id, provider, START + DAY)
    api.bookings.do("accept", api.bookings.owner_of(profile_id_of(provider)), held.id)

    html = page_client.page(f"{page_client.bookings_path}{part}")

    assert (
        f'<a href="{page_client.bookings_path}{part.partition("?")[0]}" aria-current="page">'
        in html
    )


@pytest.mark.parametrize("part", PAGES)
def test_provider_pages_public_session_redirects_to_login(
    api: ApiWorld, provider: ApiUser, part: str
) -> None:
    at_site = PageClient.from_user(provider)
    login = f"/{at_site.slug}/admin/login?next="
    for answer in (
        at_site.get(f"{at_site.bookings_path}{part}"),
        PageClient.from_user(api.client()).get(f"{at_site.bookings_path}{part}"),
        api.visitor().get(f"{at_site.bookings_path}{part}", headers=HTML),
    ):
        assert answer.status == 303
        assert answer.headers["location"].startswith(login)


@pytest.mark.slow
def test_provider_pages_of_other_provider_are_not_found(
    api: ApiWorld, provider: ApiUser, page_client: PageClient, client_id: UUID
) -> None:
    booking = request(api, client_id, provider)
    other_page_client = PageClient.from_user(api.provider(), Audience.ADMIN)

    for part in PAGES:
        other_page_client.page(f"{page_client.bookings_path}{part}", 404)
    for dashboard_path in (page_client.bookings_path, other_page_client.bookings_path):
        other_page_client.page(f"{dashboard_path}/{booking.id}", 404)
        for action in ACTIONS:
            answer = other_page_client.post(f"{dashboard_path}/{booking.id}/{action}")
            assert answer.status == 404, (dashboard_path, action)
    for form in FORMS:
        assert other_page_client.post(f"{page_client.bookings_path}{form}").status == 404
    assert api.bookings.booking(booking.id).status is Status.REQUESTED
    assert (
        PageClient.from_user(api.staff(), Audience.ADMIN).get(page_client.bookings_path).status
        == 403
    )


@pytest.mark.slow
def test_inbox_answers_requests_one_by_one(
    api: ApiWorld, provider: ApiUser, page_client: PageClient
) -> None:
    with api.bookings.web.transaction() as work:
        asks = BookingSettings(questions=(Question("tall", "How tall?"),))
        api.bookings.settings(work).save_settings(provider.user_id, asks)
    client = api.client()
    answers = [
        client.ask(provider, START + n * DAY, answers={"tall": f"18{n}"}, notes="Tea <b>.")
        for n in range(5)
    ]
    made = [UUID(answer.json["id"]) for answer in answers]
    html = page_client.page(page_client.bookings_path)
    assert "5 to answer" in html
    assert html.count('<article class="card request"') == 3
    for text in ("How tall?", "180", "Tea <b>.", "Thursday, 13 May 2027, 14:00–16:00"):
        assert text in words(html)

    after = page_client.follow(
        page_client.post(f"{page_client.bookings_path}/{made[0]}/inbox/accept")
    )
    assert "Accepted." in after
    assert "4 to answer" in after
    after = page_client.follow(
        page_client.post(f"{page_client.bookings_path}/{made[1]}/inbox/decline")
    )
    assert "3 to answer" in after
    tapped = re.findall(r'name="start" value="([^"]+)"', after)
    assert len(tapped) == 9
    after = page_client.follow(
        page_client.post(f"{page_client.bookings_path}/{made[2]}/inbox/propose", start=tapped[0])
    )
    assert "2 to answer" in after
    assert "Waiting for the client" in after
    states = [api.bookings.booking(one).status for one in made[:3]]
    assert states == [Status.ACCEPTED, Status.DECLINED, Status.REQUESTED]


def test_inbox_late_answer_shows_error(
    api: ApiWorld, provider: ApiUser, page_client: PageClient, client_id: UUID
) -> None:
    first, second = request(api, client_id, provider), request(api, api.bookings.client(), provider)
    page_client.post(f"{page_client.bookings_path}/{first.id}/inbox/accept")

    taken = private_page(
        page_client.post(f"{page_client.bookings_path}/{second.id}/inbox/accept"), 409
    )
    assert "Another booking holds this time" in taken
    assert "1 to answer" in taken
    over = private_page(
        page_client.post(f"{page_client.bookings_path}/{first.id}/inbox/accept"), 409
    )
    assert "This is not possible" in over
    odd = private_page(
        page_client.post(
            f"{page_client.bookings_path}/{second.id}/inbox/propose", date="2027-05-14"
        ),
        422,
    )
    assert "Choose a time." in wrong(odd, "propose-time")


@pytest.mark.slow
def test_provider_pages_from_accept_to_check_out(
    api: ApiWorld, provider: ApiUser, page_client: PageClient, client_id: UUID
) -> None:
    path = f"{page_client.bookings_path}/{request(api, client_id, provider).id}"

    asked = page_client.page(path)
    assert "Accept" in asked
    held = page_client.follow(page_client.post(f"{path}/accept"))
    assert "The deposit of EUR 100 is due by Mon 10 May, 20:00" in words(held)
    confirmed = page_client.follow(page_client.post(f"{path}/deposit"))
    assert "Paid so far EUR 100" in words(confirmed)
    assert "EUR 100 is refunded to the client by you" in words(confirmed)
    early = private_page(page_client.post(f"{path}/check-in"), 409)
    assert "one hour before the start" in early
    api.at(START - timedelta(minutes=10))
    assert "You are checked in." in page_client.follow(page_client.post(f"{path}/check-in"))
    api.at(START + HOUR)
    assert "Check out" in page_client.page(path)
    over = page_client.follow(page_client.post(f"{path}/check-out"))
    assert "Completed" in over
    assert "You checked out" in words(over)
    assert "Completed" in page_client.page(f"{page_client.bookings_path}/all?view=over")


@pytest.mark.parametrize(
    ("action", "hours", "state", "shown_text"),
    [
        ("complete", 1, Status.COMPLETED, "The booking is completed"),
        ("no-show", 1, Status.NO_SHOW, "Cancellation fee EUR 500"),
        ("cancel", -1, Status.CANCELLED, "Refund"),
    ],
)
def test_provider_pages_complete_no_show_and_cancel(
    api: ApiWorld,
    provider: ApiUser,
    page_client: PageClient,
    client_id: UUID,
    action: str,
    hours: int,
    state: Status,
    shown_text: str,
) -> None:
    booking = request(api, client_id, provider)
    owner = api.bookings.owner_of(profile_id_of(provider))
    api.bookings.do("accept", owner, booking.id)
    api.bookings.do("pay", owner, booking.id)
    api.at(START + hours * HOUR)

    html = page_client.follow(
        page_client.post(f"{page_client.bookings_path}/{booking.id}/{action}")
    )

    assert api.bookings.booking(booking.id).status is state
    assert shown_text in words(html)
    assert (
        action != "cancel" or "EUR 100" in words(html).partition("Refund by the provider")[2][:20]
    )


@pytest.mark.slow
def test_provider_pages_accept_refuse_and_make_proposals(
    api: ApiWorld, provider: ApiUser, page_client: PageClient, client_id: UUID
) -> None:
    booking = request(api, client_id, provider)
    path = f"{page_client.bookings_path}/{booking.id}"
    client = PageClient(api, client_id, "client")
    client.post(f"/bookings/{booking.id}/propose", date="2027-05-14", time="19:00")

    html = page_client.page(path)
    assert "The client proposed another time" in html
    assert "The client proposed another time" in page_client.page(page_client.bookings_path)
    moved = page_client.follow(
        page_client.post(f"{path}/proposals/accept", hidden(html, f"{path}/proposals/accept"))
    )
    assert "Friday, 14 May 2027, 19:00–21:00" in moved
    assert "Previous booking" in moved
    other = request(api, client_id, provider, START + 5 * DAY)
    client.post(f"/bookings/{other.id}/propose", date="2027-05-20", time="19:00")
    kept = page_client.follow(
        page_client.post(f"{page_client.bookings_path}/{other.id}/proposals/reject")
    )
    assert "The time stays unchanged." in kept
    mine = page_client.follow(
        page_client.post(
            f"{page_client.bookings_path}/{other.id}/propose", date="2027-05-21", time="03:00"
        )
    )
    assert "You proposed another time" in mine


@pytest.mark.slow
def test_provider_pages_note_is_private_and_reason_shared(
    api: ApiWorld, provider: ApiUser, page_client: PageClient, client_id: UUID
) -> None:
    booking = request(api, client_id, provider)
    path = f"{page_client.bookings_path}/{booking.id}"

    assert "Polite &lt;3" in page_client.follow(page_client.post(f"{path}/note", note="Polite <3"))
    assert "2000" in wrong(
        private_page(page_client.post(f"{path}/note", note="x" * 2001), 422), "note-note"
    )
    long = private_page(page_client.post(f"{path}/decline", reason="x" * 501), 422)
    assert "500" in wrong(long, "reason-reason")
    assert "Polite" not in PageClient(api, client_id, "client").page(f"/bookings/{booking.id}")
    assert "Away that week." in page_client.follow(
        page_client.post(f"{path}/decline", reason="Away that week.")
    )
    assert "Away that week." in PageClient(api, client_id, "client").page(f"/bookings/{booking.id}")


def test_provider_pages_calendar_and_feed(
    api: ApiWorld, provider: ApiUser, page_client: PageClient, client_id: UUID
) -> None:
    booking = request(api, client_id, provider)

    week = page_client.page(f"{page_client.bookings_path}/calendar")
    assert "10\u2009–\u200916 May 2027" in week
    assert "14:00–16:00" in week
    assert f"{page_client.bookings_path}/{booking.id}" in week
    assert "14:00–16:00" not in page_client.page(
        f"{page_client.bookings_path}/calendar?week=2027-05-17"
    )
    month = page_client.page(f"{page_client.bookings_path}/calendar/month?month=2027-05")
    assert "13 May: 1 booking" in words(month)
    assert "month=2027-04" in month
    assert "month=2027-06" in month
    page_client.page(f"{page_client.bookings_path}/calendar?week=nonsense")
    assert page_client.get(f"{page_client.bookings_path}/calendar?week=9999-12-31").status == 422
    made = private_page(page_client.post(f"{page_client.bookings_path}/calendar/feed"))
    address = made.partition("data-copy>")[2].partition("<")[0]
    path = address.removeprefix("https://hellomahi.test")
    assert api.visitor().get(path).text.startswith("BEGIN:VCALENDAR")
    page_client.follow(page_client.post(f"{page_client.bookings_path}/calendar/feed/revoke"))
    assert api.visitor().get(path).status == 404


TIMES: Values = {
    "bufferBefore": "15", "bufferAfter": "45", "travel": "30", "notice": "180",
    "horizonDays": "60", "answerHours": "12", "addressDays": "3",
}  # fmt: skip
RULES: Values = {"depositPercent": "30", "depositHours": "12", "noShowPercent": "100"}


def test_settings_page_saves_all_forms(
    api: ApiWorld, page_client: PageClient, provider: ApiUser
) -> None:
    settings = f"{page_client.bookings_path}/settings"

    assert 'value="45"' in page_client.follow(page_client.post(f"{settings}/times", TIMES))
    steps = RULES | {"hours1": "48", "percent1": "30", "hours3": "6", "percent3": "100"}
    page_client.follow(page_client.post(f"{settings}/policy", steps))
    asked = page_client.follow(
        page_client.post(f"{settings}/questions", text="Höhe, in cm?", required="true")
    )
    assert "Höhe, in cm?" in asked
    page_client.follow(page_client.post(f"{settings}/questions", text="Höhe, in cm?"))
    assert "Kant 1" in page_client.follow(page_client.post(f"{settings}/address", address="Kant 1"))

    with api.bookings.web.transaction() as work:
        kept = api.bookings.settings(work).get(provider.user_id)
    assert (kept.settings.buffer_after, kept.settings.answer_hours) == (45, 12)
    assert [question.key for question in kept.settings.questions] == [
        "hohe-in-cm", "hohe-in-cm-2",
    ]  # fmt: skip
    assert [question.required for question in kept.settings.questions] == [True, False]
    assert [(step.hours, step.percent) for step in kept.policy.steps] == [(6, 100), (48, 30)]
    assert isinstance(kept.policy, Policy)
    page_client.follow(page_client.post(f"{settings}/questions/remove", key="hohe-in-cm"))
    with api.bookings.web.transaction() as work:
        left = api.bookings.settings(work).get(provider.user_id).settings
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
def test_settings_page_invalid_value_names_field(
    page_client: PageClient, part: str, values: Values, field: str, why: str
) -> None:
    html = private_page(
        page_client.post(f"{page_client.bookings_path}/settings/{part}", values), 422
    )

    assert why in wrong(html, field)


@pytest.mark.parametrize(
    ("values", "row", "why"),
    [
        ({"hours2": "24"}, 2, "Give both"),
        ({"percent3": "24"}, 3, "Give both"),
        ({"hours1": "0", "percent1": "50"}, 1, "1 hour to 60 days"),
        ({"hours4": "24", "percent4": "150"}, 4, "0 to 100"),
        ({"hours1": "24", "percent1": "90", "hours2": "4", "percent2": "50"}, 1, "A later"),
    ],
    ids=["no-percent", "no-hours", "hours", "percent", "order"],
)
def test_settings_page_invalid_policy_step_names_row(
    page_client: PageClient, values: Values, row: int, why: str
) -> None:
    html = private_page(
        page_client.post(f"{page_client.bookings_path}/settings/policy", RULES | values), 422
    )

    assert why in words(html.partition(f'id="row-{row}"')[2].partition("</p>")[0])
    assert f'aria-describedby="row-{row}"' in html


@pytest.mark.slow
def test_settings_page_questions_are_limited(page_client: PageClient) -> None:
    for number in range(10):
        page_client.follow(
            page_client.post(
                f"{page_client.bookings_path}/settings/questions", text=f"Question {number}?"
            )
        )

    assert "One more question" not in page_client.page(f"{page_client.bookings_path}/settings")
    assert (
        page_client.post(
            f"{page_client.bookings_path}/settings/questions", text="One too many?"
        ).status
        == 422
    )
