"""HTTP API events, payload 2.0, in; Lambda's answer out."""

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
    """What the gateway sends at the least: it leaves out what is not there."""
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


def test_an_event_without_a_body_has_none() -> None:
    answer = handler(event("/api/v1/echo"), None)

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["body"] == ""
    assert json.loads(answer["body"])["ip"] == "203.0.113.7"


def test_the_gateways_request_id_is_ours() -> None:
    answer = handler(event("/api/v1/echo"), None)

    assert json.loads(answer["body"])["id"] == "JKJaXmPLvHcESHA="
    assert answer["headers"]["x-request-id"] == "JKJaXmPLvHcESHA="


def test_a_body_may_come_in_base64() -> None:
    body = base64.b64encode(b"\x00\xff").decode()

    answer = handler(event("/api/v1/echo", "POST", body=body, isBase64Encoded=True), None)

    assert json.loads(answer["body"])["body"] == "\x00\xff"


def test_the_query_keeps_its_order_and_repetitions() -> None:
    answer = handler(event("/api/v1/echo", query="b=2&a=1&b=%C3%A4&c="), None)

    assert json.loads(answer["body"])["query"] == [["b", "2"], ["a", "1"], ["b", "ä"], ["c", ""]]


@pytest.mark.parametrize("query", ["%", "a=%ff", "&&&", "=", "a=%00", "%zz=1"])
def test_a_broken_query_is_no_error_of_ours(query: str) -> None:
    assert handler(event("/api/v1/echo", query=query), None)["statusCode"] == 200


def test_cookies_come_as_a_list_and_leave_as_a_list() -> None:
    seen = handler(event("/api/v1/echo", cookies=["__Host-sid=a.b", "theme=dark"]), None)
    given = handler(event("/api/v1/cookies"), None)

    assert json.loads(seen["body"])["cookies"] == {"__Host-sid": "a.b", "theme": "dark"}
    assert [one.partition("=")[0] for one in given["cookies"]] == ["__Host-sid", "__Host-adm"]
    assert "set-cookie" not in given["headers"]


def test_a_cookie_in_the_list_is_guarded_too() -> None:
    answer = handler(event("/api/v1/echo", "POST", cookies=["__Host-sid=a.b"]), None)

    assert answer["statusCode"] == 403


def test_what_is_no_text_leaves_in_base64() -> None:
    answer = handler(event("/api/v1/binary"), None)

    assert answer["isBase64Encoded"] is True
    assert base64.b64decode(answer["body"]) == bytes(range(256))


@pytest.mark.parametrize("name", ["zoë", "a b", "日本", "%2e%2e", "..%2f", "x" * 5000, "\x00"])
def test_a_path_of_any_letters_is_no_error_of_ours(name: str) -> None:
    assert handler(event(f"/api/v1/people/{name}"), None)["statusCode"] in {200, 404}


def test_a_500_is_problem_json() -> None:
    answer = handler(event("/api/v1/crash"), None)

    assert answer["statusCode"] == 500
    body = answer["body"]
    text = base64.b64decode(body).decode() if answer["isBase64Encoded"] else body
    assert json.loads(text)["code"] == "internal-error"
    assert "hunter2" not in text


def test_neither_path_nor_error_text_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        handler(event("/api/v1/people/anna"), None)
        handler(event("/api/v1/crash", query="name=anna"), None)

    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert "anna" not in logged
    assert "hunter2" not in logged
    assert "RuntimeError" in logged
