"""Integration tests of a WebSocket API: real clients, real function processes, boto3."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from local.gateway.app import Gateway, websocket_rewrites
from local.gateway.frames import SERVER_OPTIONS
from local.gateway.websocket import Limits
from local.runtime.pool import Runtime
from local.servers import Server, reserve
from local.template import Physical, Template
from tests.factories.template import function, join, ref, websocket_api
from tests.factories.waiting import PATIENCE, wait_until_async
from tests.integration.local.conftest import RuntimeFixture

pytestmark = pytest.mark.anyio

HANDLER = """
import json, os
import boto3

client = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["CONNECTIONS_URL"])

def handler(event, context):
    request = event["requestContext"]
    me = request["connectionId"]
    match request["routeKey"]:
        case "$connect":
            token = event.get("queryStringParameters", {}).get("token")
            if token == "broken":
                raise ValueError("a secret reason")
            protocol = event["headers"].get("sec-websocket-protocol")
            headers = {"Sec-WebSocket-Protocol": protocol} if protocol else {}
            status = {"good": 200, "expired": 401}.get(token, 403)
            return {"statusCode": status, "headers": headers}
        case "$disconnect":
            print("left", request["disconnectStatusCode"], request["disconnectReason"])
        case "echo":
            return {"statusCode": 200, "body": json.loads(event["body"])["text"]}
        case "silent":
            return {"statusCode": 200, "body": "nobody reads this"}
        case "post":
            to = json.loads(event["body"]).get("to", me)
            try:
                client.post_to_connection(ConnectionId=to, Data=b"posted")
            except client.exceptions.GoneException:
                client.post_to_connection(ConnectionId=me, Data=b"gone")
        case "fail":
            raise ValueError("a secret reason")
        case "$default":
            told = {"body": event["body"], "type": request["eventType"], "me": me}
            client.post_to_connection(ConnectionId=me, Data=json.dumps(told).encode())
    return {"statusCode": 200}
"""
ROUTES = ["$connect", "$disconnect", "$default", "echo", "silent", "post", "fail"]


@dataclass
class Chat:
    """WebSocket API and a boto3 client of its connections."""

    port: int
    runtime: Runtime
    client: Any

    def open(self, token: str = "good", path: str = "/live", **options: Any) -> connect:
        return connect(f"ws://127.0.0.1:{self.port}{path}?token={token}", **options)

    async def call(self, name: str, connection_id: str, **arguments: Any) -> Any:
        method = getattr(self.client, name)
        return await asyncio.to_thread(method, ConnectionId=connection_id, **arguments)

    async def logged(self, text: str) -> str:
        """Wait for a log line with the text, and return it."""

        def found() -> list[str]:
            return [line.line for line in self.runtime.log.lines() if text in line.line]

        await wait_until_async(found, f"a log line with {text}")
        return found()[0]


type Start = Callable[..., Any]


@pytest.fixture
async def start(runtime_fixture: RuntimeFixture) -> AsyncIterator[Start]:
    """Function that serves a WebSocket API with these routes."""
    runtime_fixture.write("functions/chat/__init__.py", "")
    runtime_fixture.write("functions/chat/handler.py", HANDLER)
    servers = []

    async def serve(routes: list[str] = ROUTES, limits: Limits | None = None) -> Chat:
        url = join(
            "https://", ref("Ws"), ".execute-api.", ref("AWS::Region"), ".amazonaws.com/live"
        )
        chat = function(
            "chat.handler.handler",
            code=str(runtime_fixture.stage("asset.chat", "chat")),
            environment={"CONNECTIONS_URL": url},
        )
        api = websocket_api("Ws", dict.fromkeys(routes, "Chat"), responding=("echo",))
        template = Template.from_templates(App={"Resources": {"Chat": chat, **api}})
        physical, listener = Physical(), reserve(0)
        port = listener.getsockname()[1]
        origin = f"http://127.0.0.1:{port}"
        rewrites = websocket_rewrites(template, template.resolver(physical), origin)
        resolver = template.resolver(physical, rewrites=rewrites)
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        runtime = runtime_fixture.make_runtime(
            template.functions["Chat"], variables=lambda spec: resolver.environment(spec) | keys
        )
        gateway = Gateway(
            template,
            runtime,
            physical=physical,
            resolver=resolver,
            log=runtime.log,
            limits=limits,
        )
        server = Server(gateway, listener, **SERVER_OPTIONS)
        await server.start()
        servers.append(server)
        client = boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=f"{origin}/live",
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        return Chat(port, runtime, client)

    yield serve
    for server in servers:
        await server.stop()


async def ask(socket: ClientConnection, action: str, **fields: str) -> str:
    await socket.send(json.dumps({"action": action, **fields}))
    return str(await asyncio.wait_for(socket.recv(), PATIENCE))


@pytest.mark.parametrize(("token", "status"), [("expired", 401), ("wrong", 403), ("broken", 500)])
async def test_connect_is_refused_with_the_handlers_status(
    start: Start, token: str, status: int
) -> None:
    chat = await start()
    with pytest.raises(InvalidStatus) as refused:
        async with chat.open(token):
            pass
    assert refused.value.response.status_code == status
    assert b"secret reason" not in refused.value.response.body


async def test_messages_are_routed_by_selection_expression(start: Start) -> None:
    chat = await start()
    async with chat.open() as socket:
        assert await ask(socket, "echo", text="hé") == "hé"
        await ask(socket, "unknown")
        await socket.send("no json")
        content = json.loads(await socket.recv())
        assert content["body"] == "no json"
        assert content["type"] == "MESSAGE"


async def test_only_route_with_response_replies(start: Start) -> None:
    chat = await start()
    async with chat.open() as socket:
        await socket.send(json.dumps({"action": "silent"}))
        assert await ask(socket, "echo", text="first heard") == "first heard"


async def test_websocket_route_removed_from_template_is_absent(start: Start) -> None:
    chat = await start(["$connect"])
    async with chat.open() as socket:
        answer = json.loads(await ask(socket, "echo", text="x"))
        assert answer["message"] == "Forbidden"
        assert set(answer) == {"message", "connectionId", "requestId"}


async def test_failed_handler_response_has_no_internals(start: Start) -> None:
    chat = await start()
    async with chat.open() as socket:
        answer = await ask(socket, "fail")
        assert json.loads(answer)["message"] == "Internal server error"
        assert "secret" not in answer
        assert await ask(socket, "echo", text="still here") == "still here"


async def test_post_to_connection_reports_gone_clients(start: Start) -> None:
    chat = await start()
    async with chat.open() as one, chat.open() as other:
        assert await ask(one, "post") == "posted"
        me = json.loads(await ask(other, "who"))["me"]
        await one.send(json.dumps({"action": "post", "to": me}))
        assert await asyncio.wait_for(other.recv(), PATIENCE) == "posted"
        assert await ask(one, "post", to="bm9ib2R5Cg==") == "gone"


async def test_management_api_posts_describes_and_disconnects(start: Start) -> None:
    chat = await start()
    async with chat.open() as socket:
        me = json.loads(await ask(socket, "who"))["me"]
        await chat.call("post_to_connection", me, Data="höi".encode())
        assert await socket.recv() == "höi"
        described = await chat.call("get_connection", me)
        assert described["Identity"]["SourceIp"] == "127.0.0.1"
        assert described["ConnectedAt"] <= described["LastActiveAt"]
        with pytest.raises(chat.client.exceptions.PayloadTooLargeException):
            await chat.call("post_to_connection", me, Data=b"x" * (128 * 1024 + 1))
        await chat.call("delete_connection", me)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 1000
    for name, arguments in [
        ("post_to_connection", {"Data": b"x"}),
        ("get_connection", {}),
        ("delete_connection", {}),
    ]:
        with pytest.raises(chat.client.exceptions.GoneException):
            await chat.call(name, me, **arguments)


async def test_disconnect_event_has_reason(start: Start) -> None:
    chat = await start()
    async with chat.open() as socket:
        await socket.close(4001, "bye")
    assert await chat.logged("left") == "left 4001 bye"


async def test_subprotocol_is_chosen_by_handler(start: Start) -> None:
    chat = await start()
    async with chat.open(subprotocols=["chat.v1"]) as socket:
        assert socket.subprotocol == "chat.v1"


async def test_idle_and_old_connections_are_closed(start: Start) -> None:
    for limits in (Limits(idle=0.5), Limits(life=0.5)):
        chat = await start(["$default"], limits)
        async with chat.open() as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), PATIENCE)
            assert closed.value.rcvd
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1001, "Going away")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("x" * (32 * 1024 + 1), 1009),  # one frame that is too long
        (["x" * 20_000] * 7, 1009),  # frames that fit, a message that does not
        (b"binary", 1003),
    ],
)
async def test_too_long_or_binary_message_closes_connection(
    start: Start, message: Any, code: int
) -> None:
    chat = await start(["$default"])
    async with chat.open() as socket:
        with suppress(ConnectionClosed):  # it may end before all is sent
            await socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), PATIENCE)
        assert closed.value.rcvd
        assert closed.value.rcvd.code == code


async def test_long_message_in_short_frames_arrives(start: Start) -> None:
    chat = await start()
    async with chat.open() as socket:
        await socket.send(["x" * 20_000] * 6)
        assert len(json.loads(await socket.recv())["body"]) == 120_000


async def test_websocket_on_other_path_is_refused(start: Start) -> None:
    chat = await start()
    with pytest.raises(InvalidStatus) as refused:
        async with chat.open(path="/other"):
            pass
    assert refused.value.response.status_code == 404
