"""The pages, by sending their forms: the same journey as through the API."""

import re
from datetime import timedelta

import pytest

from kit import clock
from tests.factories.escorts import PROFILE, Cast, Person
from tests.fixtures.functions import Answer, FunctionClient

HTML = {"accept": "text/html"}


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
    return page(web, answer.headers["location"])


def begin(mira: Person) -> None:
    assert "Begin your profile" in page(mira.web, "/profile")
    form = {"name": "Mira Valen", "city": "berlin", "dateOfBirth": PROFILE["dateOfBirth"]}
    html = follow(mira.web, send(mira.web, "/profile", **form))
    assert "Your profile has begun." in html


def fill_in(mira: Person) -> None:
    version = hidden(page(mira.web, "/profile/details"), "version")
    details: dict[str, str | list[str]] = {
        "version": version,
        "name": "Mira Valen",
        "slug": "mira-valen",
        "city": "berlin",
        "bio": "Fond of long dinners.\nAnd <b>of</b> silence.",
        "languages": ["de", "en"],
        "services": ["dinner", "overnight"],
        "heightCm": "172",
    }
    follow(mira.web, send(mira.web, "/profile/details", **details))
    offers: tuple[tuple[str, dict[str, str | list[str]]], ...] = (
        ("rates", {"service": "dinner", "durationMinutes": "120", "price": "450.50",
                   "currency": "EUR", "venue": "outcall"}),
        ("locations", {"place": "Mitte"}),
        ("availability", {"weekdays": ["5", "6"], "start": "18:00", "end": "02:00"}),
    )  # fmt: skip
    for part, form in offers:
        version = hidden(page(mira.web, "/profile/offer"), "version")
        answer = send(mira.web, f"/profile/offer/{part}", version=version, **form)
        assert "Your offer is saved." in follow(mira.web, answer)


def submit(mira: Person) -> str:
    version = hidden(page(mira.web, "/profile"), "consentVersion")
    answer = send(mira.web, "/profile/submit", consentVersion=version, agree="true")
    return follow(mira.web, answer)


@pytest.fixture
def mira(cast: Cast) -> Person:
    return cast.provider()


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


def test_the_whole_journey(
    cast: Cast, mira: Person, staff: Person, visitor: FunctionClient
) -> None:
    begin(mira)
    todo = page(mira.web, "/profile")
    for text in ("Write a few sentences", "Add at least one rate", "Ask for verification"):
        assert text in todo
    fill_in(mira)
    preview = page(mira.web, "/profile/preview")
    assert "EUR 450.50" in preview
    assert "&lt;b&gt;of&lt;/b&gt;" in preview
    assert "18:00–02:00" in preview  # noqa: RUF001
    assert "Verified" not in preview
    assert "waiting for our staff" in submit(mira)
    assert "Mira" not in page(visitor, "/?location=berlin")
    page(visitor, "/mira-valen", 404)

    verify(staff)
    assert "Public" in page(mira.web, "/profile")
    assert "Mira Valen" in page(visitor, "/?location=berlin")
    shown = page(visitor, "/mira-valen")
    for text in ("Verified", "Dinner date", "German, English", "Mitte", "EUR 450.50", "172 cm"):
        assert text in shown
    assert str(mira.user_id) not in shown

    case = page(staff.web, staff_path(staff, "mira-valen"))
    assert "Revoke the verification" in case
    suspended = send(
        staff.web, f"{staff_path(staff, 'mira-valen')}/suspend", reason="Reported twice."
    )
    assert "Suspended." in follow(staff.web, suspended)
    page(visitor, "/mira-valen", 404)
    assert "Mira" not in page(visitor, "/?location=berlin")
    assert "Reported twice." in page(mira.web, "/profile")


def staff_path(staff: Person, find: str) -> str:
    answer = staff.web.get(f"/staff/verification?find={find}", headers=HTML)
    assert answer.status == 303
    return answer.headers["location"]


def test_the_start_page(cast: Cast, staff: Person, visitor: FunctionClient) -> None:
    empty = page(visitor, "/")
    assert "Nobody here yet" in empty
    assert "Berlin (0)" in empty
    cast.published(staff)
    assert "Mira Valen" in page(visitor, "/")
    unknown = page(visitor, "/?location=berlni", 422)
    assert "Did you mean berlin?" in unknown
    page(visitor, "/?cursor=junk", 422)


def test_fragments_are_fragments(
    cast: Cast, staff: Person, visitor: FunctionClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("escorts.pages.directory.PER_PAGE", 1)
    for name in ("Mira Valen", "Nora Lind"):
        cast.published(staff, name=name)
    answer = visitor.get("/_results?location=berlin", headers=HTML)
    assert answer.headers["hx-push-url"] == "/?location=berlin"
    assert "<html" not in answer.text
    assert answer.text.count("profile-card__name") == 1
    more = re.search(r'hx-get="([^"]*)"', answer.text)
    assert more
    rest = visitor.get(more[1].replace("&amp;", "&"), headers=HTML)
    assert "hx-push-url" not in rest.headers
    assert "Mira Valen" in rest.text
    assert "Show more" not in rest.text
    assert "<section" not in rest.text
    following = re.search(r'href="(/\?[^"]*)"', answer.text)
    assert following
    assert "Mira Valen" in page(visitor, following[1].replace("&amp;", "&"))


def test_old_addresses_and_ids_lead_to_the_profile(
    cast: Cast, staff: Person, visitor: FunctionClient
) -> None:
    mira = cast.published(staff)
    version = hidden(page(mira.web, "/profile/details"), "version")
    send(mira.web, "/profile/details", version=version, name="Mira Valen", city="berlin",
         slug="mira-of-berlin", services=["dinner", "overnight"])  # fmt: skip
    for address, status in (("mira-valen", 301), (mira.profile_id, 302)):
        answer = visitor.get(f"/{address}", headers=HTML)
        assert (answer.status, answer.headers["location"]) == (status, "/mira-of-berlin")


def test_what_is_wrong_stands_at_its_field(mira: Person) -> None:
    refused = send(mira.web, "/profile", name="M", city="berlin", dateOfBirth="2020-01-01")
    assert refused.status == 422
    assert "Use at least 2 characters." in refused.text
    minor = send(mira.web, "/profile", name="Mira", city="berlin", dateOfBirth="2020-01-01")
    assert minor.status == 422
    assert "18 or older" in minor.text
    begin(mira)
    again = send(mira.web, "/profile", name="Mira", city="berlin", dateOfBirth="1990-01-01")
    assert again.status == 409
    no_tick = send(mira.web, "/profile/submit", consentVersion="1")
    assert no_tick.status == 422
    assert "Tick the box" in no_tick.text
    incomplete = send(mira.web, "/profile/submit", consentVersion="1", agree="true")
    assert incomplete.status == 409
    assert "Add at least one rate." in incomplete.text


def test_two_windows(mira: Person) -> None:
    begin(mira)
    version = hidden(page(mira.web, "/profile/details"), "version")
    form = {"version": version, "name": "Mira", "city": "berlin"}
    assert send(mira.web, "/profile/details", **form).status == 303
    late = send(mira.web, "/profile/details", **(form | {"name": "Somebody"}))
    assert late.status == 412
    assert "changed meanwhile" in late.text
    assert 'value="Somebody"' in late.text
    assert hidden(late.text, "version") != version


def test_the_offer_grows_and_shrinks(mira: Person) -> None:
    begin(mira)
    fill_in(mira)
    html = page(mira.web, "/profile/offer")
    version = hidden(html, "version")
    overlap = send(mira.web, "/profile/offer/availability", version=version,
                   weekdays=["6"], start="01:00", end="03:00")  # fmt: skip
    assert overlap.status == 422
    assert "overlap" in overlap.text
    price = send(mira.web, "/profile/offer/rates", version=version, service="dinner",
                 durationMinutes="60", price="-1", currency="EUR", venue="incall")  # fmt: skip
    assert "Enter more than 0." in price.text
    removed = send(mira.web, "/profile/offer/remove", version=version, part="rates", index="0")
    assert "EUR 450.50" not in follow(mira.web, removed)
    late = send(mira.web, "/profile/offer/remove", version=version, part="locations", index="0")
    assert late.status == 412


def test_hide_show_withdraw_and_publish(cast: Cast, staff: Person, visitor: FunctionClient) -> None:
    mira = cast.published(staff)
    assert "Your profile is hidden." in follow(mira.web, send(mira.web, "/profile/hide"))
    page(visitor, "/mira-valen", 404)
    follow(mira.web, send(mira.web, "/profile/show"))
    page(visitor, "/mira-valen")
    follow(mira.web, send(mira.web, "/profile/withdraw"))
    page(visitor, "/mira-valen", 404)
    assert send(mira.web, "/profile/hide").status == 409
    html = page(mira.web, "/profile")
    assert 'action="/profile/publish"' in html
    version = hidden(html, "consentVersion")
    answer = send(mira.web, "/profile/publish", consentVersion=version, agree="true")
    assert "Your profile is in the directory." in follow(mira.web, answer)
    page(visitor, "/mira-valen")


def test_staff_say_why(cast: Cast, mira: Person, staff: Person) -> None:
    mira.create()
    mira.submit()
    path = f"/staff/verification/{mira.profile_id}"
    silent = send(staff.web, f"{path}/reject")
    assert silent.status == 422
    assert "Fill this in." in silent.text
    old = send(staff.web, f"{path}/verify", documentCheckedAt="2024-01-01T00:00",
               livenessCheckedAt="2024-01-01T00:00", expiresOn="2031-01-01")  # fmt: skip
    assert old.status == 422
    assert "too old" in old.text
    assert send(staff.web, f"{path}/reject", reason="The document is blurred.").status == 303
    assert "The document is blurred." in page(mira.web, "/profile")
    assert send(staff.web, f"{path}/revoke", reason="Because.").status == 409
    assert send(staff.web, f"{path}/restore", reason="Because.").status == 409
    page(staff.web, "/staff/verification?find=nobody-here", 404)
    page(staff.web, "/staff/verification/01890a5d-ac96-774b-bcce-b302099a8057", 404)


def test_rooms_are_closed_to_others(cast: Cast, visitor: FunctionClient, mira: Person) -> None:
    for path in ("/profile", "/profile/details", "/profile/offer", "/staff/verification"):
        answer = visitor.get(path, headers=HTML)
        assert answer.status in {303, 302, 401}, (path, answer.status)
    assert mira.web.get("/staff/verification", headers=HTML).status in {302, 303, 401}
    client = cast.person("client")
    assert client.web.get("/profile", headers=HTML).status == 403


def test_private_pages_are_not_kept(cast: Cast, staff: Person, mira: Person) -> None:
    begin(mira)
    for web, path in ((mira.web, "/profile"), (staff.web, "/staff/verification")):
        assert web.get(path, headers=HTML).headers["cache-control"] == "no-store"
