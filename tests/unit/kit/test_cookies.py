"""Session cookies as browsers require them (RFC 6265bis, cookie prefixes)."""

import pytest
from starlette.responses import Response

from kit.auth import (
    Audience,
    clear_session_cookie,
    clear_unlock_cookie,
    set_session_cookie,
    set_unlock_cookie,
)
from kit.auth.cookies import COOKIE_NAMES, COOKIES


def attributes(response: Response) -> tuple[str, str, dict[str, str]]:
    headers = [value.decode() for name, value in response.raw_headers if name == b"set-cookie"]
    assert len(headers) == 1
    first, *rest = headers[0].split("; ")
    name, _, value = first.partition("=")
    pairs = (one.partition("=") for one in rest)
    return name, value, {key.lower(): text for key, _, text in pairs}


@pytest.mark.parametrize(
    ("audience", "name", "same_site"),
    [
        (Audience.SITE, "__Host-sid", "lax"),
        (Audience.ADMIN, "__Host-adm", "strict"),
        (Audience.CRM, "__Secure-crm", "strict"),
    ],
)
def test_set_session_cookie_per_audience(audience: Audience, name: str, same_site: str) -> None:
    response = Response()
    set_session_cookie(response, audience, "0123.ab-_", max_age=60)

    assert attributes(response) == (
        name,
        "0123.ab-_",
        {"httponly": "", "secure": "", "samesite": same_site, "path": "/", "max-age": "60"},
    )


@pytest.mark.parametrize("audience", list(Audience))
def test_clear_session_cookie_names_the_same_cookie(audience: Audience) -> None:
    response = Response()
    clear_session_cookie(response, audience)

    name, value, rest = attributes(response)
    assert name == COOKIES[audience].name
    assert value.strip('"') == ""
    assert rest["max-age"] == "0"
    assert (rest["path"], rest["secure"], "domain" in rest) == ("/", "", False)


def test_set_session_cookie_crm_path() -> None:
    response = Response()
    set_session_cookie(response, Audience.CRM, "x", max_age=60, path="/anna/crm")

    assert attributes(response)[2]["path"] == "/anna/crm"


def test_unlock_cookie_is_set_and_cleared_on_the_crm_path() -> None:
    given, taken = Response(), Response()
    set_unlock_cookie(given, "x", max_age=60, path="/anna/crm")
    clear_unlock_cookie(taken, path="/anna/crm")

    same = {"httponly": "", "secure": "", "samesite": "strict", "path": "/anna/crm"}
    assert attributes(given) == ("__Secure-crm-key", "x", {**same, "max-age": "60"})
    name, _, rest = attributes(taken)
    assert (name, rest["max-age"]) == ("__Secure-crm-key", "0")
    assert rest.items() >= same.items()


@pytest.mark.parametrize("audience", [Audience.SITE, Audience.ADMIN])
def test_host_cookie_with_a_path_raises(audience: Audience) -> None:
    """Ensure an error, since a browser would silently drop the cookie and login would fail."""
    with pytest.raises(ValueError, match="path"):
        set_session_cookie(Response(), audience, "x", max_age=60, path="/account")
    with pytest.raises(ValueError, match="path"):
        clear_session_cookie(Response(), audience, path="/account")


def test_cookie_names_cover_every_audience_with_a_prefix() -> None:
    assert set(COOKIES) == set(Audience)
    assert {kind.name for kind in COOKIES.values()} == COOKIE_NAMES
    assert all(name.startswith(("__Host-", "__Secure-")) for name in COOKIE_NAMES)
