"""Notification times and stored queries of saved searches."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from escorts.domain.saved_items import next_notification_time
from escorts.pages.filters import read_filters
from escorts.schemas.saved_items import parse_stored_query, to_page_parameters, to_stored_query
from escorts.schemas.search import SearchQuery
from kit.errors import Invalid

ZONES = st.sampled_from(
    ["Europe/Berlin", "Pacific/Auckland", "America/New_York", "Asia/Kathmandu", "Pacific/Apia",
     "Pacific/Chatham", "UTC", "Mars/Olympus_Mons"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("now", "zone", "then"),
    [
        ("2026-07-01T05:59:59Z", "Europe/Berlin", "2026-07-01T06:00:00Z"),
        ("2026-07-01T06:00:00Z", "Europe/Berlin", "2026-07-02T06:00:00Z"),
        # The clocks change in the night between: a day of 23 and one of 25 hours.
        ("2026-03-28T07:00:00Z", "Europe/Berlin", "2026-03-29T06:00:00Z"),
        ("2026-10-24T06:00:00Z", "Europe/Berlin", "2026-10-25T07:00:00Z"),
        ("2026-07-01T00:00:00Z", "Pacific/Auckland", "2026-07-01T20:00:00Z"),
        ("2026-07-01T00:00:00Z", "nowhere", "2026-07-01T08:00:00Z"),
    ],
)
def test_next_notification_time_is_next_local_morning(now: str, zone: str, then: str) -> None:
    assert next_notification_time(datetime.fromisoformat(now), zone) == datetime.fromisoformat(then)


@given(st.integers(0, 15 * 366 * 24 * 60), ZONES)
def test_next_notification_time_is_within_25_hours(minute: int, zone: str) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    morning = next_notification_time(now, zone)
    place = ZoneInfo("UTC" if zone.startswith("Mars") else zone)
    assert now < morning <= now + timedelta(hours=25)
    assert (morning.astimezone(place).hour, morning.minute % 15) == (8, 0)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"location": "berlin", "services": ["dinner", "overnight"], "languages": ["de"]},
        {"location": "berlin", "priceMin": 100, "priceMax": 500, "sortBy": "price"},
        {"location": "berlin", "sortBy": "rating"},
        {"location": "berlin", "sortBy": "created_at", "sortOrder": "asc"},
        {"availableNow": True},
        {"location": "berlin", "availableAt": "2031-01-01T20:00", "duration": 120},
    ],
)
def test_stored_query_gives_same_criteria_on_its_page(asked: dict[str, object]) -> None:
    query = to_stored_query(SearchQuery.model_validate(asked))
    shown = read_filters(QueryParams(to_page_parameters(query)))
    if asked.get("sortOrder") == "asc" or asked.get("availableNow"):
        assert shown.errors == {}
        return
    assert shown.query is not None
    assert shown.query.to_criteria() == parse_stored_query(query)


def test_stored_query_excludes_paging() -> None:
    asked = SearchQuery.model_validate({"q": "Mira", "page": 2, "limit": 10})
    assert to_stored_query(asked) == {"q": "Mira"}


def test_parse_stored_query_with_unknown_filter_is_refused() -> None:
    with pytest.raises(Invalid):
        parse_stored_query({"colour": "red"})
