"""Unit tests of the access check of `/_local`."""

import pytest

from local.console.guard import refusal

HOME = {"host": "localhost:8080"}


@pytest.mark.parametrize(
    ("method", "client", "headers"),
    [
        ("GET", "127.0.0.1", HOME),
        ("GET", "::1", {"host": "[::1]:8080"}),
        ("GET", "127.0.3.1", {"host": "127.0.0.1:8080"}),
        ("GET", "127.0.0.1", {**HOME, "sec-fetch-site": "cross-site"}),  # a link leads here
        ("POST", "127.0.0.1", HOME),  # curl
        ("POST", "127.0.0.1", {**HOME, "sec-fetch-site": "same-origin"}),
        ("POST", "127.0.0.1", {**HOME, "sec-fetch-site": "none"}),
        ("POST", "127.0.0.1", {**HOME, "origin": "http://localhost:8080"}),
    ],
)
def test_guard_accepts_this_machine(method: str, client: str, headers: dict[str, str]) -> None:
    assert refusal(method, client, headers) is None


@pytest.mark.parametrize(
    ("method", "client", "headers"),
    [
        ("GET", "192.168.1.7", HOME),
        ("GET", "", HOME),
        ("GET", "127.0.0.1", {"host": "rebound.example:8080"}),
        ("GET", "127.0.0.1", {"host": "localhost.evil.example"}),
        ("GET", "127.0.0.1", {}),
        ("POST", "127.0.0.1", {**HOME, "sec-fetch-site": "cross-site"}),
        ("POST", "127.0.0.1", {**HOME, "sec-fetch-site": "same-site"}),
        ("POST", "127.0.0.1", {**HOME, "origin": "https://evil.example"}),
        ("POST", "127.0.0.1", {**HOME, "origin": "http://localhost:9999"}),
        ("POST", "127.0.0.1", {**HOME, "origin": "null"}),
        ("DELETE", "127.0.0.1", {**HOME, "sec-fetch-site": "cross-site"}),
    ],
)
def test_guard_refuses_others(method: str, client: str, headers: dict[str, str]) -> None:
    assert refusal(method, client, headers) is not None
