"""Profile views end to end: beacon, limits, hourly roll-up and statistics."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import pytest

from escorts.domain.views import VIEWS_PER_NETWORK, VIEWS_PER_VISITOR, VisitorMarks, utc_day
from escorts.repository.view_counters import SHARDS, ViewCounters
from escorts.service.views import ViewRollup
from kit import clock, db
from kit.auth import Audience
from kit.db import Database
from kit.ids import new_id
from local.services.emulator import Emulator
from tests.factories.escorts import API, DirectoryWorld, Person, sign_in
from tests.fixtures.functions import Answer, FunctionClient

type Functions = Callable[..., FunctionClient]
type Shift = Callable[[timedelta], None]

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"
HERE = {"user-agent": PHONE, "sec-fetch-site": "same-origin"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def shift(database: Database, database_name: str, monkeypatch: pytest.MonkeyPatch) -> Shift:
    """Return a function that shifts all clocks, starting at noon, so that no test crosses an hour."""
    started = clock.now()
    noon = (started + DAY).replace(hour=12, minute=0, second=1)

    def by(span: timedelta) -> None:
        seconds = int((noon - started + span).total_seconds())
        with database.transaction() as work:
            work.execute(
                f"ALTER DATABASE \"{database_name}\" SET app.clock_offset = '{seconds} seconds'"
            )
        monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(seconds))
        database.discard_connection()
        db.close_connections()

    by(timedelta())
    return by


@pytest.fixture
def statistics(cloud: dict[str, str]) -> Callable[..., Any]:
    """Return a reader of the statistics with a new session."""

    def read(person: Person, profile: str = "", query: str = "", *, staff: bool = False) -> Any:
        role, audience = ("admin", Audience.ADMIN) if staff else ("escort", Audience.SITE)
        token = sign_in(cloud, person.user_id, role, audience)
        address = f"{API}/{profile or person.profile_id}/views{query}"
        answer = person.web.get(address, token=token)
        assert answer.status == 200, answer.text
        return answer.json

    return read


@pytest.fixture
def table_items(emulator: Emulator, cloud: dict[str, str]) -> Callable[[], list[dict[str, Any]]]:
    """Return a reader of all items of the table."""
    table = cloud["VIEW_COUNTERS_TABLE"]
    return lambda: emulator.client("dynamodb").scan(TableName=table)["Items"]


def send_beacon(
    web: FunctionClient, profile: str, ip: str = "198.51.100.1", **headers: str
) -> Answer:
    """Send the beacon of a profile's page."""
    web.ip = ip
    return web.post(f"{API}/{profile}/views", headers={**HERE, **headers})


def roll_up(functions: Functions) -> int:
    done: int = functions("EscortsScheduled").invoke({"job": "roll-up-views"})["count"]
    return done


@pytest.mark.slow
def test_view_statistics_include_completed_hours(
    shift: Shift,
    directory: DirectoryWorld,
    staff: Person,
    visitor: FunctionClient,
    functions: Functions,
    statistics: Callable[..., Any],
) -> None:
    provider, nora = directory.published(staff), directory.published(staff, name="Nora Lind")
    today = utc_day(clock.now())
    for number in range(3):
        answer = send_beacon(visitor, provider.profile_id, f"198.51.100.{number}")
        assert (answer.status, answer.text, answer.cookies) == (204, "", [])
    send_beacon(visitor, provider.profile_id, "198.51.100.0")
    send_beacon(visitor, nora.profile_id)
    assert statistics(provider)["countedUntil"] is None
    roll_up(functions)
    assert statistics(provider)["viewCount"] == 0

    shift(HOUR)
    roll_up(functions)
    roll_up(functions)
    found = statistics(provider, query=f"?from={today}&to={today}")
    assert found["items"] == [{"day": str(today), "views": 4, "visitors": 3}]
    assert (found["from"], found["to"]) == (str(today), str(today))
    assert found["viewCount"] == 4
    assert found["countedUntil"] is not None
    assert len(statistics(provider)["items"]) == 30
    assert statistics(staff, provider.profile_id, staff=True)["viewCount"] == 4
    assert statistics(nora)["viewCount"] == 1


def test_view_of_bot_staff_or_owner_is_not_counted(
    directory: DirectoryWorld,
    staff: Person,
    visitor: FunctionClient,
    cloud: dict[str, str],
    table_items: Callable[[], list[dict[str, Any]]],
) -> None:
    provider = directory.published(staff)
    on_site = directory.person("admin")
    dashboard = directory.visitor()
    dashboard.token = sign_in(cloud, provider.user_id, "escort", Audience.ADMIN)

    for web in (provider.web, dashboard, staff.web, on_site.web):
        assert send_beacon(web, provider.profile_id).status == 204
    assert send_beacon(visitor, provider.profile_id, **{"user-agent": "curl/8"}).status == 204
    assert send_beacon(visitor, provider.profile_id, **{"sec-gpc": "1"}).status == 204
    assert send_beacon(visitor, provider.profile_id, dnt="1").status == 204
    assert (
        send_beacon(visitor, provider.profile_id, **{"sec-fetch-site": "cross-site"}).status == 403
    )
    assert table_items() == []

    for person in (directory.person("client"), directory.provider()):
        assert send_beacon(person.web, provider.profile_id, dnt="0").status == 204
    assert len([one for one in table_items() if one["key"]["S"].startswith("counts#")]) == 1


@pytest.mark.slow
def test_view_of_non_public_profile_is_not_counted_with_same_response(
    directory: DirectoryWorld,
    staff: Person,
    visitor: FunctionClient,
    table_items: Callable[[], list[dict[str, Any]]],
) -> None:
    draft, hidden = directory.provider(), directory.published(staff)
    draft.create(name="Nora Lind")
    assert hidden.do("hide").status == 200
    public = directory.published(staff, name="Ida Sand")
    answers = [
        send_beacon(visitor, profile)
        for profile in (draft.profile_id, hidden.profile_id, str(new_id()), "mira", "%00")
    ]
    assert table_items() == []
    answers.append(send_beacon(visitor, public.profile_id))

    assert {(one.status, one.text) for one in answers} == {(204, "")}
    assert len({tuple(sorted(one.headers.keys())) for one in answers}) == 1


@pytest.mark.slow
def test_views_per_visitor_and_network_are_limited(
    shift: Shift,
    directory: DirectoryWorld,
    staff: Person,
    visitor: FunctionClient,
    functions: Functions,
    statistics: Callable[..., Any],
) -> None:
    provider = directory.published(staff)
    for _ in range(VIEWS_PER_VISITOR + 2):
        send_beacon(visitor, provider.profile_id)
    for number in range(VIEWS_PER_NETWORK + 5):
        send_beacon(visitor, provider.profile_id, **{"user-agent": f"{PHONE} {number}"})
    send_beacon(visitor, provider.profile_id, "198.51.100.2")

    shift(DAY)
    send_beacon(visitor, provider.profile_id)
    shift(DAY + HOUR)
    roll_up(functions)
    days = [day for day in statistics(provider)["items"] if day["views"]]
    assert [day["views"] for day in days] == [VIEWS_PER_NETWORK + 1, 1]
    assert days[0]["visitors"] <= VIEWS_PER_NETWORK - VIEWS_PER_VISITOR + 2


@pytest.mark.slow
def test_view_counters_store_no_visitor_data(
    shift: Shift,
    directory: DirectoryWorld,
    staff: Person,
    visitor: FunctionClient,
    functions: Functions,
    table_items: Callable[[], list[dict[str, Any]]],
) -> None:
    """The table holds no IP address and no user agent; the salt is deleted daily and not backed up."""
    provider, client = directory.published(staff), directory.person("client")
    send_beacon(visitor, provider.profile_id)
    send_beacon(client.web, provider.profile_id, "198.51.100.9")
    held = table_items()

    kinds = sorted(one["key"]["S"].split("#")[0] for one in held)
    assert kinds == ["allowance", "allowance", "counts", "salt"]
    for private in ("198.51.100", "iPhone", str(client.user_id), client.user_id.hex):
        assert private not in str(held)
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    for one in held:
        lasts = int(one["ttl"]["N"]) - midnight.timestamp()
        assert lasts == (36 * DAY if "counts" in one["key"]["S"] else HOUR).total_seconds()

    roll_up(functions)
    assert "salt" in {one["key"]["S"].split("#")[0] for one in table_items()}
    shift(DAY)
    roll_up(functions)
    assert "salt" not in {one["key"]["S"].split("#")[0] for one in table_items()}


def test_salt_is_shared_and_changes_daily(cloud: dict[str, str]) -> None:
    counters, today = ViewCounters(cloud["VIEW_COUNTERS_TABLE"]), utc_day(clock.now())
    first = counters.get_or_create_salt(today)

    assert len(first) == 32
    assert counters.get_or_create_salt(today) == first
    second = counters.get_or_create_salt(today + DAY)
    assert second != first
    # Not from the cache, which holds the latest day only.
    assert counters.get_or_create_salt(today) == first
    counters.delete_salt(today)
    assert counters.get_or_create_salt(today) != first


@pytest.mark.slow
def test_concurrent_views_and_rollups_count_exactly(
    directory: DirectoryWorld,
    database: Database,
    database_as: Callable[[str], Database],
    cloud: dict[str, str],
) -> None:
    profiles = []
    for number in range(SHARDS):
        person = directory.provider()
        assert person.create(name=f"Mira {'ABCDEFGH'[number]}").status == 201
        profiles.append(UUID(person.profile_id))
    counters = ViewCounters(cloud["VIEW_COUNTERS_TABLE"])
    moment = clock.now()
    later = moment + HOUR

    def add_views(seed: int) -> None:
        for number in range(40):
            profile = profiles[(number + seed) % len(profiles)]
            counters.add_view(profile, moment, (seed * 40 + number) << 6 | 1)

    def keep_rolling() -> None:
        mine = database_as("escorts_scheduled")
        for _ in range(3):
            ViewRollup(counters, mine, lambda: later).run()

    threads = [Thread(target=add_views, args=(seed,)) for seed in range(4)]
    threads += [Thread(target=keep_rolling) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ViewRollup(counters, database_as("escorts_scheduled"), lambda: later).run()

    with database.transaction() as work:
        rows = work.execute("SELECT views, visitors FROM escorts.view_counts").fetchall()
    assert rows == [{"views": 20, "visitors": 20}] * len(profiles)


def test_concurrent_views_respect_allowance(cloud: dict[str, str]) -> None:
    counters, today = ViewCounters(cloud["VIEW_COUNTERS_TABLE"]), utc_day(clock.now())
    allowed: list[bool] = []

    def ask(visitor: str) -> None:
        traces = VisitorMarks("one-network", visitor, 1)
        allowed.extend(
            counters.consume_allowance(today, traces) for _ in range(VIEWS_PER_VISITOR + 3)
        )

    threads = [Thread(target=ask, args=(f"{number:016}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(allowed) == VIEWS_PER_NETWORK


def test_view_with_unavailable_table_returns_204(
    directory: DirectoryWorld,
    staff: Person,
    visitor: FunctionClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider = directory.published(staff)
    monkeypatch.setenv("VIEW_COUNTERS_TABLE", "no-such-table")

    assert send_beacon(visitor, provider.profile_id).status == 204


def test_view_statistics_require_owner_or_staff(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    provider, other = directory.published(staff), directory.published(staff, name="Nora Lind")
    path = f"{provider.path}/views"

    assert visitor.get(path).status == 401
    assert directory.person("client").web.get(path).status == 403
    assert other.web.get(path).problem["code"] == "no-such-profile"
    assert directory.person("admin").web.get(path).problem["code"] == "no-such-profile"
    assert staff.web.get(f"{API}/{new_id()}/views").status == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-11-22&to=2026-11-21", "from"),
        ("from=2025-01-01&to=2026-11-21", "from"),
        ("from=yesterday", "from"),
        ("until=2026-11-21", "until"),
    ],
)
def test_view_statistics_invalid_period_is_refused(
    directory: DirectoryWorld, staff: Person, query: str, field: str
) -> None:
    provider = directory.published(staff)
    answer = provider.web.get(f"{provider.path}/views?{query}")

    assert answer.status == 422
    assert field in answer.text


@pytest.mark.slow
def test_view_beacon_is_on_public_page_only(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    provider = directory.published(staff)
    slug = visitor.get(provider.path).json["slug"]
    page = visitor.get(f"/{slug}", headers={"accept": "text/html"}).text

    assert f'data-view="{provider.profile_id}"' in page
    assert "/static/view." in page
    assert "data-view" not in visitor.get("/", headers={"accept": "text/html"}).text
