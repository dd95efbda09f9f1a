"""Public pages: filtered lists, profiles, metadata, sitemaps and caching."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kit.db import Database
from tests.factories.escorts import API, PROFILE, DirectoryWorld, Person, set_account_status, verify
from tests.fixtures.functions import Answer, FunctionClient

HTML = {"accept": "text/html"}


def get(web: FunctionClient, path: str, status: int = 200, **headers: str) -> Answer:
    answer = web.get(path, headers={**HTML, **{k.replace("_", "-"): v for k, v in headers.items()}})
    assert answer.status == status, answer.text
    return answer


def found(answer: Answer) -> list[str]:
    return re.findall(r'profile-card__name"><a href="/([^"]+)"', answer.text)


def chips(answer: Answer) -> dict[str, str]:
    pattern = (
        r'class="chip" href="([^"]*)#results"><span class="visually-hidden">Remove </span>([^<]*)<'
    )
    return {unescape(text): unescape(href) for href, text in re.findall(pattern, answer.text)}


def robots_of(answer: Answer) -> str:
    (robots,) = re.findall(r'name="robots" content="([^"]*)"', answer.text)
    return str(robots)


def facts(answer: Answer) -> list[dict[str, Any]]:
    blocks = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', answer.text, re.DOTALL
    )
    return [json.loads(block) for block in blocks]


@pytest.fixture
def provider(directory: DirectoryWorld, staff: Person) -> Person:
    return directory.published(staff)


@pytest.fixture
def nora(directory: DirectoryWorld, staff: Person) -> Person:
    rates = [{**PROFILE["rates"][0], "service": "culture", "amountMinor": 20000, "venue": "incall"}]
    changes = {"services": ["culture"], "languages": ["fr"], "rates": rates}
    return directory.published(
        staff, name="Nora Lind", city="vienna", locations=[{"place": "Neubau"}], **changes
    )


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["mira-valen", "nora-lind"]),
        ("location=vienna", ["nora-lind"]),
        ("location=Wien&q=", []),
        ("q=nora", ["nora-lind"]),
        ("services=dinner&services=overnight", ["mira-valen"]),
        ("languages=fr,es", ["nora-lind"]),
        ("venue=outcall", ["mira-valen"]),
        ("priceMax=300", ["nora-lind"]),
        ("sort=price", ["nora-lind", "mira-valen"]),
        ("sort=-price", ["mira-valen", "nora-lind"]),
        ("sort=name&utm_source=a&unknown=1", ["mira-valen", "nora-lind"]),
        ("ageMin=18&ageMax=60&duration=120", ["mira-valen", "nora-lind"]),
        ("location=berlin&availability=friday", ["mira-valen"]),
        ("location=berlin&availability=tonight&availableAt=2030-01-04T20:00&duration=60", []),
    ],
)
def test_home_page_applies_url_filters(
    provider: Person, nora: Person, visitor: FunctionClient, query: str, names: list[str]
) -> None:
    refused = query.startswith(("location=Wien", "location=berlin&availability=tonight"))
    answer = get(visitor, f"/?{query}", 422 if refused else 200)

    ordered = "sort" in query
    assert (found(answer) if ordered else sorted(found(answer))) == names


def test_filter_chips_remove_single_filters(provider: Person, visitor: FunctionClient) -> None:
    query = "location=berlin&q=mira&services=dinner&services=overnight&venue=outcall&priceMax=900"
    known = chips(get(visitor, f"/?{query}"))

    assert list(known) == [
        "Berlin", "“mira”", "At your place", "Dinner date", "Overnight", "up to 900",
    ]  # fmt: skip
    for text, href in known.items():
        left = chips(get(visitor, href))
        assert list(left) == [one for one in known if one != text]


def test_time_filter_and_duration_share_one_chip(provider: Person, visitor: FunctionClient) -> None:
    known = chips(get(visitor, "/?location=berlin&availability=tonight&duration=120"))

    assert known["Free tonight for 2 hours"] == "/?location=berlin"


def test_filter_form_shows_active_filters(provider: Person, visitor: FunctionClient) -> None:
    page = get(visitor, "/?location=berlin&q=a%22b&services=dinner&sort=-rating").text

    assert '<option value="berlin" selected>' in page
    assert '<option value="-rating" selected>' in page
    assert 'value="a&#34;b"' in page
    assert re.search(r'value="dinner" checked', page)


def test_empty_results_suggest_removing_filters(provider: Person, visitor: FunctionClient) -> None:
    page = get(visitor, "/?location=berlin&priceMax=1").text

    assert "No companions in Berlin" in page
    assert "Remove a filter above" in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("location=berlni", "Did you mean berlin?"),
        ("ageMin=12", "Enter 18 or more."),
        ("priceMin=9&priceMax=1", "The maximum is below the minimum."),
        ("services=nonsense", "Choose from these:"),
        ("sort=nonsense", "Choose one of these:"),
        ("availableAt=2030-01-04T20:00", "Choose a city as well"),
        ("cursor=junk", "start again"),
    ],
)
def test_invalid_filter_shows_error_at_field(
    provider: Person, visitor: FunctionClient, query: str, sentence: str
) -> None:
    page = get(visitor, f"/?{query}", 422)
    fragment = get(visitor, f"/_results?{query}", 422)

    for answer in (page, fragment):
        assert sentence in answer.text
        assert answer.headers["cache-control"] == "no-store"
    assert 'role="alert"' in page.text


@pytest.mark.slow
def test_next_page_link_keeps_landing_path(
    directory: DirectoryWorld,
    staff: Person,
    visitor: FunctionClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("escorts.pages.filters.PER_PAGE", 1)
    for name in ("Mira Valen", "Nora Lind"):
        directory.published(staff, name=name)
    first = get(visitor, "/?services=dinner")
    (following,) = re.findall(r'href="([^"]*)" rel="next"', first.text)
    following = unescape(following)
    assert parse_qs(urlsplit(following).query)["services"] == ["dinner"]
    second = get(visitor, following)

    assert sorted(found(first) + found(second)) == ["mira-valen", "nora-lind"]
    assert "2 companions" in first.text
    assert robots_of(second).startswith("noindex")


def test_results_fragment_pushes_page_url(provider: Person, visitor: FunctionClient) -> None:
    answer = get(visitor, "/_results?location=berlin&q=&services=dinner&venue=")

    assert answer.headers["hx-push-url"] == "/?location=berlin&services=dinner"
    assert "<html" not in answer.text
    assert found(answer) == found(get(visitor, answer.headers["hx-push-url"]))


def test_landing_pages_list_city_and_service(
    provider: Person, nora: Person, visitor: FunctionClient
) -> None:
    city = get(visitor, "/city/berlin")
    service = get(visitor, "/city/berlin/dinner")
    empty = get(visitor, "/city/berlin/culture")

    assert found(city) == found(service) == ["mira-valen"]
    assert 'href="/city/berlin/dinner"' in city.text
    assert found(empty) == []
    assert robots_of(city) == robots_of(service) == "index, follow, max-image-preview:none"
    assert robots_of(empty).startswith("noindex")
    for path in ("/city/atlantis", "/city/berlin/nonsense"):
        get(visitor, path, 404)
    moved = visitor.get("/city/berlin?availability=tonight", headers=HTML)
    assert moved.headers["location"] == "/?location=berlin&availability=tonight"


@pytest.mark.parametrize(
    ("path", "canonical", "indexed"),
    [
        ("/", "/", True),
        ("/?location=berlin", "/city/berlin", False),
        ("/?location=berlin&services=dinner", "/", False),
        ("/city/berlin", "/city/berlin", True),
        ("/mira-valen", "/mira-valen", True),
        ("/mira-valen?utm_source=x", "/mira-valen", True),
    ],
)
def test_canonical_url_ignores_filters(
    provider: Person, visitor: FunctionClient, path: str, canonical: str, indexed: bool
) -> None:
    answer = get(visitor, path)

    assert f'<link rel="canonical" href="https://hellomahi.test{canonical}">' in answer.text
    assert robots_of(answer).startswith("index") is indexed
    assert len(re.findall('<meta name="description" content="[^"]{50,}"', answer.text)) == 1
    assert 'property="og:title"' in answer.text
    assert "og:image" not in answer.text


def test_structured_data_matches_profile_page(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    directory.published(
        staff, name="Mira </script>", bio="Fond of *long* dinners.\n\n- and <b>maps</b>"
    )
    page = get(visitor, "/mira-script")
    profile, breadcrumbs = facts(page)

    assert profile["mainEntity"]["name"] == "Mira </script>"
    assert breadcrumbs["itemListElement"][1]["item"] == "https://hellomahi.test/city/berlin"
    assert "birth" not in json.dumps([profile, breadcrumbs]).lower()
    assert "<em>long</em> dinners" in page.text
    assert "<li>and &lt;b&gt;maps&lt;/b&gt;</li>" in page.text
    (description,) = re.findall('name="description" content="([^"]*)"', page.text)
    assert description.endswith("Fond of long dinners. and &lt;b&gt;maps&lt;/b&gt;")


def test_profile_page_shows_week_and_prices(provider: Person, visitor: FunctionClient) -> None:
    page = get(visitor, "/mira-valen").text

    assert "Next 7 days" in page
    # Hours on Fridays only; early on Saturday the hours of the previous night still apply.
    assert 1 <= page.count('<tr><th scope="row">') <= 2
    assert "Not available on the other days." in page
    assert "At the provider&#39;s place, EUR" in page
    assert "At your place, EUR" in page


@pytest.mark.slow
def test_public_pages_are_cacheable_and_identical_for_all_visitors(
    provider: Person, visitor: FunctionClient
) -> None:
    for path, seconds in (
        ("/", 300), ("/city/berlin", 300), ("/_results?location=berlin", 300),
        ("/?availability=tonight", 60), ("/mira-valen", 1800),
        (f"{API}/mira-valen", 1800), (f"{API}?location=berlin", 300),
        ("/robots.txt", 3600), ("/sitemap.xml", 3600),
    ):  # fmt: skip
        answer = get(visitor, path)
        assert f"s-maxage={seconds}," in answer.headers["cache-control"], path
        if path not in {"/robots.txt", "/sitemap.xml"}:
            assert "Cookie, Age-Confirmed" in answer.headers["vary"], path
        tag = answer.headers["etag"]
        again = get(visitor, path, 304, if_none_match=tag)
        assert (again.text, again.headers["etag"]) == ("", tag)
        if "/api/" not in path:
            assert provider.web.get(path, headers=HTML).text == answer.text, path
    assert get(visitor, "/mira-valen").headers["last-modified"].endswith("GMT")


def test_cache_lifetime_ends_with_verification(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient, database: Database
) -> None:
    provider = directory.provider()
    provider.create()
    provider.submit()
    assert verify(staff, provider, days=1).status == 200
    with database.transaction() as work:
        work.execute(
            "UPDATE escorts.verifications SET expires_at = app.now() + interval '100 seconds'"
        )

    for path in ("/", "/city/berlin", "/mira-valen", f"{API}/mira-valen"):
        policy = get(visitor, path).headers["cache-control"]
        seconds = int(re.findall(r"s-maxage=(\d+)", policy)[0])
        assert 80 <= seconds <= 100, path


@pytest.mark.parametrize("query", ["from=city", "x"])
def test_profile_page_with_query_is_not_cached(
    provider: Person, visitor: FunctionClient, query: str
) -> None:
    """The CDN is purged by path, so URLs with a query string must not be cached."""
    policy = get(visitor, f"/mira-valen?{query}").headers["cache-control"]

    assert policy == "no-store"


@pytest.mark.parametrize("path", ["/nobody-here", "/city/atlantis", "/sitemaps/profiles-1.xml"])
def test_missing_page_returns_uncached_404(visitor: FunctionClient, path: str) -> None:
    answer = get(visitor, path, 404)

    assert answer.headers["cache-control"] == "no-store"
    assert 'content="noindex"' in answer.text


def addresses(answer: Answer) -> list[str]:
    assert answer.headers["content-type"] == "application/xml"
    return re.findall("<loc>https://hellomahi.test([^<]*)</loc>", answer.text)


def test_sitemaps_list_public_profiles_only(
    provider: Person, nora: Person, directory: DirectoryWorld, staff: Person, visitor: FunctionClient,
    database: Database, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("escorts.pages.sitemaps.PER_SITEMAP", 1)
    draft = directory.provider()
    draft.create(name="Draft Only")
    cities, *parts = addresses(get(visitor, "/sitemap.xml"))

    assert [addresses(get(visitor, part)) for part in parts] == [["/mira-valen"], ["/nora-lind"]]
    assert addresses(get(visitor, cities)) == [
        "/", "/city/berlin", "/city/berlin/dinner", "/city/berlin/overnight",
        "/city/vienna", "/city/vienna/culture",
    ]  # fmt: skip
    assert "<lastmod>20" in get(visitor, parts[0]).text

    set_account_status(database, nora.user_id, "suspended")
    assert len(addresses(get(visitor, "/sitemap.xml"))) == 2
    assert addresses(get(visitor, parts[1])) == []
    assert not any("vienna" in one for one in addresses(get(visitor, cities)))


def test_sitemap_of_empty_directory_is_empty(visitor: FunctionClient) -> None:
    assert addresses(get(visitor, "/sitemap.xml")) == []
    assert addresses(get(visitor, "/sitemaps/cities.xml")) == []


@pytest.mark.parametrize(("stage", "closed"), [("prod", "/api/"), ("dev", "/")])
def test_robots_txt_disallows_private_paths(
    visitor: FunctionClient, monkeypatch: pytest.MonkeyPatch, stage: str, closed: str
) -> None:
    monkeypatch.setenv("STAGE", stage)
    lines = get(visitor, "/robots.txt").text.splitlines()

    assert f"Disallow: {closed}" in lines
    assert ("Disallow: /" in lines) is (stage != "prod")
    assert "Sitemap: https://hellomahi.test/sitemap.xml" in lines
