"""A client's pages: the request wizard, the list, and one booking with its actions."""

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

import pytest

from bookings.domain.pricing import Extra, ExtraTrigger
from bookings.domain.settings import BookingSettings, Question
from kit.money import Money
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
CHOSEN: Values = {"service": "dinner", "duration": "120", "venue": "incall"}
QUESTIONS = (Question("height", "How tall are you?"), Question("tea", "Tea?", required=False))


def at(start: datetime) -> str:
    return f"{start.isoformat()}@berlin"


def fill_in_request(page_client: PageClient, provider: ApiUser, **changes: str) -> Values:
    """Go through the steps; return the summary's form."""
    slug = f"p-{provider.profile_id}"
    form = {**CHOSEN, "start": at(START), **changes}
    return hidden(private_page(page_client.post(f"/bookings/new/{slug}/summary", form)))


def send_request(page_client: PageClient, provider: ApiUser, **changes: str) -> str:
    """Send a request; return the path of its page."""
    slug = f"p-{provider.profile_id}"
    answer = page_client.post(
        f"/bookings/new/{slug}/send",
        fill_in_request(page_client, provider, **changes),
        agree="true",
    )
    assert answer.status == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def save_intake(api: ApiWorld, provider: ApiUser, **more: object) -> None:
    with api.bookings.web.transaction() as work:
        preferences = BookingSettings(questions=QUESTIONS, **more)  # type: ignore[arg-type]
        api.bookings.settings(work).save_settings(provider.user_id, preferences)


@pytest.fixture
def provider(api: ApiWorld) -> ApiUser:
    return api.provider(policy=POLICY)


@pytest.fixture
def client_page(api: ApiWorld) -> PageClient:
    return PageClient.from_user(api.client())


def test_client_pages_from_profile_to_request(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    save_intake(api, provider)
    slug = f"p-{provider.profile_id}"
    new = f"/bookings/new/{slug}"

    first = client_page.page(new)
    times = client_page.page(f"{new}/times?{urlencode(CHOSEN)}")
    assert "EUR 500" in times
    assert "Berlin time" in times
    picked = client_page.page(f"{new}/times?{urlencode(CHOSEN | {'day': '2027-05-13'})}")
    assert "Thursday 13 May, 14:00" in picked
    details = client_page.page(f"{new}/details?{urlencode(CHOSEN | {'start': at(START)})}")
    assert "How tall are you?" in details
    form = hidden(details) | {"answer-height": "180 <cm>", "specialRequests": "A window seat."}
    summary = private_page(client_page.post(f"{new}/summary", form))
    answer = client_page.post(f"{new}/send", hidden(summary), agree="true")
    page = client_page.follow(answer)

    assert 'value="incall"' in first
    shown_text = words(summary)
    for text in ("Thursday, 13 May 2027, 14:00–16:00", "Dinner date, 2 hours", "EUR 500",
                 "EUR 100 (20%)", "less than 4 hours before: EUR 500 (100% of the price)",
                 "A window seat.", "180 <cm>"):  # fmt: skip
        assert text in shown_text, text
    assert "answer-height=" not in answer.headers["location"]
    for text in ("Your request is sent", "Waiting for an answer", "You requested the booking",
                 "The provider answers by Tue 11 May, 14:00", "How tall are you?", "180 <cm>"):  # fmt: skip
        assert text in words(page), text
    assert words(client_page.page("/bookings")).count("Waiting for an answer") == 1


def test_client_pages_going_back_keeps_values(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    save_intake(api, provider)
    new = f"/bookings/new/p-{provider.profile_id}"
    form = fill_in_request(
        client_page, provider, **{"answer-height": "180", "specialRequests": "A window seat."}
    )

    details = private_page(client_page.post(f"{new}/details", form))
    times = private_page(client_page.post(f"{new}/times", form))
    first = private_page(client_page.post(new, form))

    assert ">\n180</textarea>" in details
    assert "A window seat." in details
    for html in (times, first):
        assert hidden(html)["answer-height"] == "180"
        assert hidden(html)["specialRequests"] == "A window seat."
        assert 'method="post"' in html
    again = hidden(times) | {"start": at(START + DAY)}
    assert ">\n180</textarea>" in private_page(client_page.post(f"{new}/details", again))
    # Private values are never in a URL.
    assert 'method="get"' in client_page.page(f"{new}/times?{urlencode(CHOSEN)}")


def test_client_pages_sending_twice_creates_one_request(
    provider: ApiUser, client_page: PageClient
) -> None:
    form = fill_in_request(client_page, provider) | {"agree": "true"}
    path = f"/bookings/new/p-{provider.profile_id}/send"

    first, again = client_page.post(path, form), client_page.post(path, form)

    assert first.status == 303
    assert first.headers["location"] == again.headers["location"]
    assert words(client_page.page("/bookings")).count("Waiting for an answer") == 1


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"service": ""}, "service", "Choose one."),
        ({"service": "juggling"}, "service", "Choose from these"),
        ({"duration": "soon"}, "duration", "Choose a duration."),
        ({"duration": "30"}, "duration", "shortest"),
        ({"venue": "moon"}, "venue", "Choose a place."),
        ({"venue": "outcall", "service": "dinner", "duration": "60"}, "duration", "shortest"),
        ({"extras": "cake"}, "extras", "Choose from these"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_client_pages_invalid_choice_names_field(
    api: ApiWorld, provider: ApiUser, client_page: PageClient, changes: Values, field: str, why: str
) -> None:
    save_intake(api, provider, extras=(Extra("wine", "Wine", Money(4000, "EUR")),))

    answer = client_page.get(
        f"/bookings/new/p-{provider.profile_id}/times?{urlencode(CHOSEN | changes)}"
    )

    assert why in wrong(private_page(answer, 422), field)


def test_client_pages_invalid_details_name_fields(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    save_intake(api, provider)
    form: Values = {**CHOSEN, "start": at(START), "specialRequests": "x" * 2001,
                    "answer-tea": "y" * 1001}  # fmt: skip

    html = private_page(
        client_page.post(f"/bookings/new/p-{provider.profile_id}/summary", form), 422
    )

    assert "This answer is needed" in wrong(html, "answer-height")
    assert "1000" in wrong(html, "answer-tea")
    assert "2000" in wrong(html, "specialRequests")
    assert "How tall are you?:" in words(html) or "How tall are you? :" in words(html)
    away = form | {"venue": "outcall", "address": "z" * 501}
    html = private_page(
        client_page.post(f"/bookings/new/p-{provider.profile_id}/summary", away), 422
    )
    assert "500" in wrong(html, "address")


def test_client_pages_without_agreement_sends_nothing(
    provider: ApiUser, client_page: PageClient
) -> None:
    form = fill_in_request(client_page, provider)

    html = private_page(client_page.post(f"/bookings/new/p-{provider.profile_id}/send", form), 422)

    assert "Tick the box" in wrong(html, "agree")
    assert "No bookings yet" in client_page.page("/bookings")


def test_client_pages_changed_policy_is_shown_again(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    form = fill_in_request(client_page, provider) | {"agree": "true"}
    with api.bookings.web.transaction() as work:
        rules = api.bookings.settings(work)
        rules.save_policy(provider.user_id, replace(POLICY, deposit_percent=50))

    html = private_page(client_page.post(f"/bookings/new/p-{provider.profile_id}/send", form), 409)

    assert "changed the cancellation policy" in html
    assert "EUR 250 (50%)" in html
    answer = client_page.post(
        f"/bookings/new/p-{provider.profile_id}/send", hidden(html), agree="true"
    )
    assert answer.status == 303


def test_client_pages_extras_and_urgency_raise_price(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    extras = (
        Extra("wine", "A bottle of wine", Money(4000, "EUR")),
        Extra("soon", "Short notice", Money(5000, "EUR"), ExtraTrigger.URGENT),
    )
    save_intake(api, provider, extras=extras)
    new = f"/bookings/new/p-{provider.profile_id}"
    query = urlencode(CHOSEN | {"extras": "wine", "urgent": "true"})

    first, times = client_page.page(new), client_page.page(f"{new}/times?{query}")

    assert "A bottle of wine, EUR 40" in first
    assert "Urgent request" in first
    assert "EUR 590" in times


@pytest.mark.slow
def test_client_pages_taken_time_offers_waitlist(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    new = f"/bookings/new/p-{provider.profile_id}"
    form = fill_in_request(client_page, provider, specialRequests="Tea.") | {"agree": "true"}
    other = send_request(PageClient.from_user(api.client()), provider)
    api.bookings.do("accept", api.bookings.owner_of(profile_id_of(provider)), booking_id_of(other))

    html = private_page(client_page.post(f"{new}/send", form), 409)

    shown_text = words(html)
    assert "Time no longer available" in shown_text
    assert "Fri 14 May" in shown_text or "Thu 13 May, 16:30" in shown_text
    assert hidden(html)["specialRequests"] == "Tea."
    wait: Values = {name: hidden(html)[name] for name in ("slug", "start", "duration")}
    waiting = client_page.follow(client_page.post("/bookings/waitlist", wait))
    assert "Waitlist" in waiting
    assert "Thursday, 13 May 2027, 14:00–16:00" in waiting
    assert "Waitlist</h2>" not in client_page.follow(
        client_page.post("/bookings/waitlist/leave", hidden(waiting))
    )
    for step in ("details", "summary"):
        assert "Time no longer available" in private_page(
            client_page.post(f"{new}/{step}", form), 409
        )


def booking_id_of(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


def test_client_pages_skipped_step_redirects(provider: ApiUser, client_page: PageClient) -> None:
    new = f"/bookings/new/p-{provider.profile_id}"

    for step in ("summary", "send"):
        assert client_page.get(f"{new}/{step}").headers["location"] == new
    there = client_page.get(f"{new}/details?{urlencode(CHOSEN)}").headers["location"]
    assert there == f"{new}/times?{urlencode(CHOSEN)}"
    assert "Choose one." in wrong(private_page(client_page.get(f"{new}/times"), 422), "service")
    client_page.page("/bookings/new/nobody-here", 404)


def test_client_pages_week_navigation(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    times = f"/bookings/new/p-{provider.profile_id}/times?{urlencode(CHOSEN)}"

    late = client_page.page(f"{times}&since=2027-08-01")
    day = client_page.page(f"{times}&since=2027-08-01&day=2027-08-03")
    back = client_page.page(f"{times}&{urlencode({'start': at(START)})}")
    beyond = client_page.page(f"{times}&since=2031-01-01")
    odd = client_page.page(f"{times}&since=never&day=31-31-31")

    assert "Sunday 1 August" in late
    assert hidden(day)["since"] == "2027-08-01"
    assert "Tuesday 3 August" in day
    assert "Thursday 13 May" in words(back)
    assert 'value="2027-07-25"' in late
    assert 'value="2027-08-01"' in beyond
    assert "Monday 10 May" in odd


@pytest.mark.slow
def test_client_pages_reschedule_pay_and_cancel_late(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    path = send_request(client_page, provider)
    owner, booking_id = api.bookings.owner_of(profile_id_of(provider)), booking_id_of(path)
    api.bookings.do("propose", owner, booking_id, START + 2 * HOUR)

    offered = client_page.page(path)
    assert "proposes another time" in offered
    assert "Thursday, 13 May 2027, 16:00–18:00" in offered
    moved = client_page.post(
        f"{path}/proposals/accept", hidden(offered, f"{path}/proposals/accept")
    )
    page = client_page.follow(moved)
    assert "Waiting for the deposit" in page
    assert "Pay the deposit of EUR 100 by Mon 10 May, 20:00" in page
    new = moved.headers["location"].partition("?")[0]
    assert "Rescheduled" in client_page.page(path)
    assert f'href="{new}"' in client_page.page(path)
    api.bookings.do("pay", owner, booking_id_of(new))
    assert "EUR 100 is to be returned by your companion" in words(client_page.page(new))
    api.at(START - 3 * HOUR)
    late = words(client_page.page(new))
    assert "Cancelling now costs EUR 250." in late
    assert "EUR 150 of it is still to be paid." in late
    assert "less than 24 hours" in late or "less than 4 hours" in late
    early = private_page(client_page.post(f"{new}/cancel", reason="My train.", fee="0"), 409)
    assert "Cancelling costs EUR 250 by now" in words(early)
    assert 'name="fee" value="25000"' in early
    over = words(
        client_page.follow(client_page.post(f"{new}/cancel", reason="My train.", fee="25000"))
    )
    assert "You cancelled less than 24 hours before the start: by the policy that" in over
    for text in (
        "The booking is cancelled.",
        "My train.",
        "Cancellation fee EUR 250",
        "You cancelled",
    ):
        assert text in over, text
    assert "Cancel this booking" not in over
    assert "Cancelled" in client_page.page("/bookings?view=past")


@pytest.mark.slow
def test_client_pages_propose_and_refuse_proposal(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    path = send_request(client_page, provider)
    owner, booking_id = api.bookings.owner_of(profile_id_of(provider)), booking_id_of(path)

    odd = private_page(client_page.post(f"{path}/propose", date="2027-05-14", time="19:07"), 422)
    assert "quarter" in words(odd)
    assert "Choose a day." in wrong(
        private_page(client_page.post(f"{path}/propose"), 422), "propose-date"
    )
    early = private_page(client_page.post(f"{path}/propose", date="2027-05-14"), 422)
    assert "Choose a time." in wrong(early, "propose-time")
    mine = client_page.follow(client_page.post(f"{path}/propose", date="2027-05-14", time="19:00"))
    assert "You proposed another time" in mine
    assert "Friday, 14 May 2027, 19:00–21:00" in mine
    api.bookings.do("propose", owner, booking_id, START + 5 * HOUR)
    stale = private_page(
        client_page.post(
            f"{path}/proposals/accept", proposal="01890a5d-ac96-774b-bcce-b302099a8057"
        ),
        409,
    )
    assert "no longer open" in stale
    assert "The time stays unchanged." in client_page.follow(
        client_page.post(f"{path}/proposals/reject")
    )


def test_client_pages_save_note_and_address(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    path = send_request(client_page, provider, venue="outcall")

    noted = client_page.follow(client_page.post(f"{path}/note", note="Bring <flowers>."))
    addressed = client_page.follow(
        client_page.post(f"{path}/address", address="Hotel Adlon, room 7")
    )

    assert "Bring &lt;flowers&gt;." in noted
    assert "Hotel Adlon, room 7" in addressed
    assert "2000" in wrong(
        private_page(client_page.post(f"{path}/note", note="x" * 2001), 422), "note-note"
    )
    html = private_page(client_page.post(f"{path}/address", address="x" * 501), 422)
    assert "500" in wrong(html, "address-address")
    html = private_page(client_page.post(f"{path}/cancel", reason="x" * 501, fee="0"), 422)
    assert "500" in wrong(html, "reason-reason")


@pytest.mark.slow
def test_client_pages_list_is_paginated(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    assert "No bookings yet" in client_page.page("/bookings")
    assert "No past bookings" in client_page.page("/bookings?view=past")
    owner = api.bookings.owner_of(profile_id_of(provider))
    for number in range(12):
        asked = api.bookings.ask(client_page.user_id, profile_id_of(provider), START + number * DAY)
        api.bookings.do("accept", owner, asked.id)

    first = client_page.page("/bookings")
    assert first.count('class="booking-card"') == 10
    following = first.partition('class="pagination"')[2].partition('href="')[2].partition('"')[0]
    assert client_page.page(following).count('class="booking-card"') == 2


def test_client_pages_create_and_delete_feed(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    send_request(client_page, provider)

    made = private_page(client_page.post("/bookings/feed"))
    address = made.partition("data-copy>")[2].partition("<")[0]
    path = address.removeprefix("https://hellomahi.test")
    assert path.startswith("/api/v1/bookings/feed/")
    calendar = api.visitor().get(path)
    assert calendar.text.startswith("BEGIN:VCALENDAR")
    assert "Delete the link" in client_page.page("/bookings")
    client_page.follow(client_page.post("/bookings/feed/revoke"))
    assert api.visitor().get(path).status == 404
    assert "Create a link" in client_page.page("/bookings")


def test_client_pages_request_fragment_per_viewer(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    path = f"/bookings/_request-form/p-{provider.profile_id}"

    stranger = api.visitor().get(path, headers=HTML)
    assert f"/login?next=/bookings/new/p-{provider.profile_id}" in stranger.text
    assert "Dinner" not in stranger.text
    assert "See free times" in client_page.get(path).text
    assert PageClient.from_user(provider).get(path).text == ""
    assert client_page.get("/bookings/_request-form/nobody-here").status == 404


def test_client_pages_booking_of_others_is_not_found(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    path = send_request(client_page, provider)
    other = PageClient.from_user(api.client())

    other.page(path, 404)
    for part in ("cancel", "propose", "proposals/accept", "proposals/reject", "note", "address"):
        answer = other.post(f"{path}/{part}", note="x", address="x")
        assert answer.status == 404, part
    stranger = api.visitor().get(path, headers=HTML)
    assert (stranger.status, stranger.headers["location"]) == (
        303, f"/login?next={path.replace('/', '%2F')}",
    )  # fmt: skip
    page_client = PageClient.from_user(provider)
    assert (
        page_client.get(path).headers["location"]
        == f"{page_client.bookings_path}{path.removeprefix('/bookings')}"
    )
    assert page_client.get("/bookings").headers["location"] == page_client.bookings_path
    assert page_client.post(f"{path}/cancel").status == 403
    assert page_client.get(f"/bookings/new/p-{provider.profile_id}").status == 403
    staff = api.staff()
    assert PageClient.from_user(staff).get("/bookings").status in {303, 403}


def test_client_pages_clock_change_shows_both_hours(
    api: ApiWorld, provider: ApiUser, client_page: PageClient
) -> None:
    """On the night of a clock change the repeated hour is two different times."""
    api.at(datetime(2027, 10, 25, 12, tzinfo=NOON.tzinfo))
    night = datetime(2027, 10, 30, 22, tzinfo=NOON.tzinfo)
    path = (
        f"/bookings/new/p-{provider.profile_id}/times?{urlencode(CHOSEN | {'day': '2027-10-31'})}"
    )

    html = client_page.page(path)

    assert html.count(">02:00</button>") == 2
    assert at(night + timedelta(hours=2)) in html
    assert at(night + timedelta(hours=3)) in html
