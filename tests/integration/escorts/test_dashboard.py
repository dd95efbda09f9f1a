"""Provider's dashboard: access, editor, rates, locations, visibility and appearance, through forms."""

import re
from datetime import timedelta

import pytest

from kit import clock
from kit.auth import Audience
from kit.db import Database
from tests.factories.escorts import API, DirectoryWorld, Person, verify
from tests.fixtures.functions import Answer, FunctionClient

HTML = {"accept": "text/html"}
ROOM = "/mira-valen/admin"
PARTS = (
    "",
    "/profile",
    "/rates",
    "/places",
    "/weekly-hours",
    "/exceptions",
    "/tours",
    "/visibility",
    "/appearance",
)
PAGES = (*PARTS, "/preview")


def page(web: FunctionClient, path: str, status: int = 200) -> str:
    answer = web.get(path, headers=HTML)
    assert answer.status == status, answer.text
    return private_page(answer)


def private_page(answer: Answer) -> str:
    """Return the page of an answer; it must have one heading and no duplicate id."""
    assert answer.text.count("<h1") == 1
    ids = re.findall(r' id="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids)), sorted(one for one in ids if ids.count(one) > 1)
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


def send(who: Person, path: str, **form: str | list[str]) -> Answer:
    return who.web.post(f"{ROOM}{path}", form=form)


def saved(who: Person, answer: Answer) -> str:
    assert answer.status == 303, answer.text
    return page(who.web, answer.headers["location"].partition("#")[0])


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]


@pytest.fixture
def provider(directory: DirectoryWorld) -> Person:
    """Return a provider in the dashboard with a complete draft."""
    provider = directory.provider()
    assert provider.create().status == 201
    return directory.at_home(provider)


@pytest.mark.parametrize("part", PAGES)
def test_dashboard_page_opens_for_owner(provider: Person, part: str) -> None:
    html = page(provider.web, f"{ROOM}{part}")

    assert "noindex" in html
    if part != "/preview":
        assert f'<a href="{ROOM}{part}" aria-current="page">' in html


@pytest.mark.parametrize("part", PAGES)
def test_dashboard_page_of_empty_profile_opens(directory: DirectoryWorld, part: str) -> None:
    nora = directory.provider()
    empty = {"bio": "", "languages": [], "services": [], "rates": [], "locations": []}
    nora.create(name="Nora Lind", availability=[], **empty)

    html = page(directory.at_home(nora).web, f"/nora-lind/admin{part}")

    assert 'href="/nora-lind/admin' in html


@pytest.mark.parametrize("part", PAGES)
def test_dashboard_with_site_session_redirects_to_login(
    directory: DirectoryWorld, part: str
) -> None:
    owner = directory.provider()
    owner.create()

    for web in (owner.web, directory.provider().web, directory.visitor()):
        answer = web.get(f"{ROOM}{part}", headers=HTML)
        there = f"{ROOM}/login?next=%2Fmira-valen%2Fadmin{part.replace('/', '%2F')}"
        assert (answer.status, answer.headers["location"]) == (303, there)
    assert owner.web.post(f"{ROOM}/visibility/hide", form={}).status == 401


@pytest.mark.parametrize("part", PAGES)
def test_dashboard_of_other_provider_is_404(
    directory: DirectoryWorld, provider: Person, part: str
) -> None:
    nora = directory.provider()
    nora.create(name="Nora Lind")
    at_home = directory.at_home(nora)

    for path in (f"{ROOM}{part}", f"/nobody-here/admin{part}"):
        html = page(at_home.web, path, 404)
        assert "There is no such profile." in html
        assert "Mira" not in html
    assert 'href="/nora-lind/admin' in page(at_home.web, f"/nora-lind/admin{part}")


@pytest.mark.parametrize("role", ["client", "agency", "admin"])
def test_dashboard_refuses_other_roles(
    directory: DirectoryWorld, provider: Person, role: str
) -> None:
    """Refuse other roles, even with a session of the dashboard's audience, which their login would not create."""
    other = directory.person(role, Audience.ADMIN)

    assert other.web.get(ROOM, headers=HTML).status == 403
    assert other.web.post(f"{ROOM}/visibility/hide", form={}).status == 403


def test_provider_session_is_refused_on_staff_pages(
    directory: DirectoryWorld, provider: Person
) -> None:
    assert provider.web.get("/staff/verification", headers=HTML).status == 403
    assert provider.web.get(f"{API}/verification-queue").status in {403, 404}
    assert provider.do("suspend", reason="not hers to say").status == 403


def test_dashboard_opens_at_former_slug(directory: DirectoryWorld, provider: Person) -> None:
    answer = send(provider, "/visibility/address", slug="mira-of-berlin")

    assert answer.headers["location"] == "/mira-of-berlin/admin/visibility?done=renamed"
    assert "Old addresses: mira-valen." in page(provider.web, answer.headers["location"])
    assert 'href="/mira-of-berlin/admin/rates"' in page(provider.web, ROOM)


@pytest.mark.parametrize(
    ("slug", "status", "why"),
    [
        ("staff", 422, "is reserved"),
        ("berlin", 422, "is reserved"),
        ("Not an address", 422, "small letters"),
        ("nora-lind", 409, "taken"),
        ("", 422, "Fill this in"),
    ],
)
def test_invalid_slug_is_refused_with_reason(
    directory: DirectoryWorld, provider: Person, slug: str, status: int, why: str
) -> None:
    directory.provider().create(name="Nora Lind")

    answer = send(provider, "/visibility/address", slug=slug)

    assert answer.status == status
    assert why in private_page(answer)


def test_editor_saves_texts_and_keeps_other_content(provider: Person) -> None:
    html = page(provider.web, f"{ROOM}/profile")
    form: dict[str, str | list[str]] = {
        "fingerprint": hidden(html, "fingerprint"),
        "name": "Mira V.",
        "city": "berlin",
        "bio": "New words.",
        "languages": ["fr"],
        "services": ["dinner", "overnight"],
        "heightCm": "170",
    }

    after = saved(provider, send(provider, "/profile", **form))

    assert "Saved." in after
    for text in ('value="Mira V."', "New words.", 'value="170"'):
        assert text in after
    own = page(provider.web, f"{ROOM}/rates")
    assert "Dinner date, 2 hours" in own


def test_editor_errors_keep_entered_values(provider: Person) -> None:
    answer = send(provider, "/profile", fingerprint="", name="M", city="berlin", bio="My words.")

    assert answer.status == 422
    assert "Use at least 2 characters." in private_page(answer)
    assert "My words." in answer.text
    without = send(provider, "/profile", name="Mira", city="berlin", services=[],
                   fingerprint=hidden(page(provider.web, f"{ROOM}/profile"), "fingerprint"))  # fmt: skip
    assert without.status == 422
    assert "Add Dinner date to the services" in without.text


def test_editor_preview_saves_nothing(provider: Person) -> None:
    form: dict[str, str | list[str]] = {
        "name": "Mira Preview", "city": "berlin", "services": ["dinner", "overnight"],
    }  # fmt: skip
    inline = send(provider, "/profile", action="preview", **form)
    fragment = send(provider, "/profile/preview", **form)
    broken = send(provider, "/profile/preview", **(form | {"name": "M"}))
    refused = send(provider, "/profile/preview", **(form | {"services": []}))

    assert "Not saved yet" in private_page(inline)
    for shown in (inline, fragment):
        assert '<p class="profile__name">Mira Preview, ' in shown.text
    for part in (fragment, broken, refused):
        assert "<html" not in part.text
    for part in (broken, refused):
        assert "Fix this to see the preview" in part.text
        assert '<p class="profile__name">Mira Valen, ' in part.text
    assert "Mira Preview" not in page(provider.web, f"{ROOM}/profile")


def test_editor_conflict_shows_both_versions(provider: Person) -> None:
    fingerprint = hidden(page(provider.web, f"{ROOM}/profile"), "fingerprint")
    form: dict[str, str | list[str]] = {
        "fingerprint": fingerprint, "name": "Mira", "city": "berlin", "services": ["dinner", "overnight"],
    }  # fmt: skip
    saved(provider, send(provider, "/profile", **(form | {"bio": "From the first window."})))

    late = send(provider, "/profile", **(form | {"bio": "From the second window."}))

    assert late.status == 412
    html = private_page(late)
    assert "Your input is still in the form below" in html
    assert html.count("From the first window.") >= 1
    assert html.count("From the second window.") >= 2  # in the table, and still in the form
    again = send(
        provider,
        "/profile",
        **(form | {"bio": "Both.", "fingerprint": hidden(html, "fingerprint")}),
    )
    assert "Both." in saved(provider, again)


def test_changed_rates_are_no_editor_conflict(provider: Person) -> None:
    fingerprint = hidden(page(provider.web, f"{ROOM}/profile"), "fingerprint")
    saved(provider, send(provider, "/rates/remove", key="dinner 120 outcall EUR"))

    answer = send(provider, "/profile", fingerprint=fingerprint, name="Mira", city="berlin",
                  services=["dinner", "overnight"])  # fmt: skip

    assert answer.status == 303


@pytest.mark.slow
def test_rates_are_added_changed_and_removed(provider: Person) -> None:
    add = {"service": "dinner", "durationMinutes": "60", "price": "280.50", "currency": "CHF",
           "venue": "incall"}  # fmt: skip
    html = saved(provider, send(provider, "/rates", **add))
    assert "At your place, CHF" in html
    assert 'value="280.50"' in html
    assert send(provider, "/rates", **add).status == 422  # there is one already
    wrong = send(provider, "/rates", **(add | {"price": "-1"}))
    assert "Enter more than 0." in private_page(wrong)

    key = "dinner 60 incall CHF"
    assert 'value="300"' in saved(
        provider, send(provider, "/rates/price", key=key, was="28050", price="300")
    )
    late = send(provider, "/rates/price", key=key, was="28050", price="310")
    assert late.status == 409
    assert "Another window saved CHF 300 a moment ago" in private_page(late)
    assert 'value="310"' in late.text
    assert hidden(late.text.partition(key)[2], "was") == "30000"
    assert saved(provider, send(provider, "/rates/price", key=key, was="30000", price="310"))

    saved(provider, send(provider, "/rates/remove", key=key))
    saved(provider, send(provider, "/rates/remove", key=key))  # gone is gone
    gone = send(provider, "/rates/price", key=key, was="1", price="5")
    assert gone.status == 409
    assert "removed in another window" in private_page(gone)


def test_locations_are_stored_rounded(provider: Person, database: Database) -> None:
    html = saved(provider, send(provider, "/places", place="Kreuzberg", latitude="52.498765",
                            longitude="13.391234"))  # fmt: skip
    assert "Around 52.50, 13.39" in html
    with database.transaction() as work:
        row = work.execute("SELECT latitude FROM escorts.locations WHERE place = 'Kreuzberg'")
        assert [str(one["latitude"]) for one in row] == ["52.50"]
    for form, why in (
        ({"place": "kreuzberg"}, "there already"),
        ({"place": "Half", "latitude": "52.5"}, "Give both numbers"),
        ({"place": "Far", "latitude": "48.1", "longitude": "11.5"}, "more than 100 km"),
    ):
        answer = send(provider, "/places", **form)
        assert answer.status in {409, 422}
        assert why in private_page(answer)
    assert "Kreuzberg" not in saved(provider, send(provider, "/places/remove", key="Kreuzberg"))


def test_dashboard_publishes_hides_shows_and_withdraws(
    directory: DirectoryWorld, provider: Person, staff: Person
) -> None:
    silent = send(provider, "/visibility/submit", consentVersion="1")
    assert "Tick the box" in private_page(silent)
    done = saved(provider, send(provider, "/visibility/submit", consentVersion="1", agree="true"))
    assert "Request sent." in done
    assert "Waiting for us" in page(provider.web, ROOM)
    again = send(provider, "/visibility/submit", consentVersion="1", agree="true")
    assert again.status == 409
    assert "Your profile is hidden." in saved(provider, send(provider, "/visibility/hide"))
    assert "Hidden" in page(provider.web, ROOM)
    assert "is visible again" in saved(provider, send(provider, "/visibility/show"))
    assert "withdrawn" in saved(provider, send(provider, "/visibility/withdraw"))
    refused = send(provider, "/visibility/hide")
    assert refused.status == 409
    assert "publish it first" in private_page(refused)
    assert f'action="{ROOM}/visibility/publish"' in page(provider.web, f"{ROOM}/visibility")
    published = send(provider, "/visibility/publish", consentVersion="1", agree="true")
    assert "Profile published." in saved(provider, published)


def test_overview_shows_end_of_verification(directory: DirectoryWorld, staff: Person) -> None:
    provider = directory.provider()
    provider.create()
    provider.submit()
    assert verify(staff, provider, days=40).status == 200
    owner = directory.at_home(provider)

    html = page(owner.web, ROOM)

    assert "Your profile is live" in html
    assert "Verified until" in html
    assert "request the next one under Visibility" in html
    assert "Renew verification" in page(owner.web, f"{ROOM}/visibility")
    answer = send(owner, "/visibility/submit", consentVersion="1", agree="true")
    assert "Request sent." in saved(owner, answer)


def test_overview_shows_counted_views(provider: Person, database: Database) -> None:
    assert "Last seven days" not in page(provider.web, ROOM)
    today = clock.now().date()
    with database.transaction() as work:
        for days, views in ((0, 3), (6, 4), (7, 90)):
            work.execute(
                "INSERT INTO escorts.view_counts (profile_id, day, views, visitors)"
                " VALUES (%s, %s, %s, 1)",
                (provider.profile_id, today - timedelta(days=days), views),
            )
        work.execute("INSERT INTO escorts.view_days VALUES (%s, now(), false)", (today,))

    html = page(provider.web, ROOM)

    assert re.search(r"<dt>Last seven days</dt><dd>7</dd>", html)


def test_appearance_is_previewed_saved_and_applied(
    directory: DirectoryWorld, staff: Person, provider: Person, database: Database
) -> None:
    shown = send(provider, "/appearance", action="preview", theme="garden", layout="letter")
    assert "Not saved yet" in private_page(shown)
    fragment = send(provider, "/appearance/preview", theme="ember", layout="banner")
    assert "theme-ember layout-banner" in fragment.text
    assert "<html" not in fragment.text
    assert "theme-house layout-portrait" in page(provider.web, f"{ROOM}/appearance")

    html = saved(provider, send(provider, "/appearance", theme="garden", layout="letter"))

    assert "theme-garden layout-letter" in html
    assert "theme-garden layout-letter" in page(provider.web, f"{ROOM}/preview")
    wrong = send(provider, "/appearance", theme="neon", layout="letter")
    assert wrong.status == 422
    assert "Choose one of these" in private_page(wrong)
    with database.transaction() as work:
        count = work.execute("SELECT count(*) AS n FROM escorts.appearances").fetchone()
    assert count == {"n": 1}


def test_public_page_has_saved_appearance(directory: DirectoryWorld, staff: Person) -> None:
    provider = directory.at_home(directory.published(staff))
    visitor = directory.visitor()
    assert "theme-house layout-portrait" in visitor.get("/mira-valen", headers=HTML).text

    saved(provider, send(provider, "/appearance", theme="slate", layout="banner"))

    assert "theme-slate layout-banner" in visitor.get("/mira-valen", headers=HTML).text


def test_profile_settings_api_matches_dashboard(
    directory: DirectoryWorld, provider: Person
) -> None:
    """The API for appearance and slug gives the same results as the dashboard."""
    owner = directory.provider()
    owner.create(name="Nora Lind")
    look = {"theme": "harbour", "layout": "letter"}
    assert owner.web.get(f"{owner.path}/appearance").json == {
        "theme": "house",
        "layout": "portrait",
    }
    assert owner.web.put(f"{owner.path}/appearance", json=look).json == look
    assert owner.web.get(f"{owner.path}/appearance").json == look
    assert owner.web.put(f"{owner.path}/appearance", json=look | {"theme": "x"}).status == 422

    slug = f"{owner.path}/slug"
    assert owner.web.put(slug, json={"slug": "nora-of-berlin"}).problem["code"] == "version-needed"
    moved = owner.web.put(slug, json={"slug": "nora-of-berlin"}, headers={"if-match": '"1"'})
    assert (moved.status, moved.json["slug"], moved.headers["etag"]) == (
        200,
        "nora-of-berlin",
        '"2"',
    )
    late = owner.web.put(slug, json={"slug": "nora"}, headers={"if-match": '"1"'})
    assert late.status == 412
    taken = owner.web.put(slug, json={"slug": "mira-valen"}, headers={"if-match": '"2"'})
    assert taken.problem["code"] == "slug-taken"
    for path in ("slug", "appearance"):
        body = {"slug": "stolen"} if path == "slug" else look
        other = owner.web.put(f"{provider.path}/{path}", json=body, headers={"if-match": '"1"'})
        assert other.problem["code"] == "no-such-profile"


def test_former_profile_pages_redirect_to_dashboard(directory: DirectoryWorld) -> None:
    provider = directory.provider()
    provider.create()
    for old, new in (("", ""), ("/details", "/profile"), ("/offer", "/rates"),
                     ("/preview", "/preview")):  # fmt: skip
        answer = provider.web.get(f"/profile{old}", headers=HTML)
        assert (answer.status, answer.headers["location"]) == (303, f"{ROOM}{new}")
