"""Unit tests of the Lambda handler: HTTP API events, payload 2.0, and responses."""

import base64
import json
import logging
from typing import Any

import pytest
from fastapi import APIRouter, Request, Response

from kit.auth import public, set_session_cookie
from kit.auth.cookies import Audience
from kit.http import client_ip, create_app, lambda_handler, request_id

router = APIRouter()


@router.api_route("/api/v1/echo", methods=["GET", "POST"], dependencies=[public()])
async def echo(request: Request) -> dict[str, Any]:
    body = await request.body()
    return {
        "method": request.method,
        "query": request.query_params.multi_items(),
        "cookies": request.cookies,
        "body": body.decode("latin-1"),
        "ip": client_ip(request),
        "id": request_id(request),
        "language": request.headers.get("accept-language"),
    }


@router.get("/api/v1/people/{name}", dependencies=[public()])
async def person(name: str) -> str:
    return name


@router.get("/api/v1/binary", dependencies=[public()])
async def binary() -> Response:
    return Response(bytes(range(256)), media_type="image/avif")


@router.get("/api/v1/cookies", dependencies=[public()])
async def cookies(response: Response) -> None:
    set_session_cookie(response, Audience.SITE, "a.b", max_age=60)
    set_session_cookie(response, Audience.ADMIN, "c.d", max_age=60)


@router.get("/api/v1/crash", dependencies=[public()])
async def crash() -> None:
    raise RuntimeError("hunter2")


handler = lambda_handler(create_app(title="Tests", routers=[router]))


def event(path: str, method: str = "GET", query: str = "", **more: Any) -> dict[str, Any]:
    """Return the smallest event of the gateway, which omits empty fields."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "abc.execute-api.eu-central-1.amazonaws.com"},
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "tests",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    } | more


def test_event_without_body_gives_empty_body() -> None:
    answer = handler(event("/api/v1/echo"), None)

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["body"] == ""
    assert json.loads(answer["body"])["ip"] == "203.0.113.7"


def test_request_id_is_the_gateways() -> None:
    answer = handler(event("/api/v1/echo"), None)

    assert json.loads(answer["body"])["id"] == "JKJaXmPLvHcESHA="
    assert answer["headers"]["x-request-id"] == "JKJaXmPLvHcESHA="


def test_base64_body_is_decoded() -> None:
    body = base64.b64encode(b"\x00\xff").decode()

    answer = handler(event("/api/v1/echo", "POST", body=body, isBase64Encoded=True), None)

    assert json.loads(answer["body"])["body"] == "\x00\xff"


def test_query_keeps_order_and_repetitions() -> None:
    answer = handler(event("/api/v1/echo", query="b=2&a=1&b=%C3%A4&c="), None)

    assert json.loads(answer["body"])["query"] == [["b", "2"], ["a", "1"], ["b", "ä"], ["c", ""]]


@pytest.mark.parametrize("query", ["%", "a=%ff", "&&&", "=", "a=%00", "%zz=1"])
def test_malformed_query_is_not_500(query: str) -> None:
    assert handler(event("/api/v1/echo", query=query), None)["statusCode"] == 200


def test_cookies_are_lists_in_event_and_response() -> None:
    seen = handler(event("/api/v1/echo", cookies=["__Host-sid=a.b", "theme=dark"]), None)
    given = handler(event("/api/v1/cookies"), None)

    assert json.loads(seen["body"])["cookies"] == {"__Host-sid": "a.b", "theme": "dark"}
    assert [one.partition("=")[0] for one in given["cookies"]] == ["__Host-sid", "__Host-adm"]
    assert "set-cookie" not in given["headers"]


def test_csrf_checks_cookies_of_event_list() -> None:
    answer = handler(event("/api/v1/echo", "POST", cookies=["__Host-sid=a.b"]), None)

    assert answer["statusCode"] == 403


def test_binary_response_is_base64() -> None:
    answer = handler(event("/api/v1/binary"), None)

    assert answer["isBase64Encoded"] is True
    assert base64.b64decode(answer["body"]) == bytes(range(256))


@pytest.mark.parametrize("name", ["zoë", "a b", "日本", "%2e%2e", "..%2f", "x" * 5000, "\x00"])
def test_path_of_any_characters_is_not_500(name: str) -> None:
    assert handler(event(f"/api/v1/people/{name}"), None)["statusCode"] in {200, 404}


def test_unhandled_error_is_problem_json() -> None:
    answer = handler(event("/api/v1/crash"), None)

    assert answer["statusCode"] == 500
    body = answer["body"]
    text = base64.b64decode(body).decode() if answer["isBase64Encoded"] else body
    assert json.loads(text)["code"] == "internal-error"
    assert "hunter2" not in text


def test_log_has_neither_path_nor_error_text(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        handler(event("/api/v1/people/anna"), None)
        handler(event("/api/v1/crash", query="name=anna"), None)

    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert "anna" not in logged
    assert "hunter2" not in logged
    assert "RuntimeError" in logged
