"""CDN purge: delisting a profile purges the paths of all its slugs; H2."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.auth import AccountClosed, UserSuspended
from kit import aws
from kit.db import Database
from kit.edge_cache import MAX_PATHS, CloudFrontInvalidator
from kit.events import Event
from local.servers import Server, reserve
from local.services.invalidations import Invalidations
from tests.factories.escorts import API, DirectoryWorld, Person, decision_body
from tests.factories.waiting import PATIENCE
from tests.fixtures.functions import FunctionClient

REASON = {"reason": "A complaint is being looked at."}
BOTH = ["mira-valen", "mira-v"]


@pytest.fixture
def provider(directory: DirectoryWorld, staff: Person) -> Person:
    provider = directory.published(staff)
    profile = provider.web.get(f"{API}/me").json
    body = {name: profile[name] for name in ("name", "city", "bio", "services", "rates")}
    headers = {"if-match": f'"{profile["version"]}"'}
    answer = provider.web.put(provider.path, json={**body, "slug": "mira-v"}, headers=headers)
    assert answer.status == 200, answer.text
    return provider


def published_events(database: Database, kind: str) -> list[dict[str, Any]]:
    with database.transaction() as work:
        rows = work.execute(
            "SELECT envelope -> 'data' AS data FROM outbox.messages WHERE type = %s", (kind,)
        )
        return [row["data"] for row in rows]


def record(event: Event) -> dict[str, Any]:
    return {"Records": [{"messageId": "m1", "body": json.dumps({"detail": event.envelope()})}]}


type Act = Callable[[Person, Person, DirectoryWorld], Any]


def by_event(event: Callable[[Person], Event]) -> Act:
    def act(provider: Person, staff: Person, directory: DirectoryWorld) -> Any:
        consumer = directory._functions("EscortsConsumer")
        assert consumer.invoke(record(event(provider))) == {"batchItemFailures": []}

    return act


@pytest.mark.parametrize(
    "act",
    [
        lambda provider, staff, directory: provider.do("withdraw"),
        lambda provider, staff, directory: provider.do("hide"),
        lambda provider, staff, directory: staff.web.post(f"{provider.path}/suspend", json=REASON),
        lambda provider, staff, directory: staff.web.post(
            f"{provider.path}/verification", json=decision_body("revoked")
        ),
        by_event(lambda provider: AccountClosed(user_id=provider.user_id)),
        by_event(lambda provider: UserSuspended(user_id=provider.user_id, status="suspended")),
    ],
    ids=["withdraw", "hide", "suspend", "revoke", "close", "suspend the account"],
)
def test_delisting_publishes_profile_delisted_with_all_slugs(
    provider: Person, staff: Person, directory: DirectoryWorld, database: Database, act: Act
) -> None:
    assert published_events(database, "ProfileDelisted") == []

    answer = act(provider, staff, directory)

    assert answer is None or answer.status < 300, answer.text
    (delisted,) = published_events(database, "ProfileDelisted")
    assert delisted["profileId"] == provider.profile_id
    assert sorted(delisted["slugs"]) == sorted(BOTH)


def test_profile_change_publishes_invalidation_with_former_slug(
    provider: Person, database: Database
) -> None:
    *_, changed = published_events(database, "ProfilePagesInvalidated")

    assert sorted(changed["slugs"]) == sorted(BOTH)


def test_suspended_account_without_profile_publishes_nothing(
    directory: DirectoryWorld, database: Database
) -> None:
    client = directory.person("client")
    event = UserSuspended(user_id=client.user_id, status="banned")

    assert directory._functions("EscortsConsumer").invoke(record(event)) == {
        "batchItemFailures": []
    }
    assert published_events(database, "ProfileDelisted") == []


@pytest.fixture
def cloudfront(monkeypatch: pytest.MonkeyPatch) -> Iterator[Invalidations]:
    """CloudFront endpoint of the local cloud, on its own port."""
    done = Invalidations(lambda: datetime.now(UTC), lambda paths: None)
    listener, loop = reserve(0), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = Server(done, listener)
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(PATIENCE)
    endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", endpoint)
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    aws.reset_clients()
    yield done
    aws.reset_clients()
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(PATIENCE)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(PATIENCE)


def test_cloudfront_invalidator_sends_valid_requests(cloudfront: Invalidations) -> None:
    edge = CloudFrontInvalidator("ELOCAL")
    edge.purge(["/mira", "/?*", "/mira"], "one")
    edge.purge(["/mira", "/?*"], "one")
    edge.purge([f"/{number}" for number in range(MAX_PATHS + 1)], "many")

    first, many = cloudfront.done
    assert (first.reference, first.paths) == ("one", ("/mira", "/?*"))
    assert many.paths == ("/*",)


def test_purge_function_purges_paths_of_event(
    cloudfront: Invalidations,
    provider: Person,
    database: Database,
    functions: Callable[..., FunctionClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISTRIBUTION_ID", "ELOCAL")
    provider.do("hide")
    with database.transaction() as work:
        row = work.execute(
            "SELECT envelope FROM outbox.messages WHERE type = 'ProfileDelisted'"
        ).fetchone()
    assert row is not None
    body = {"detail": row["envelope"]}
    event = {"Records": [{"messageId": "m1", "body": json.dumps(body)}]}

    assert functions("EscortsPurge").invoke(event) == {"batchItemFailures": []}

    (made,) = cloudfront.done
    assert {"/mira-valen", "/mira-v", "/", f"{API}*"} <= set(made.paths)
