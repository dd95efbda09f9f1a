"""Profile views: countable viewers, visitor marks, hours, days and periods."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from escorts.domain.views import (
    HourlyViews,
    ViewerContext,
    completed_hours,
    completed_until,
    end_of_day,
    is_final,
    resolve_period,
    utc_day,
    visitor_marks,
)
from kit.errors import Invalid
from kit.ids import new_id

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
DAY = date(2026, 11, 21)
SALT, PROFILE = b"s" * 32, UUID(int=1)


def onlooker(
    network: str = "203.0.113.7", agent: str = PHONE, *, objects: bool = False
) -> ViewerContext:
    return ViewerContext(network, agent, objects)


@pytest.mark.parametrize(
    "agent",
    [
        PHONE,
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 Chrome/130.0 Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36",
        "Opera/9.80 (Android; Opera Mini/7.5) Presto/2.12 Version/12.16",
    ],
)
def test_viewer_in_browser_is_countable(agent: str) -> None:
    assert onlooker(agent=agent).is_countable
    assert not onlooker(agent=agent, objects=True).is_countable


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "tests",
        "curl/8.9",
        "python-requests/2.32",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 AppleWebKit/537.36 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/130.0 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 11) Chrome-Lighthouse",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
        "Mozilla/5.0 (compatible; Baiduspider/2.0)",
        "facebookexternalhit/1.1",
    ],
)
def test_viewer_program_is_not_countable(agent: str) -> None:
    assert not onlooker(agent=agent).is_countable


def test_viewer_context_repr_hides_user_agent() -> None:
    assert "Mozilla" not in repr(onlooker())


def test_visitor_marks_differ_by_salt_and_profile() -> None:
    here = visitor_marks(SALT, PROFILE, onlooker())

    assert here == visitor_marks(SALT, PROFILE, onlooker())
    for other in (
        visitor_marks(b"t" * 32, PROFILE, onlooker()),
        visitor_marks(SALT, new_id(), onlooker()),
    ):
        assert (other.network, other.visitor) != (here.network, here.visitor)
        assert here.network != other.network
        assert here.visitor != other.visitor


def test_visitor_marks_share_network_key_within_household() -> None:
    one = visitor_marks(SALT, PROFILE, onlooker("2001:db8:7:1::/64"))
    neighbour = visitor_marks(SALT, PROFILE, onlooker("2001:db8:7:2::/64", "Mozilla/5.0 (other)"))
    stranger = visitor_marks(SALT, PROFILE, onlooker("2001:db8:8:1::/64"))

    assert one.network == neighbour.network != stranger.network
    assert len({one.visitor, neighbour.visitor, stranger.visitor}) == 3
    assert visitor_marks(SALT, PROFILE, onlooker("unknown")).network


def test_completed_hours_exclude_current_hour() -> None:
    noon = datetime(2026, 11, 21, 12, 7, tzinfo=UTC)

    assert completed_hours(DAY, noon) == 12
    assert completed_until(DAY, noon) == noon.replace(minute=0)
    assert completed_hours(DAY - timedelta(days=1), noon) == 24
    assert completed_hours(DAY + timedelta(days=1), noon) == 0
    assert completed_hours(DAY, end_of_day(DAY)) == 24
    assert completed_hours(DAY, end_of_day(DAY) - timedelta(microseconds=1)) == 23
    assert not is_final(DAY, end_of_day(DAY) + timedelta(hours=23))
    assert is_final(DAY, end_of_day(DAY) + timedelta(hours=24))
    assert utc_day(datetime.fromisoformat("2026-11-22T00:30:00+01:00")) == DAY


def test_hourly_views_total_sums_completed_hours() -> None:
    counted = HourlyViews(PROFILE, {8: 3, 9: 2}, {8: frozenset({65}), 9: frozenset({65, 130})})

    assert counted.total(DAY, 8) is None
    early, late = counted.total(DAY, 9), counted.total(DAY, 10)
    assert early is not None
    assert late is not None
    assert (early.views, early.visitors) == (3, 1)
    assert (late.views, late.visitors) == (5, 2)


def test_hourly_views_total_has_at_most_as_many_visitors_as_views() -> None:
    lossy = HourlyViews(PROFILE, {0: 1}, {0: frozenset(range(65, 65 + 6400, 64))})
    bare = HourlyViews(PROFILE, {0: 4}, {})

    for counted in (lossy, bare):
        total = counted.total(DAY, 24)
        assert total is not None
        assert total.visitors == 1


def test_resolve_period_returns_requested_days() -> None:
    month = resolve_period(None, None, DAY)

    assert (len(month.days()), month.last) == (30, DAY)
    assert resolve_period(DAY, DAY, DAY).days() == [DAY]
    assert resolve_period(None, date.min, DAY).days() == [date.min]
    assert resolve_period(date.max, None, DAY).days() == [date.max]
    assert len(resolve_period(DAY - timedelta(days=399), DAY, DAY).days()) == 400


@pytest.mark.parametrize(
    ("first", "last"), [(DAY, DAY - timedelta(days=1)), (DAY - timedelta(days=400), DAY)]
)
def test_resolve_period_invalid_is_refused(first: date, last: date) -> None:
    with pytest.raises(Invalid) as refused:
        resolve_period(first, last, DAY)
    assert refused.value.field == "from"
