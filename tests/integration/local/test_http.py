"""Integration tests of an HTTP API: real server, real function processes, a sample template."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from local.gateway.app import Gateway
from local.gateway.frames import SERVER_OPTIONS
from local.runtime.pool import Runtime
from local.servers import Server, reserve
from local.template import Physical, Template
from tests.factories.template import function, http_api, http_routes
from tests.integration.local.conftest import RuntimeFixture

pytestmark = pytest.mark.anyio

HANDLER = """
import json, os, time

def handler(event, context):
    match event["routeKey"]:
        case "GET /hang":
            time.sleep(60)
        case "GET /crash":
            os._exit(1)
        case "GET /raise":
            raise ValueError("a secret reason")
    told = {"event": event, "color": os.environ.get("COLOR"), "pid": os.getpid()}
    return {"statusCode": 200, "cookies": ["a=1", "b=2"], "body": json.dumps(told)}
"""
ROUTES = ["GET /hang", "GET /crash", "GET /raise", "ANY /things/{id}"]


class Served:
    """Client of the served API, and its runtime."""

    def __init__(self, port: int, runtime: Runtime) -> None:
        self.client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60)
        self.runtime = runtime


type Serve = Callable[..., Any]


@pytest.fixture
async def serve(runtime_fixture: RuntimeFixture) -> AsyncIterator[Serve]:
    runtime_fixture.write("functions/shop/__init__.py", "")
    runtime_fixture.write("functions/shop/handler.py", HANDLER)
    servers = []

    async def start(routes: list[str] = ROUTES, **environment: str) -> Served:
        code = str(runtime_fixture.stage("asset.shop", "shop"))
        shop = function("shop.handler.handler", code=code, timeout=4, environment=environment)
        resources = {"Shop": shop, "Api": http_api()}
        resources |= http_routes("Api", dict.fromkeys(routes, "Shop"))
        template = Template.from_templates(App={"Resources": resources})
        physical = Physical()
        resolver = template.resolver(physical)
        runtime = runtime_fixture.make_runtime(
            template.functions["Shop"], variables=resolver.environment
        )
        gateway = Gateway(template, runtime, physical=physical, resolver=resolver, log=runtime.log)
        listener = reserve(0)
        server = Server(gateway, listener, **SERVER_OPTIONS)
        await server.start()
        servers.append(server)
        return Served(listener.getsockname()[1], runtime)

    yield start
    for server in servers:
        await server.stop()


async def test_request_reaches_function_and_returns_response(serve: Serve) -> None:
    served = await serve()
    answer = await served.client.post(
        "/things/caf%C3%A9?x=1&x=2", data={"a": "é"}, headers={"cookie": "sid=1"}
    )
    event = answer.json()["event"]
    assert event["routeKey"] == "ANY /things/{id}"
    assert event["pathParameters"] == {"id": "café"}
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert event["cookies"] == ["sid=1"]
    assert event["isBase64Encoded"] is True
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


async def test_route_and_variable_removed_from_template_are_absent(serve: Serve) -> None:
    before = await serve(COLOR="blue")
    assert (await before.client.get("/things/1")).json()["color"] == "blue"
    after = await serve()
    assert (await after.client.get("/things/1")).json()["color"] is None
    without = await serve(["GET /raise"], COLOR="blue")
    assert (await without.client.get("/things/1")).status_code == 404


async def test_failures_are_500_and_do_not_affect_other_requests(serve: Serve) -> None:
    served = await serve()
    await served.client.get("/things/1")
    paths = ["/hang", "/crash", "/raise", "/things/1"]
    answers = await asyncio.gather(*(served.client.get(path) for path in paths))
    assert [answer.status_code for answer in answers] == [503, 500, 500, 200]
    for answer in answers[:3]:
        assert answer.headers["content-type"] == "application/problem+json"
        assert "secret" not in answer.text
        request_id = answer.json()["instance"].rpartition(":")[2]
        (line,) = (
            line for line in served.runtime.log.lines() if f"(request {request_id})" in line.line
        )
        assert line.request_id
        assert len(list(served.runtime.log.lines(request_id=line.request_id))) > 1


async def test_requests_are_served_concurrently(serve: Serve) -> None:
    served = await serve()
    answers = await asyncio.gather(*(served.client.get("/things/1") for _ in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert 1 <= len({answer.json()["pid"] for answer in answers}) <= 4
