"""Endpoint `@connections`, through which functions send to connected clients (apigatewaymanagementapi)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import unquote

from local.gateway.messages import Request, Response, json_response
from local.gateway.websocket import Connection

_LIMIT = 128 * 1024


async def manage(connections: Mapping[str, Connection], request: Request) -> Response:
    """Answer POST, GET and DELETE of `/{stage}/@connections/{id}`."""
    connection = connections.get(unquote(request.path.rpartition("/")[2]))
    gone = _error(410, "GoneException", "")
    if connection is None or connection.closed:
        return gone
    match request.method:
        case "POST":
            if len(request.body) > _LIMIT:
                return _error(413, "PayloadTooLargeException", "Maximum payload size is 128 KB")
            return Response(200) if await connection.post(request.body) else gone
        case "GET":
            return json_response(200, _describe(connection))
        case "DELETE":
            await connection.close(1000, "Connection Closed Normally")
            return Response(204)
    return _error(403, "ForbiddenException", "Forbidden")


def _describe(connection: Connection) -> dict[str, object]:
    request = connection.request
    return {
        "connectedAt": _iso(connection.connected_at),
        "identity": {"sourceIp": request.client, "userAgent": request.header("user-agent")},
        "lastActiveAt": _iso(connection.active_at),
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _error(status: int, kind: str, message: str) -> Response:
    return json_response(status, {"message": message}, (("x-amzn-errortype", kind),))
