"""WebSocket API: invokes a function for every connect, message and disconnect."""

import asyncio
import base64
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from local.gateway.events import request_time
from local.gateway.messages import Receive, Request, Response, Send, json_response
from local.gateway.websocket_events import connect_fields, selected_route
from local.runtime.invocation import InvocationResult, Invoker, TooManyRequestsError
from local.template.specs import WebSocketApi, WebSocketRoute

GOING_AWAY, UNSUPPORTED, TOO_BIG = 1001, 1003, 1009


@dataclass(frozen=True)
class Limits:
    """Limits of an API Gateway connection, in seconds and bytes."""

    idle: float = 600.0
    life: float = 7200.0
    message: int = 128 * 1024


@dataclass(eq=False)
class Connection:
    """Connection of an accepted client."""

    send: Send
    request: Request
    id: str = field(
        default_factory=lambda: base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()
    )
    connected_at: float = field(default_factory=time.time)
    active_at: float = field(default_factory=time.time)
    closed: tuple[int, str] | None = None

    def touch(self) -> None:
        """Record the time of the last activity."""
        self.active_at = time.time()

    async def post(self, data: bytes) -> bool:
        """Send a message to the client; return False if the client has gone."""
        self.touch()
        try:
            return await self._send({"type": "websocket.send", "text": data.decode()})
        except UnicodeDecodeError:
            return await self._send({"type": "websocket.send", "bytes": data})

    async def close(self, code: int, reason: str = "") -> None:
        """Close the connection from the server's side, once."""
        if self.closed is None and await self._send(
            {"type": "websocket.close", "code": code, "reason": reason}
        ):
            self.closed = code, reason

    async def _send(self, message: dict[str, Any]) -> bool:
        if self.closed:
            return False
        try:
            await self.send(message)
        except (OSError, RuntimeError):  # the client had already disconnected
            self.closed = 1006, ""
            return False
        return True


class WebSocketGateway:
    """Gateway of one WebSocket API's connections."""

    def __init__(
        self, api: WebSocketApi, invoker: Invoker, *, api_id: str, limits: Limits | None = None
    ) -> None:
        self.connections: dict[str, Connection] = {}
        self._api = api
        self._invoker = invoker
        self._api_id = api_id
        self._limits = limits or Limits()

    async def serve(self, request: Request, receive: Receive, send: Send) -> None:
        """Serve one client from the handshake to the disconnect."""
        await receive()  # websocket.connect
        connection = Connection(send, request)
        answer = await self._connect(connection)
        if not 200 <= answer.status < 300:
            await answer.send(send, prefix="websocket.http")
            return
        chosen = dict(answer.headers).get("sec-websocket-protocol")
        self.connections[connection.id] = connection
        await send({"type": "websocket.accept", "subprotocol": chosen})
        try:
            async with asyncio.TaskGroup() as handlers:
                async for body in self._messages(connection, receive):
                    handlers.create_task(self._message(connection, body))
        finally:
            del self.connections[connection.id]
            await self._disconnect(connection)

    async def _connect(self, connection: Connection) -> Response:
        """Return the $connect function's response; without such a route every client may connect."""
        route = self._api.routes.get("$connect")
        if route is None:
            return Response(200)
        event = self._event(connection, "$connect", "CONNECT", connect_fields(connection.request))
        result = await self._invoke(route, event)
        if result is None or not result.ok:
            return self._error(event, HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error")
        answer = result.payload if isinstance(result.payload, dict) else {}
        status = HTTPStatus(int(answer.get("statusCode", 500)))
        if not status.is_success:
            return self._error(event, status, status.phrase)
        headers: dict[str, object] = answer.get("headers") or {}
        return Response(status, tuple((name.lower(), str(v)) for name, v in headers.items()))

    async def _messages(self, connection: Connection, receive: Receive) -> AsyncIterator[str]:
        """Yield the client's messages until one side ends the connection."""
        ends = time.monotonic() + self._limits.life
        while connection.closed is None:
            patience = min(
                connection.active_at + self._limits.idle - time.time(), ends - time.monotonic()
            )
            try:
                async with asyncio.timeout(max(patience, 0)):
                    message = await receive()
            except TimeoutError:
                if ends <= time.monotonic() or self._is_idle(connection):
                    await connection.close(GOING_AWAY, "Going away")
                continue
            if message["type"] == "websocket.disconnect":
                code, reason = message.get("code", 1005), message.get("reason") or ""
                connection.closed = connection.closed or (code, reason)
                return
            connection.touch()
            if message.get("text") is None:
                await connection.close(UNSUPPORTED, "Binary is not supported")
            elif len(message["text"].encode()) > self._limits.message:
                await connection.close(TOO_BIG, "Message too long")
            else:
                yield message["text"]

    def _is_idle(self, connection: Connection) -> bool:
        return time.time() >= connection.active_at + self._limits.idle

    async def _message(self, connection: Connection, body: str) -> None:
        key = selected_route(self._api.selection, body)
        route = self._api.routes.get(key or "") or self._api.routes.get("$default")
        message_id = {"messageId": secrets.token_urlsafe(11)}
        event = self._event(
            connection,
            route.key if route else "$default",
            "MESSAGE",
            {"body": body},
            message_id,
        )
        if route is None:
            await connection.post(self._error(event, HTTPStatus.FORBIDDEN, "Forbidden").body)
            return
        result = await self._invoke(route, event)
        if result is None or not result.ok:
            text = "Internal server error"
            error = self._error(event, HTTPStatus.INTERNAL_SERVER_ERROR, text)
            await connection.post(error.body)
        elif route.responds and isinstance(result.payload, dict) and "body" in result.payload:
            await connection.post(str(result.payload["body"]).encode())

    async def _disconnect(self, connection: Connection) -> None:
        """Invoke the $disconnect function and ignore its result."""
        if route := self._api.routes.get("$disconnect"):
            code, reason = connection.closed or (1006, "")
            fields = connect_fields(connection.request, query=False)
            why = {"disconnectStatusCode": code, "disconnectReason": reason}
            await self._invoke(
                route, self._event(connection, "$disconnect", "DISCONNECT", fields, why)
            )

    async def _invoke(
        self, route: WebSocketRoute, event: Mapping[str, Any]
    ) -> InvocationResult | None:
        """Invoke the function; return None at the integration's timeout."""
        try:
            async with asyncio.timeout(route.timeout):
                return await self._invoker.invoke(route.function, event)
        except (TimeoutError, TooManyRequestsError):
            return None

    def _event(
        self,
        connection: Connection,
        route_key: str,
        kind: str,
        fields: Mapping[str, Any],
        context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        now = time.time()
        request = connection.request
        request_id = secrets.token_urlsafe(12)
        return {
            **fields,
            "requestContext": {
                "routeKey": route_key,
                **(context or {}),
                "eventType": kind,
                "extendedRequestId": request_id,
                "requestTime": request_time(now),
                "messageDirection": "IN",
                "stage": self._api.stage,
                "connectedAt": int(connection.connected_at * 1000),
                "requestTimeEpoch": int(now * 1000),
                "identity": {
                    "sourceIp": request.client,
                    "userAgent": request.header("user-agent"),
                },
                "requestId": request_id,
                "domainName": request.header("host"),
                "connectionId": connection.id,
                "apiId": self._api_id,
            },
            "isBase64Encoded": False,
        }

    def _error(self, event: Mapping[str, Any], status: HTTPStatus, message: str) -> Response:
        context = event["requestContext"]
        ids = {key: context[key] for key in ("connectionId", "requestId")}
        return json_response(status, {"message": message, **ids})
