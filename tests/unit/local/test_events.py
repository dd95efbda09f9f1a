"""Requests as payload 2.0 events, and results as responses."""

import base64
from typing import Any

import pytest

from local.gateway.events import MalformedResultError, http_event, http_response
from local.gateway.messages import Request
from local.gateway.routing import Match
from local.template.specs import HttpRoute

ROUTE = HttpRoute("ANY", "/things/{id}", "Things")


def event(
    *headers: tuple[str, str],
    method: str = "GET",
    path: str = "/things/1",
    query: str = "",
    body: bytes = b"",
    parameters: dict[str, str] | None = None,
) -> dict[str, Any]:
    request = Request(
        method=method,
        path=path,
        query=query,
        headers=(("host", "api.example.org"), ("user-agent", "curl"), *headers),
        client="203.0.113.9",
        port=4711,
        body=body,
        id="request-1",
        at=1_773_342_238.5,
    )
    return http_event(request, Match(ROUTE, parameters or {}), api_id="abc", stage="$default")


def test_http_event_has_request_context() -> None:
    found = event(method="PUT", parameters={"id": "1"})
    assert found["version"] == "2.0"
    assert found["routeKey"] == "ANY /things/{id}"
    assert found["rawPath"] == "/things/1"
    assert found["pathParameters"] == {"id": "1"}
    context = found["requestContext"]
    assert context["http"] == {
        "method": "PUT",
        "path": "/things/1",
        "protocol": "HTTP/1.1",
        "sourceIp": "203.0.113.9",
        "userAgent": "curl",
    }
    assert context["requestId"] == "request-1"
    assert context["apiId"] == "abc"
    assert context["stage"] == "$default"
    assert context["domainName"] == "api.example.org"
    assert context["domainPrefix"] == "api"
    assert context["time"] == "12/Mar/2026:19:03:58 +0000"
    assert context["timeEpoch"] == 1_773_342_238_500


def test_http_event_omits_empty_fields() -> None:
    absent = {"cookies", "queryStringParameters", "pathParameters", "body"}
    assert not absent & set(event())
    assert event()["rawQueryString"] == ""
    assert event()["isBase64Encoded"] is False


def test_http_event_joins_repeated_headers_and_parameters() -> None:
    found = event(("x-tag", "a"), ("x-tag", "b"), query="t=1&t=2&u=%C3%A9+x&e=")
    assert found["headers"]["x-tag"] == "a,b"
    assert found["queryStringParameters"] == {"t": "1,2", "u": "é x", "e": ""}
    assert found["rawQueryString"] == "t=1&t=2&u=%C3%A9+x&e="


def test_http_event_cookies_are_a_list() -> None:
    found = event(("cookie", "a=1; b=2"), ("cookie", "c=3"))
    assert found["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in found["headers"]


@pytest.mark.parametrize(
    ("sent", "raw"),
    [("/jos%C3%A9", "/josé"), ("/a%2Fb", "/a/b"), ("/100%25", "/100%"), ("/a%3Fb=1", "/a")],
)
def test_http_event_raw_path_is_decoded(sent: str, raw: str) -> None:
    found = event(path=sent)
    assert found["rawPath"] == raw
    assert found["requestContext"]["http"]["path"] == raw


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "text/csv", "application/xml"],
)
def test_http_event_text_body_is_text(content_type: str) -> None:
    found = event(("content-type", content_type), body="é".encode())
    assert (found["body"], found["isBase64Encoded"]) == ("é", False)


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "multipart/form-data", "image/png", ""],
)
def test_http_event_binary_body_is_base64(content_type: str) -> None:
    found = event(("content-type", content_type), body=b"a=1")
    assert (found["body"], found["isBase64Encoded"]) == ("YT0x", True)


def test_http_event_invalid_utf8_body_is_base64() -> None:
    found = event(("content-type", "text/plain"), body=b"\xff")
    assert (found["body"], found["isBase64Encoded"]) == ("/w==", True)


def test_http_response_has_status_headers_and_cookies() -> None:
    response = http_response(
        {
            "statusCode": 201,
            "headers": {"Content-Type": "text/html", "X-Number": 7, "X-Flag": True},
            "cookies": ["a=1; Path=/", "b=2"],
            "body": "<p>é",
        }
    )
    assert response.status == 201
    assert response.body == "<p>é".encode()
    assert response.headers == (
        ("content-type", "text/html"),
        ("x-number", "7"),
        ("x-flag", "true"),
        ("set-cookie", "a=1; Path=/"),
        ("set-cookie", "b=2"),
    )


def test_http_response_base64_body_is_decoded() -> None:
    body = base64.b64encode(b"\x00\xff").decode()
    response = http_response({"statusCode": 200, "body": body, "isBase64Encoded": True})
    assert response.body == b"\x00\xff"


@pytest.mark.parametrize(
    ("result", "body"), [({"a": 1}, b'{"a": 1}'), ("hello", b"hello"), ([1], b"[1]")]
)
def test_http_response_without_status_has_result_as_body(result: object, body: bytes) -> None:
    response = http_response(result)
    assert response.status == 200
    assert response.headers == (("content-type", "application/json"),)
    assert response.body == body


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "ok"},
        {"statusCode": 99},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "no base64!", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "headers": {"x": "one\r\nset-cookie: two"}},
        {"statusCode": 200, "cookies": ["name=Łukasz"]},
    ],
)
def test_http_response_malformed_result_raises(result: object) -> None:
    with pytest.raises(MalformedResultError):
        http_response(result)
