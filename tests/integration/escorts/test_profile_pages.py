"""Pages of providers and staff through their forms: the same journey as through the API."""

import re
from datetime import timedelta

import pytest

from kit import clock
from tests.factories.escorts import PROFILE, DirectoryWorld, Person
from tests.fixtures.functions import Answer, FunctionClient

HTML = {"accept": "text/html"}
ROOM = "/mira-valen/admin"


def page(web: FunctionClient, path: str, status: int = 200) -> str:
    answer = web.get(path, headers=HTML)
    assert answer.status == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.count("<h1") == 1
    return answer.text


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]


def send(web: FunctionClient, path: str, **form: str | list[str]) -> Answer:
    return web.post(path, form=form)


def follow(web: FunctionClient, answer: Answer) -> str:
    assert answer.status == 303, answer.text
    return page(web, answer.headers["location"].partition("#")[0])


def begin(directory: DirectoryWorld, provider: Person) -> Person:
    """Create the profile on the site; return the provider in the dashboard."""
    assert "Create your profile" in page(provider.web, "/profile")
    form = {"name": "Mira Valen", "city": "berlin", "dateOfBirth": PROFILE["dateOfBirth"]}
    answer = send(provider.web, "/profile", **form)
    assert (answer.status, answer.headers["location"]) == (303, f"{ROOM}?done=created")
    at_home = directory.at_home(provider)
    assert "Profile created." in follow(at_home.web, answer)
    return at_home


def fill_in(provider: Person) -> None:
    fingerprint = hidden(page(provider.web, f"{ROOM}/profile"), "fingerprint")
    details: dict[str, str | list[str]] = {
        "fingerprint": fingerprint,
        "name": "Mira Valen",
        "city": "berlin",
        "bio": "Fond of long dinners.\nAnd <b>of</b> silence.",
        "languages": ["de", "en"],
        "services": ["dinner", "overnight"],
        "heightCm": "172",
    }
    follow(provider.web, send(provider.web, f"{ROOM}/profile", **details))
    offers: tuple[tuple[str, dict[str, str | list[str]]], ...] = (
        ("rates", {"service": "dinner", "durationMinutes": "120", "price": "450.50",
                   "currency": "EUR", "venue": "outcall"}),
        ("places", {"place": "Mitte"}),
        ("weekly-hours", {"day": "5", "start": "18:00", "end": "02:00"}),
    )  # fmt: skip
    for part, form in offers:
        follow(provider.web, send(provider.web, f"{ROOM}/{part}", **form))


def submit(provider: Person) -> str:
    version = hidden(page(provider.web, f"{ROOM}/visibility"), "consentVersion")
    form = {"consentVersion": version, "agree": "true"}
    follow(provider.web, send(provider.web, f"{ROOM}/visibility/submit", **form))
    return page(provider.web, ROOM)


@pytest.fixture
def provider(directory: DirectoryWorld) -> Person:
    return directory.provider()


def profile_id(staff: Person) -> str:
    found = re.search(
        r"/staff/verification/([0-9a-f-]{36})", page(staff.web, "/staff/verification")
    )
    assert found
    return found[1]


def verify(staff: Person) -> None:
    case = profile_id(staff)
    path = f"/staff/verification/{case}"
    assert "15 June 1994" in page(staff.web, path)
    moment = clock.now().strftime("%Y-%m-%dT%H:%M")
    day = (clock.now() + timedelta(days=300)).date().isoformat()
    assert send(staff.web, f"{path}/review").status == 303
    answer = send(
        staff.web,
        f"{path}/verify",
        documentCheckedAt=moment,
        livenessCheckedAt=moment,
        expiresOn=day,
    )
    assert "Verified." in follow(staff.web, answer)


@pytest.mark.slow
def test_pages_lead_from_draft_to_public_profile(
    directory: DirectoryWorld, provider: Person, staff: Person, visitor: FunctionClient
) -> None:
    provider = begin(directory, provider)
    todo = page(provider.web, ROOM)
    for text in ("Write a few sentences", "Add at least one rate", "Request verification"):
        assert text in todo
    fill_in(provider)
    preview = page(provider.web, f"{ROOM}/preview")
    assert "EUR 450.50" in preview
    assert "&lt;b&gt;of&lt;/b&gt;" in preview
    assert "18:00–02:00" in preview
    assert "Verified" not in preview
    assert "pending with our staff" in submit(provider)
    assert "Mira" not in page(visitor, "/?location=berlin")
    page(visitor, "/mira-valen", 404)

    verify(staff)
    assert "Public" in page(provider.web, ROOM)
    assert "Mira Valen" in page(visitor, "/?location=berlin")
    shown = page(visitor, "/mira-valen")
    for text in ("Verified", "Dinner date", "German, English", "Mitte", "EUR 450.50", "172 cm"):
        assert text in shown
    assert str(provider.user_id) not in shown

    case = page(staff.web, staff_path(staff, "mira-valen"))
    assert "Revoke the verification" in case
    suspended = send(
        staff.web, f"{staff_path(staff, 'mira-valen')}/suspend", reason="Reported twice."
    )
    assert "Suspended." in follow(staff.web, suspended)
    page(visitor, "/mira-valen", 404)
    assert "Mira" not in page(visitor, "/?location=berlin")
    assert "Reported twice." in page(provider.web, ROOM)


def staff_path(staff: Person, find: str) -> str:
    answer = staff.web.get(f"/staff/verification?find={find}", headers=HTML)
    assert answer.status == 303
    return answer.headers["location"]


@pytest.mark.slow
def test_start_page_lists_public_profiles(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    empty = page(visitor, "/")
    assert "No verified profiles are listed at the moment" in empty
    assert "Berlin (" not in empty
    directory.published(staff)
    shown = page(visitor, "/")
    assert "Mira Valen" in shown
    assert "Berlin (1)" in shown
    unknown = page(visitor, "/?location=berlni", 422)
    assert "Did you mean berlin?" in unknown
    page(visitor, "/?cursor=junk", 422)


def test_htmx_requests_get_fragments(
    directory: DirectoryWorld,
    staff: Person,
    visitor: FunctionClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("escorts.pages.filters.PER_PAGE", 1)
    for name in ("Mira Valen", "Nora Lind"):
        directory.published(staff, name=name)
    answer = visitor.get("/_results?location=berlin", headers=HTML)
    assert answer.headers["hx-push-url"] == "/?location=berlin"
    assert "<html" not in answer.text
    assert answer.text.count("profile-card__name") == 1
    # The first profile of the list changes every day.
    first, second = ("Mira Valen", "Nora Lind")[:: 1 if "Mira Valen" in answer.text else -1]
    assert first in answer.text
    more = re.search(r'hx-get="(/_results[^"]*)"', answer.text)
    assert more
    rest = visitor.get(more[1].replace("&amp;", "&"), headers=HTML)
    assert "hx-push-url" not in rest.headers
    assert second in rest.text
    assert first not in rest.text
    assert "Show more" not in rest.text
    assert "<section" not in rest.text
    following = re.search(r'href="(/\?[^"]*)"', answer.text)
    assert following
    assert second in page(visitor, following[1].replace("&amp;", "&"))


def test_former_slugs_and_ids_redirect_to_profile(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    provider = directory.published(staff)
    at_home = directory.at_home(provider)
    assert send(at_home.web, f"{ROOM}/visibility/address", slug="mira-of-berlin").status == 303
    for address, status in (("mira-valen", 301), (provider.profile_id, 302)):
        answer = visitor.get(f"/{address}", headers=HTML)
        assert (answer.status, answer.headers["location"]) == (status, "/mira-of-berlin")


def test_form_error_is_shown_at_its_field(directory: DirectoryWorld, provider: Person) -> None:
    refused = send(provider.web, "/profile", name="M", city="berlin", dateOfBirth="2020-01-01")
    assert refused.status == 422
    assert "Use at least 2 characters." in refused.text
    minor = send(provider.web, "/profile", name="Mira", city="berlin", dateOfBirth="2020-01-01")
    assert minor.status == 422
    assert "18 or older" in minor.text
    begin(directory, provider)
    again = send(provider.web, "/profile", name="Mira", city="berlin", dateOfBirth="1990-01-01")
    assert again.status == 409


def test_submit_of_incomplete_profile_is_refused(
    directory: DirectoryWorld, provider: Person
) -> None:
    at_home = begin(directory, provider)
    form = {"consentVersion": "1", "agree": "true"}
    incomplete = send(at_home.web, f"{ROOM}/visibility/submit", **form)
    assert incomplete.status == 409
    assert "Add at least one rate." in incomplete.text


@pytest.mark.slow
def test_visibility_page_hides_shows_withdraws_and_publishes(
    directory: DirectoryWorld, staff: Person, visitor: FunctionClient
) -> None:
    provider = directory.at_home(directory.published(staff))
    to = f"{ROOM}/visibility"
    assert "Your profile is hidden." in follow(provider.web, send(provider.web, f"{to}/hide"))
    page(visitor, "/mira-valen", 404)
    follow(provider.web, send(provider.web, f"{to}/show"))
    page(visitor, "/mira-valen")
    follow(provider.web, send(provider.web, f"{to}/withdraw"))
    page(visitor, "/mira-valen", 404)
    assert send(provider.web, f"{to}/hide").status == 409
    version = hidden(page(provider.web, to), "consentVersion")
    answer = send(provider.web, f"{to}/publish", consentVersion=version, agree="true")
    follow(provider.web, answer)
    assert "It is listed in the directory." in page(provider.web, ROOM)
    page(visitor, "/mira-valen")


def test_staff_decisions_require_reason(
    directory: DirectoryWorld, provider: Person, staff: Person
) -> None:
    provider.create()
    provider.submit()
    path = f"/staff/verification/{provider.profile_id}"
    silent = send(staff.web, f"{path}/reject")
    assert silent.status == 422
    assert "Fill this in." in silent.text
    old = send(staff.web, f"{path}/verify", documentCheckedAt="2024-01-01T00:00",
               livenessCheckedAt="2024-01-01T00:00", expiresOn="2031-01-01")  # fmt: skip
    assert old.status == 422
    assert "too old" in old.text
    assert send(staff.web, f"{path}/reject", reason="The document is blurred.").status == 303
    assert "The document is blurred." in page(directory.at_home(provider).web, ROOM)
    assert send(staff.web, f"{path}/revoke", reason="Because.").status == 409
    assert send(staff.web, f"{path}/restore", reason="Because.").status == 409
    page(staff.web, "/staff/verification?find=nobody-here", 404)
    page(staff.web, "/staff/verification/01890a5d-ac96-774b-bcce-b302099a8057", 404)


def test_provider_and_staff_pages_are_closed_to_others(
    directory: DirectoryWorld, visitor: FunctionClient, provider: Person
) -> None:
    for path in ("/profile", "/profile/details", "/profile/offer", ROOM, "/staff/verification"):
        answer = visitor.get(path, headers=HTML)
        assert answer.status in {303, 302, 401}, (path, answer.status)
    assert provider.web.get("/staff/verification", headers=HTML).status in {302, 303, 401}
    client = directory.person("client")
    assert client.web.get("/profile", headers=HTML).status == 403


def test_private_pages_are_not_cached(
    directory: DirectoryWorld, staff: Person, provider: Person
) -> None:
    at_home = begin(directory, provider)
    for web, path in ((at_home.web, ROOM), (staff.web, "/staff/verification")):
        assert web.get(path, headers=HTML).headers["cache-control"] == "no-store"
