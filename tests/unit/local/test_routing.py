"""Unit tests of the routing of an HTTP API."""

import pytest

from local.gateway.routing import Router
from local.template.specs import HttpRoute


def chosen(keys: list[str], method: str, path: str) -> tuple[str, dict[str, str]] | None:
    routes = []
    for key in keys:
        verb, _, pattern = key.partition(" ")
        routes.append(HttpRoute(verb, pattern, "F") if pattern else HttpRoute("ANY", key, "F"))
    match = Router(routes).match(method, path)
    return (match.route.key, dict(match.parameters)) if match else None


# The example of API Gateway's own documentation.
PETS = [
    "GET /pets/dog/1",
    "GET /pets/dog/{id}",
    "GET /pets/{proxy+}",
    "ANY /{proxy+}",
    "$default",
]


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("POST", "/test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
        ("POST", "/pets/dog/1", "ANY /{proxy+}", {"proxy": "pets/dog/1"}),
        ("GET", "/", "$default", {}),
    ],
)
def test_match_documented_example(
    method: str, path: str, key: str, parameters: dict[str, str]
) -> None:
    assert chosen(PETS, method, path) == (key, parameters)
    assert chosen(PETS[::-1], method, path) == (key, parameters)


def test_match_method_precedes_any() -> None:
    keys = ["ANY /login", "POST /login"]
    assert chosen(keys, "POST", "/login") == ("POST /login", {})
    assert chosen(keys, "GET", "/login") == ("ANY /login", {})


def test_match_specific_path_precedes_specific_method() -> None:
    assert chosen(["GET /{slug}", "ANY /login"], "GET", "/login") == ("ANY /login", {})


def test_match_path_without_method_is_skipped() -> None:
    assert chosen(["GET /{slug}"], "POST", "/anna") is None
    assert chosen(["GET /{slug}"], "HEAD", "/anna") is None


def test_match_proxy_does_not_take_bare_path() -> None:
    keys = ["ANY /account/{proxy+}"]
    assert chosen(keys, "GET", "/account") is None
    assert chosen(keys, "GET", "/account/") == ("ANY /account/{proxy+}", {"proxy": ""})
    assert chosen(keys, "GET", "/accounts/x") is None


def test_match_trailing_slash_counts() -> None:
    assert chosen(["GET /login"], "GET", "/login/") is None
    assert chosen(["GET /users/{id}"], "GET", "/users/") is None


def test_match_root_is_separate() -> None:
    assert chosen(["GET /", "GET /{slug}"], "GET", "/") == ("GET /", {})
    assert chosen(["ANY /{proxy+}"], "GET", "/") is None


def test_match_variables_are_decoded_with_encoded_slash() -> None:
    assert chosen(["GET /{slug}"], "GET", "/jos%C3%A9%2Fx") == ("GET /{slug}", {"slug": "josé/x"})
    assert chosen(["GET /a b"], "GET", "/a%20b") == ("GET /a b", {})


def test_match_without_route_is_none() -> None:
    assert chosen([], "GET", "/") is None
