"""Schedules run when EventBridge Scheduler would run them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.services.expressions import ExpressionError, parse

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def runs(expression: str, after: str, count: int, timezone: str = "UTC") -> list[str]:
    timetable, moment, found = parse(expression, timezone), at(after), []
    for _ in range(count):
        following = timetable.next(moment)
        if following is None:
            break
        moment = following
        found.append(moment.strftime("%Y-%m-%dT%H:%M"))
    return found


def test_rate_counts_from_last_run() -> None:
    assert runs("rate(5 minutes)", "2026-01-01T00:02", 2) == [
        "2026-01-01T00:07",
        "2026-01-01T00:12",
    ]
    assert runs("rate(1 day)", "2026-01-01T00:02", 1) == ["2026-01-02T00:02"]


def test_at_runs_once_in_its_time_zone() -> None:
    assert runs("at(2026-07-01T12:00:00)", "2026-01-01T00:00", 5, BERLIN) == ["2026-07-01T10:00"]
    assert runs("at(2026-07-01T12:00:00)", "2026-07-01T10:00", 5, BERLIN) == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(10 3 * * ? *)", ["2026-01-01T03:10", "2026-01-02T03:10"]),
        ("cron(0/20 8-9 * * ? *)", ["2026-01-01T08:00", "2026-01-01T08:20"]),
        ("cron(0 12 ? * MON-FRI *)", ["2026-01-01T12:00", "2026-01-02T12:00", "2026-01-05T12:00"]),
        ("cron(0 12 ? * 1 *)", ["2026-01-04T12:00"]),
        ("cron(0 0 L * ? *)", ["2026-01-31T00:00", "2026-02-28T00:00"]),
        ("cron(0 0 LW * ? *)", ["2026-01-30T00:00", "2026-02-27T00:00"]),
        ("cron(0 0 1W * ? *)", ["2026-02-02T00:00", "2026-03-02T00:00", "2026-04-01T00:00"]),
        ("cron(0 0 31W * ? *)", ["2026-01-30T00:00", "2026-03-31T00:00"]),
        ("cron(0 9 ? * 3#2 *)", ["2026-01-13T09:00", "2026-02-10T09:00"]),
        ("cron(0 9 ? * 6L *)", ["2026-01-30T09:00", "2026-02-27T09:00"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29T00:00"]),
        ("cron(0 0 1 JAN,JUL ? 2027-2028)", ["2027-01-01T00:00", "2027-07-01T00:00"]),
        ("cron(0 0 1 1 ? 2020)", []),
    ],
)
def test_cron_next_run_is_eventbridges(expression: str, expected: list[str]) -> None:
    assert runs(expression, "2026-01-01T00:00", len(expected) or 1) == expected


def test_cron_skipped_local_time_does_not_run() -> None:
    # On 2026-03-29 Berlin has no 02:30.
    assert runs("cron(30 2 * * ? *)", "2026-03-27T12:00", 3, BERLIN) == [
        "2026-03-28T01:30",
        "2026-03-30T00:30",
        "2026-03-31T00:30",
    ]


def test_cron_repeated_local_time_runs_once() -> None:
    # On 2026-10-25 Berlin has 02:30 twice.
    assert runs("cron(30 2 * * ? *)", "2026-10-23T12:00", 3, BERLIN) == [
        "2026-10-24T00:30",
        "2026-10-25T00:30",
        "2026-10-26T01:30",
    ]


@pytest.mark.parametrize(
    "expression",
    [
        "every day",
        "rate(0 minutes)",
        "rate(5 seconds)",
        "cron(0 12 * * * *)",
        "cron(0 12 ? * ? *)",
        "cron(0 12 * * ?)",
        "cron(60 12 * * ? *)",
        "cron(0 12 32 * ? *)",
        "cron(0 12 ? * 8 *)",
        "cron(0 12 ? * MON#6 *)",
        "cron(5-1 12 * * ? *)",
        "at(tomorrow)",
    ],
)
def test_parse_invalid_expression_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        parse(expression)


def test_parse_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ExpressionError):
        parse("rate(1 day)", "Europe/Atlantis")


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    day=st.integers(0, 1800),
    second=st.integers(0, 86_399),
    zone=st.sampled_from(["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe"]),
)
def test_cron_daily_runs_every_day_but_skipped_ones(
    minute: int, hour: int, day: int, second: int, zone: str
) -> None:
    timetable = parse(f"cron({minute} {hour} * * ? *)", zone)
    moment = at("2025-01-01") + timedelta(days=day, seconds=second)
    found = []
    for _ in range(5):
        following = timetable.next(moment)
        assert following is not None
        assert following > moment
        moment = following
        found.append(moment)
    for earlier, later in pairwise(found):
        assert timedelta(hours=22) < later - earlier < timedelta(hours=50)
