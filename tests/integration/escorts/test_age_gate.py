"""Age gate: shown by default, exempt by jurisdiction, without any identity."""

import re

import pytest

from kit.db import Database
from kit.http.app import declared_rules, served_routes
from tests.factories.escorts import API, DirectoryWorld, Person
from tests.fixtures.functions import FunctionClient
from tools.openapi import applications

HTML = {"accept": "text/html"}
UNGATED = ["AT", "BE", "CH", "DE", "NL", "NZ"]
GATED = ["GB", "US", "FR", "AU", "ZZ", "", "D", "de", "DEU", "D1", "XX"]
WHAT_SHOWS_PEOPLE = ["/", "/?location=berlin", "/mira-valen", f"{API}", f"{API}/mira-valen"]


@pytest.fixture
def provider(directory: DirectoryWorld, staff: Person) -> Person:
    return directory.published(staff)


def seen_from(visitor: FunctionClient, country: str, path: str, **headers: str) -> int:
    answer = visitor.get(path, headers={**HTML, "cloudfront-viewer-country": country, **headers})
    assert ("Mira" in answer.text) == (answer.status == 200)
    return answer.status


@pytest.mark.parametrize("country", UNGATED)
def test_exempt_country_sees_page_without_age_gate(
    provider: Person, visitor: FunctionClient, country: str
) -> None:
    assert [seen_from(visitor, country, path) for path in WHAT_SHOWS_PEOPLE] == [200] * 5


@pytest.mark.parametrize("country", GATED)
def test_other_and_unknown_countries_see_age_gate(
    provider: Person, visitor: FunctionClient, country: str
) -> None:
    assert [seen_from(visitor, country, path) for path in WHAT_SHOWS_PEOPLE] == [451] * 5


def test_denying_row_shows_age_gate(
    provider: Person, visitor: FunctionClient, database: Database
) -> None:
    with database.transaction() as work:
        work.execute(
            "UPDATE escorts.jurisdictions SET allowed = false"
            " WHERE country = 'DE' AND capability = 'directory.ungated'"
        )

    assert seen_from(visitor, "DE", "/") == 451


def test_confirmed_age_redirects_to_requested_page(
    provider: Person, visitor: FunctionClient
) -> None:
    abroad = {**HTML, "cloudfront-viewer-country": "GB"}
    asked = visitor.get("/mira-valen?from=city", headers=abroad)
    assert asked.status == 451
    assert asked.headers["cache-control"] == "no-store"
    assert 'content="noindex, nofollow"' in asked.text
    assert "Mira" not in asked.text
    found = re.search(r'name="next" value="([^"]*)"', asked.text)
    assert found

    answer = visitor.post("/age", form={"next": found[1]}, headers=abroad)

    assert (answer.status, answer.headers["location"]) == (303, "/mira-valen?from=city")
    (cookie,) = answer.cookies
    assert cookie.startswith("__Host-age=18; ")
    for attribute in ("HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=lax", "Secure"):
        assert attribute in cookie
    assert "Mira" in visitor.get("/mira-valen", headers=abroad).text


@pytest.mark.parametrize(
    "goal",
    ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a\nb", "", "/" * 3],
)
def test_foreign_redirect_target_falls_back_to_start_page(
    visitor: FunctionClient, goal: str
) -> None:
    assert visitor.post("/age", form={"next": goal}).headers["location"] == "/"


def test_other_cookie_value_shows_age_gate(provider: Person, visitor: FunctionClient) -> None:
    visitor.cookies["__Host-age"] = "17"

    assert seen_from(visitor, "GB", "/") == 451


def test_cross_site_confirmation_is_refused(visitor: FunctionClient) -> None:
    answer = visitor.post("/age", form={"next": "/"}, headers={"sec-fetch-site": "cross-site"})

    assert (answer.status, answer.cookies) == (403, [])


def test_htmx_request_without_age_refreshes_page(provider: Person, visitor: FunctionClient) -> None:
    headers = {**HTML, "cloudfront-viewer-country": "GB", "hx-request": "true"}
    answer = visitor.get("/_results?location=berlin", headers=headers)

    assert (answer.status, answer.headers["hx-refresh"], answer.text) == (200, "true", "")
    assert answer.headers["cache-control"] == "no-store"


def test_api_without_age_explains_header(provider: Person, visitor: FunctionClient) -> None:
    path, abroad = f"{API}/mira-valen", {"cloudfront-viewer-country": "GB"}
    problem = visitor.get(path, headers=abroad).problem

    assert (problem["status"], problem["code"]) == (451, "age-confirmation-required")
    assert "Age-Confirmed: 18" in problem["detail"]
    assert visitor.get(path, headers={**abroad, "age-confirmed": "18"}).json["name"] == "Mira Valen"
    assert visitor.get(path, headers={**abroad, "age-confirmed": "yes"}).status == 451


def test_api_with_account_needs_no_age(provider: Person, directory: DirectoryWorld) -> None:
    client, abroad = directory.person("client"), {"cloudfront-viewer-country": "GB"}

    assert client.web.get(f"{API}/mira-valen", headers=abroad).status == 200
    assert client.web.get(f"{API}?location=berlin", headers=abroad).status == 200
    own = provider.web.get(f"{API}/mira-valen", headers=abroad)
    assert own.json["status"] == "active"


@pytest.mark.parametrize("path", ["/profile", "/staff/verification", f"{API}/cities"])
def test_routes_without_profiles_have_no_age_gate(visitor: FunctionClient, path: str) -> None:
    assert visitor.get(path, headers={**HTML, "cloudfront-viewer-country": "GB"}).status != 451


# Every public GET route of the directory is in one of these two.
ASKS = {
    "/": "/?location=berlin",
    "/_results": "/_results?location=berlin",
    "/city/{city}": "/city/berlin",
    "/city/{city}/{service}": "/city/berlin/dinner",
    "/{slug}": "/mira-valen",
    f"{API}": f"{API}",
    f"{API}/search": f"{API}/search?q=dinners",
    f"{API}/{{id_or_slug}}": f"{API}/mira-valen",
    f"{API}/{{profile_id}}/avatar.svg": f"{API}/%s/avatar.svg",
    f"{API}/{{profile_id}}/hours": f"{API}/%s/hours",
}
SHOWS_NOBODY = {
    f"{API}/cities": "cities and how many are in them",
    "/robots.txt": "for crawlers",
    "/sitemap.xml": "addresses for crawlers",
    "/sitemaps/{name}": "addresses for crawlers",
    "/_favourite/_list": "hearts beside what was asked for elsewhere",
    "/_favourite/{slug}": "one such heart",
    "/saved-searches/_link": "a link",
    "/saved-searches/stop/{token}": "ends a mail",
}


def public_routes() -> set[str]:
    """Return the paths of all public GET routes of the directory."""
    return {
        route.path
        for entry, app in applications().items()
        if entry.startswith("escorts")
        for route in served_routes(app)
        if "GET" in (route.methods or ()) and declared_rules(route)[0].is_public
    }


def test_every_public_route_is_gated_or_listed_as_harmless() -> None:
    assert public_routes() == ASKS.keys() | SHOWS_NOBODY.keys()


@pytest.mark.parametrize("route", ASKS)
def test_gated_route_without_age_is_refused(
    provider: Person, visitor: FunctionClient, route: str
) -> None:
    path = ASKS[route].replace("%s", provider.profile_id)
    abroad = {"cloudfront-viewer-country": "GB"}
    kind = {} if path.startswith(API) else HTML
    refused = visitor.get(path, headers=abroad | kind)

    assert (refused.status, "Mira" in refused.text) == (451, False)
    assert visitor.get(path, headers=abroad | kind | {"age-confirmed": "18"}).status == 200
    assert visitor.get(path, headers=kind).status == 200
