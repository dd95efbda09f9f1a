"""Handshake fields of WebSocket events, and the route selection of messages."""

import json
from typing import Any
from urllib.parse import parse_qsl

from local.gateway.messages import Request

_BODY = "$request.body."


def connect_fields(request: Request, *, query: bool = True) -> dict[str, Any]:
    """Return the headers and the query string, single and multi-valued."""
    pairs = parse_qsl(request.query, keep_blank_values=True) if query else []
    headers = _multi(request.headers)
    parameters = _multi(pairs)
    fields: dict[str, Any] = {
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
    }
    if parameters:
        fields["queryStringParameters"] = {name: v[-1] for name, v in parameters.items()}
        fields["multiValueQueryStringParameters"] = parameters
    return fields


def selected_route(expression: str, body: str) -> str | None:
    """Return the route key that a message selects, or None."""
    if not expression.startswith(_BODY):
        return None
    try:
        value = json.loads(body)
    except ValueError:
        return None
    for name in expression.removeprefix(_BODY).split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


def _multi(pairs: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
