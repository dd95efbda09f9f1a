"""Inactive profiles and expired dates."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from kit import clock
from kit.auth import Audience
from kit.db import Database
from kit.local_time import local_date
from tests.factories.escorts import DirectoryWorld, Person, sign_in
from tests.fixtures.functions import FunctionClient

type Functions = Callable[..., FunctionClient]
type Shift = Callable[[float], None]


def inactivity_events(database: Database) -> list[tuple[str, dict[str, Any]]]:
    with database.transaction() as work:
        rows = work.execute(
            "SELECT type, envelope -> 'data' AS data FROM outbox.messages"
            " WHERE type IN ('ProfileInactivityWarned', 'ProfileAutoHidden') ORDER BY id"
        )
        return [(row["type"], row["data"]) for row in rows]


@pytest.mark.slow
def test_inactive_profile_is_warned_hidden_and_shown_again(
    directory: DirectoryWorld,
    staff: Person,
    visitor: FunctionClient,
    functions: Functions,
    database: Database,
    cloud: dict[str, str],
    shift: Shift,
) -> None:
    provider = directory.published(staff)
    directory.provider().create()  # a draft is not shown, so it is not hidden either
    scheduled = functions("EscortsScheduled")
    job = {"job": "hide-inactive-profiles"}
    shift(82)
    assert scheduled.invoke(job) == {"count": 0}
    shift(84)
    assert scheduled.invoke(job) == {"count": 1}
    assert scheduled.invoke(job) == {"count": 0}
    event, data = inactivity_events(database)[0]
    assert event == "ProfileInactivityWarned"
    assert (data["profileId"], data["userId"]) == (provider.profile_id, str(provider.user_id))
    shift(90.5)
    assert scheduled.invoke(job) == {"count": 0}
    assert visitor.get(provider.path).status == 200
    shift(91.5)
    assert scheduled.invoke(job) == {"count": 1}
    assert visitor.get(provider.path).status == 404
    assert [name for name, _ in inactivity_events(database)] == [
        "ProfileInactivityWarned",
        "ProfileAutoHidden",
    ]
    assert scheduled.invoke(job) == {"count": 0}

    token = sign_in(cloud, provider.user_id, "escort", Audience.SITE)
    back = functions("Gateway", token=token)
    assert back.post(f"{provider.path}/show").status == 200
    assert visitor.get(provider.path).status == 200
    assert functions("EscortsScheduled").invoke(job) == {"count": 0}


def test_reading_own_profile_records_activity(
    directory: DirectoryWorld,
    staff: Person,
    functions: Functions,
    database: Database,
    cloud: dict[str, str],
    shift: Shift,
) -> None:
    provider = directory.published(staff)
    shift(84)
    assert functions("EscortsScheduled").invoke({"job": "hide-inactive-profiles"}) == {"count": 1}
    token = sign_in(cloud, provider.user_id, "escort", Audience.SITE)
    assert functions("Gateway", token=token).get("/api/v1/escorts/me").status == 200
    shift(92)
    assert functions("EscortsScheduled").invoke({"job": "hide-inactive-profiles"}) == {"count": 0}
    with database.transaction() as work:
        row = work.execute("SELECT warned_at FROM escorts.activity").fetchone()
    assert row == {"warned_at": None}


@pytest.mark.slow
def test_expired_dates_are_deleted(
    directory: DirectoryWorld, staff: Person, functions: Functions, database: Database, shift: Shift
) -> None:
    provider = directory.published(staff)
    today = local_date(clock.now(), "Europe/Berlin").isoformat()
    far = (local_date(clock.now(), "Europe/Berlin") + timedelta(days=60)).isoformat()
    for day in (today, far):
        body = {"city": "hamburg", "from": day, "to": day}
        assert provider.web.post(f"{provider.path}/tours", json=body).status == 201
    closed = {"kind": "closed", "date": today}
    assert provider.web.post(f"{provider.path}/exceptions", json=closed).status == 201
    assert provider.web.post(f"{provider.path}/available-now", json={"minutes": 30}).status == 200
    scheduled = functions("EscortsScheduled")
    job = {"job": "delete-expired-availability"}
    assert scheduled.invoke(job) == {"count": 0}
    shift(10)
    assert scheduled.invoke(job) == {"count": 1}
    with database.transaction() as work:
        row = work.execute(
            "SELECT (SELECT count(*) FROM escorts.tours) AS tours,"
            " (SELECT count(*) FROM escorts.availability_exceptions) AS dated,"
            " (SELECT count(*) FROM escorts.available_now) AS now,"
            " (SELECT bool_or(has_exceptions) FROM escorts.profile_search) AS has_exceptions,"
            " (SELECT count(*) FROM escorts.check_search()) AS differences"
        ).fetchone()
    assert row == {"tours": 1, "dated": 0, "now": 0, "has_exceptions": False, "differences": 0}
    shift(80)
    assert scheduled.invoke(job) == {"count": 1}
    with database.transaction() as work:
        row = work.execute("SELECT has_exceptions FROM escorts.profile_search").fetchone()
    assert row == {"has_exceptions": False}
