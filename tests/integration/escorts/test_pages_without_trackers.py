"""H18: no tracking of visitors, and no mail without a request for it."""

import re
from urllib.parse import urlsplit

import pytest

from kit.db import Database
from tests.factories.escorts import API, DirectoryWorld, Person
from tests.factories.saved_searches import create_saved_search
from tests.fixtures.functions import Answer, FunctionClient

HTML = {"accept": "text/html"}
PAGES = [
    "/", "/?location=berlin", "/_results?location=berlin", "/city/berlin", "/city/berlin/dinner",
    "/mira-valen", "/_favourite/mira-valen", "/_favourite/_list?slug=mira-valen",
    "/saved-searches/_link?location=berlin", "/sitemap.xml", "/robots.txt",
    API, f"{API}/cities", f"{API}/mira-valen",
]  # fmt: skip
# Whatever a browser fetches without being asked, or sends a form to.
FETCHED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed|object|link|form)\b[^>]*?"
    r'\b(?:src|href|data|action)="([^"]*)"'
)
CANONICAL = re.compile(r'<link rel="(?:canonical|alternate)"[^>]*>')
FOLLOWING = re.compile(
    r"google|gtag|analytics|facebook|pixel|hotjar|doubleclick|segment\.|mixpanel|matomo|sentry",
    re.IGNORECASE,
)


@pytest.fixture
def provider(directory: DirectoryWorld, staff: Person) -> Person:
    return directory.published(staff)


def look(visitor: FunctionClient, path: str) -> Answer:
    answer = visitor.get(path, headers=HTML)
    assert answer.status == 200, (path, answer.text)
    return answer


@pytest.mark.parametrize("path", PAGES)
def test_looking_leaves_nothing_behind(
    provider: Person, visitor: FunctionClient, database: Database, path: str
) -> None:
    answer = look(visitor, path)

    assert answer.cookies == []
    assert "etag" not in answer.headers or "mira" not in answer.headers["etag"].lower()
    for fetched in FETCHED.findall(CANONICAL.sub("", answer.text)):
        assert urlsplit(fetched).netloc == "", f"{path} fetches {fetched}"
    assert not FOLLOWING.search(answer.text), path
    with database.transaction() as work:
        kept = work.execute("SELECT FROM escorts.view_counts").fetchall()
    assert kept == []


def test_pages_policy_allows_no_other_origin(provider: Person, visitor: FunctionClient) -> None:
    policy = look(visitor, "/mira-valen").headers["content-security-policy"]
    rules = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))

    assert rules["default-src"] == "'none'"
    for name in ("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action"):
        assert set(rules[name].split()) <= {"'self'", "data:"}, name
    assert look(visitor, "/mira-valen").headers["referrer-policy"] in {
        "no-referrer", "same-origin", "strict-origin",
    }  # fmt: skip


def test_saved_search_mail_needs_consent_per_search(
    directory: DirectoryWorld, database: Database
) -> None:
    client = directory.person("client")
    quiet = client.web.post(f"{API}/saved-searches", json={"name": "Quiet", "query": {}})
    asked = create_saved_search(client.web)

    assert quiet.status == 201, quiet.text
    with database.transaction() as work:
        rows = work.execute(
            "SELECT id, mail_consent_at IS NOT NULL AS asked FROM escorts.saved_searches"
        ).fetchall()
    assert {str(row["id"]): row["asked"] for row in rows} == {quiet.json["id"]: False, asked: True}


def test_favourite_requests_no_mail_and_stays_private(
    provider: Person, directory: DirectoryWorld, database: Database
) -> None:
    with database.transaction() as work:
        before = work.execute("SELECT count(*) AS messages FROM outbox.messages").fetchone()
    client = directory.person("client")
    assert client.web.put(f"{provider.path}/favourite").status < 300

    with database.transaction() as work:
        after = work.execute("SELECT count(*) AS messages FROM outbox.messages").fetchone()
        searches = work.execute("SELECT FROM escorts.saved_searches").fetchall()
    assert (before, searches) == (after, [])
