"""Calendar of long bookings, and conflicts shown in the inbox."""

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bookings.domain.pricing import QuoteRequest
from bookings.domain.venue import Venue
from kit.auth import Audience
from tests.factories.booking_api import ApiUser, ApiWorld
from tests.factories.booking_pages import PageClient, Values, private_page, profile_id_of, words
from tests.factories.bookings import DAY, HOUR, NOON, POLICY

START = NOON + 3 * DAY
FRIDAY = NOON + 4 * DAY


@pytest.fixture
def provider(api: ApiWorld) -> ApiUser:
    return api.provider(policy=POLICY)


@pytest.fixture
def page_client(provider: ApiUser) -> PageClient:
    return PageClient.from_user(provider, Audience.ADMIN)


def ask(api: ApiWorld, provider: ApiUser, start: datetime, minutes: int = 120) -> UUID:
    what = (
        QuoteRequest(("dinner",), minutes, Venue.INCALL)
        if minutes < 720
        else QuoteRequest(("overnight",), minutes, Venue.OUTCALL)
    )
    return api.bookings.ask(
        api.bookings.client(), profile_id_of(provider), start, quote_request=what
    ).id


def agenda(html: str) -> list[list[str]]:
    """Return the times listed at each day of a week."""
    days = html.partition('class="agenda"')[2].split("<h3>")[1:]
    return [re.findall(r'<strong class="numeric">([^<]+)</strong>', day) for day in days]


def test_calendar_page_long_booking_is_listed_each_day(
    api: ApiWorld, provider: ApiUser, page_client: PageClient
) -> None:
    ask(api, provider, FRIDAY, 3 * 24 * 60)

    week = page_client.page(f"{page_client.bookings_path}/calendar?week=2027-05-10")
    assert agenda(week) == [[], [], [], [], ["from 14:00"], ["all day"], ["all day"]]
    following = page_client.page(f"{page_client.bookings_path}/calendar?week=2027-05-17")
    assert agenda(following) == [["until 14:00"], [], [], [], [], [], []]
    month = words(page_client.page(f"{page_client.bookings_path}/calendar/month?month=2027-05"))
    for day in ("13 May: nothing", "14 May: 1 booking", "17 May: 1 booking", "18 May: nothing"):
        assert f" {day} " in month


def test_calendar_page_bookings_around_midnight(
    api: ApiWorld, provider: ApiUser, page_client: PageClient
) -> None:
    ask(api, provider, NOON + 10 * HOUR)  # Tuesday, midnight in Berlin
    ask(api, provider, NOON + DAY + 8 * HOUR)  # until midnight
    ask(api, provider, NOON + 2 * DAY + 9 * HOUR, 120)  # over midnight

    week = page_client.page(f"{page_client.bookings_path}/calendar?week=2027-05-10")

    assert agenda(week) == [
        [], ["00:00–02:00", "22:00–00:00"], ["23:00–01:00"], ["until 01:00"], [], [], [],
    ]  # fmt: skip


@pytest.mark.slow
def test_inbox_shows_conflicts_before_accepting(
    api: ApiWorld, provider: ApiUser, page_client: PageClient
) -> None:
    held, same, close, free = (ask(api, provider, START + hours * HOUR) for hours in (0, 1, 2, 3))
    assert "Conflicts with another booking" not in page_client.page(page_client.bookings_path)
    api.bookings.do("accept", api.bookings.owner_of(profile_id_of(provider)), held)

    html = page_client.page(page_client.bookings_path)
    requests = {
        str(one): words(html.partition(f'id="when-{one}"')[2].partition("</article>")[0])
        for one in (same, close, free)
    }
    taken = (
        "Conflicts with another booking Thursday, 13 May 2027, 14:00–16:00, waiting for the deposit"
    )
    assert f"{taken} This request cannot be accepted" in requests[str(same)]
    assert f"{taken}, too close to this request" in requests[str(close)]
    assert "Conflicts with" not in requests[str(free)]
    assert f'href="{page_client.bookings_path}/{held}"' in html
    assert taken in words(page_client.page(f"{page_client.bookings_path}/{same}"))
    assert "Conflicts with" not in page_client.page(f"{page_client.bookings_path}/{held}")
    # Accepting fails as announced; a hold with an overdue deposit no longer conflicts.
    assert (
        private_page(
            page_client.post(f"{page_client.bookings_path}/{same}/inbox/accept"), 409
        ).count("Conflicts with another booking")
        == 2
    )
    api.at(NOON + timedelta(hours=6))
    assert "Conflicts with" not in page_client.page(page_client.bookings_path)
    page_client.follow(page_client.post(f"{page_client.bookings_path}/{same}/inbox/accept"))


def test_suggested_slots_omit_open_proposal(
    api: ApiWorld, provider: ApiUser, page_client: PageClient
) -> None:
    client = api.client()
    asked = api.bookings.ask(client.user_id, profile_id_of(provider), START).id
    slot = 'name="start" value="2027-05-13T12:30:00+00:00@berlin"'
    assert slot in PageClient.from_user(client).page(f"/bookings/{asked}")
    page_client.follow(
        page_client.post(
            f"{page_client.bookings_path}/{asked}/propose", date="2027-05-13", time="14:30"
        )
    )

    page = PageClient.from_user(client).page(f"/bookings/{asked}")
    assert slot not in page
    assert page.count('name="start" value=') == 3


def test_request_summary_shows_answer_deadline(api: ApiWorld, provider: ApiUser) -> None:
    client, new = PageClient.from_user(api.client()), f"/bookings/new/p-{provider.profile_id}"
    chosen: Values = {"service": "dinner", "duration": "120", "venue": "incall"}

    for start, text in (
        (START, "has 24 hours to answer"), (NOON + 5 * HOUR, "answers before the start"),
    ):  # fmt: skip
        slot: Values = {"start": f"{start.isoformat()}@berlin"}
        assert text in words(private_page(client.post(f"{new}/summary", chosen | slot)))
