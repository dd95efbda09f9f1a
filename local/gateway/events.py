"""Conversion of HTTP requests to events of payload format 2.0, and of results to responses."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.gateway.messages import Headers, Request, Response
from local.gateway.routing import Match
from local.template.resolver import ACCOUNT

# The media types that API Gateway passes as text; all others, forms included, are base64 encoded.
_TEXT = ("text/", "application/json", "application/xml", "application/javascript")


class MalformedResultError(Exception):
    """Error: the function's result is not a response."""


def http_event(request: Request, match: Match, *, api_id: str, stage: str) -> dict[str, Any]:
    """Return the event of a request that is routed to `match`."""
    # The deployed gateway passes the path decoded, and cuts it at a decoded question mark.
    path = unquote(request.path).partition("?")[0]
    cookies = _cookies(request)
    query = _joined(parse_qsl(request.query, keep_blank_values=True))
    body, encoded = _body(request)
    return {
        "version": "2.0",
        "routeKey": match.route.key,
        "rawPath": path,
        "rawQueryString": request.query,
        **({"cookies": cookies} if cookies else {}),
        "headers": _joined((n, v) for n, v in request.headers if n != "cookie"),
        **({"queryStringParameters": query} if query else {}),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": api_id,
            "domainName": request.header("host"),
            "domainPrefix": request.header("host").partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.client,
                "userAgent": request.header("user-agent"),
            },
            "requestId": request.id,
            "routeKey": match.route.key,
            "stage": stage,
            "time": request_time(request.at),
            "timeEpoch": int(request.at * 1000),
        },
        **({"pathParameters": dict(match.parameters)} if match.parameters else {}),
        **({"body": body} if body is not None else {}),
        "isBase64Encoded": encoded,
    }


def request_time(at: float) -> str:
    """Return a time in the format of the gateway's events, e.g. 12/Mar/2026:19:03:58 +0000."""
    return datetime.fromtimestamp(at, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


def _cookies(request: Request) -> list[str]:
    values = (value for name, value in request.headers if name == "cookie")
    return [part.strip() for value in values for part in value.split(";") if part.strip()]


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the pairs as a mapping; the values of a repeated name are joined by commas."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _body(request: Request) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    content_type = request.header("content-type").partition(";")[0].strip().lower()
    if content_type.startswith(_TEXT):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass  # not valid text in spite of its media type
    return base64.b64encode(request.body).decode(), True


def http_response(result: Any) -> Response:
    """Return the response for a function's result; without a status code the whole result is the body."""
    if not isinstance(result, dict) or "statusCode" not in result:
        text = result if isinstance(result, str) else json.dumps(result)
        return Response(200, (("content-type", "application/json"),), text.encode())
    status = result["statusCode"]
    if not str(status).isdigit() or not 100 <= int(status) <= 599:
        raise MalformedResultError(f"statusCode {status!r}")
    body = result.get("body")
    if not isinstance(body, str | None):
        raise MalformedResultError(f"body of type {type(body).__name__}")
    headers = _result_headers(result)
    if body and "content-type" not in {name for name, _ in headers}:
        headers = (*headers, ("content-type", "text/plain; charset=utf-8"))
    return Response(int(status), headers, _decoded(body or "", result.get("isBase64Encoded")))


def _result_headers(result: Mapping[str, Any]) -> Headers:
    given = result.get("headers") or {}
    cookies = result.get("cookies") or []
    if not isinstance(given, dict) or not isinstance(cookies, list):
        raise MalformedResultError("headers or cookies")
    named = ((str(name).lower(), _text(value)) for name, value in given.items())
    return (*named, *(("set-cookie", _text(cookie)) for cookie in cookies))


def _text(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not text.isprintable() or any(ord(character) > 255 for character in text):
        raise MalformedResultError("a header that HTTP cannot carry")
    return text


def _decoded(body: str, encoded: object) -> bytes:
    if not encoded:
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise MalformedResultError("body is no base64") from error
