"""Pages of the directory in the pseudo-language: a plain word on a page bypassed the translation."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

import escorts
from contracts.services import SERVICES
from escorts.domain.appearance import Layout, Theme
from escorts.domain.text_moderation import field_label
from escorts.domain.vocabulary import CURRENCIES
from escorts.pages import saved_searches, staff, text_moderation
from escorts.pages.dashboard import appearance, context
from escorts.pages.filters import SORT_LABELS
from escorts.pages.labels import (
    CLIENT_VENUE_LABELS,
    PROVIDER_VENUE_LABELS,
    PUBLICATION_LABELS,
    STAFF_VENUE_LABELS,
    VERIFICATION_LABELS,
    service_label,
)
from kit import clock
from kit.db import Database
from kit.i18n import gettext as _
from tests.factories.escorts import API, PROFILE, DirectoryWorld, Person, verify
from tests.factories.saved_searches import run_saved_search_job
from tests.fixtures.functions import Answer, FunctionClient
from tests.fixtures.pseudo_language import COOKIES, untranslated

pytestmark = pytest.mark.usefixtures("pseudo_language")

HTML = {"accept": "text/html"}
GREEK: dict[str, Any] = PROFILE | {
    "name": "Μιράντα",
    "bio": "Βιβλία και **μουσική**.",
    "weightKg": 60,
    "measurements": "90",
    "hairColor": "μαύρα",
    "eyeColor": "καστανά",
    "ethnicity": "μεικτή",
    "languages": ["de", "en", "el", "fr"],
    "locations": [{"place": "Κέντρο", "latitude": 52.52, "longitude": 13.4}, {"place": "Λόφος"}],
    "availability": [
        {"weekday": 5, "start": "18:00", "end": "02:00"},
        {"weekday": 3, "start": "00:00", "end": "00:00"},
        {"weekday": 4, "start": "08:00", "end": "08:00"},
    ],
}
EMPTY = {
    "bio": "",
    "languages": [],
    "services": [],
    "rates": [],
    "locations": [],
    "availability": [],
}
OPEN_GRAPH_TYPES = ("website", "profile")
LAYOUTS = {
    "public_layout.html",
    "saved_layout.html",
    "dashboard_layout.html",
    "staff_layout.html",
    "_saved_macros.html",
    "_filters.html",
    "_profile_header.html",
}
DIRECTORY_TEMPLATES = {"directory.html", "_results.html", "_cards.html", "profile.html"}
SAVED_TEMPLATES = {
    "_favourite_button.html",
    "_favourite_buttons.html",
    "favourites.html",
    "_save_search_link.html",
    "saved_searches.html",
    "saved_search_new.html",
    "saved_search_unsubscribe.html",
}
DASHBOARD_TEMPLATES = {
    "dashboard_appearance.html",
    "dashboard_exceptions.html",
    "dashboard_locations.html",
    "dashboard_overview.html",
    "dashboard_preview.html",
    "dashboard_profile.html",
    "dashboard_rates.html",
    "dashboard_tours.html",
    "dashboard_visibility.html",
    "dashboard_weekly_hours.html",
    "_dashboard_preview.html",
}
OWN_PROFILE_TEMPLATES = {
    "create_profile.html",
    "dashboard_close_profile.html",
    "profile_closed.html",
}
STAFF_TEMPLATES = {
    "staff_verification_queue.html",
    "staff_profile.html",
    "staff_text_reviews.html",
}
PAGES = (
    "",
    "/profile",
    "/rates",
    "/places",
    "/weekly-hours",
    "/exceptions",
    "/tours",
    "/visibility",
    "/appearance",
    "/preview",
    "/close",
)


class Reader:
    """Person who chose the pseudo-language; checks each page that is shown."""

    def __init__(self, web: FunctionClient, allowed: Iterable[str]) -> None:
        self.web = web
        self.web.cookies |= COOKIES
        self._allowed = tuple(allowed)

    def open(self, path: str, status: int = 200, **headers: str) -> Answer:
        """Open a page and check its texts."""
        answer = self.web.get(
            path, headers=HTML | {k.replace("_", "-"): v for k, v in headers.items()}
        )
        return self._check(path, answer, status)

    def send(self, path: str, status: int, **form: str | list[str]) -> Answer:
        """Send a form and check the texts of the answer, and of the page that it redirects to."""
        answer = self._check(path, self.web.post(path, form=form, headers=HTML), status)
        if status == 303:
            self.open(answer.headers["location"].partition("#")[0])
        return answer

    def _check(self, path: str, answer: Answer, status: int) -> Answer:
        assert answer.status == status, path + answer.text[-3000:]
        assert untranslated(answer.text, *self._allowed) == [], path
        return answer


@pytest.fixture
def reader(database: Database) -> Callable[..., Reader]:
    """Return a function that wraps a client; names of cities and codes are data."""
    with database.transaction() as work:
        work.execute("UPDATE escorts.consents SET body = 'Δήλωση'")
        rows = list(work.execute("SELECT slug, name, country, zone FROM escorts.cities"))
    names = " ".join(" ".join(row.values()) for row in rows)
    known = {*re.findall(r"[A-Za-z]{2,}", names), *CURRENCIES, *OPEN_GRAPH_TYPES}
    return lambda web, *more: Reader(web, known | set(more))


@pytest.fixture
def provider(directory: DirectoryWorld, staff: Person) -> Person:
    return directory.published(staff, **GREEK)


@pytest.fixture
def draft(directory: DirectoryWorld) -> Person:
    """Return a provider without any content."""
    person = directory.provider()
    assert person.create(name="Ναταλία", city="berlin", **EMPTY).status == 201
    return person


def slug_of(person: Person) -> str:
    return str(person.web.get(f"{API}/me").json["slug"])


def day(number: int) -> str:
    return (clock.now() + timedelta(days=number)).date().isoformat()


def hidden_values(answer: Answer, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]*)"', answer.text)


def test_templates_of_directory_are_all_rendered_in_these_tests() -> None:
    folder = Path(escorts.__file__).parent / "templates"
    assert {path.name for path in folder.glob("*.html")} == (
        LAYOUTS
        | {"age_gate.html"}
        | DIRECTORY_TEMPLATES
        | SAVED_TEMPLATES
        | DASHBOARD_TEMPLATES
        | OWN_PROFILE_TEMPLATES
        | STAFF_TEMPLATES
    )


def test_labels_of_directory_are_translated() -> None:
    tables: tuple[dict[Any, str], ...] = (
        CLIENT_VENUE_LABELS,
        PROVIDER_VENUE_LABELS,
        STAFF_VENUE_LABELS,
        PUBLICATION_LABELS,
        VERIFICATION_LABELS,
        SORT_LABELS,
        text_moderation._REASONS,
        text_moderation._DONE,
    )
    for label in (label for table in tables for label in table.values()):
        assert untranslated(_(label)) == []
    for key in SERVICES:
        assert untranslated(service_label(key)) == []
    for field in ("name", "bio", "measurements", "hairColor", "eyeColor", "ethnicity", "slug"):
        assert untranslated(field_label(field)) == []
    assert set(appearance.THEMES) == set(Theme)
    assert set(appearance.LAYOUTS) == set(Layout)


def test_directory_pages_have_no_plain_words(
    provider: Person,
    visitor: FunctionClient,
    reader: Callable[..., Reader],
    rendered_templates: set[str],
    draft: Person,
) -> None:
    guest = reader(visitor)
    draft_slug = slug_of(draft)
    for path in (
        "/",
        "/?location=berlin",
        "/?location=zurich",
        "/?location=zurich&services=dinner",
        (
            "/?location=berlin&q=123&venue=outcall&services=dinner&services=overnight&languages=de"
            "&priceMin=100&priceMax=1200&ageMin=18&ageMax=90&sort=price"
        ),
        f"/?{urlencode({'q': 'Μιράντι', 'venue': 'incall'})}",
        *(
            f"/?location=berlin&availability={time}{more}"
            for time, more in (
                ("now", ""),
                ("now", "&duration=120"),
                ("tonight", ""),
                ("tonight", "&duration=120"),
                ("monday", ""),
                ("friday", ""),
            )
        ),
        f"/?location=berlin&availableAt={day(3)}T20:00",
        f"/?location=berlin&availableAt={day(3)}T20:00&duration=90",
        "/_results?location=berlin",
        "/city/berlin",
        "/city/berlin/dinner",
        "/city/zurich",
    ):
        guest.open(path)
    for path in (
        "/?location=123",
        "/?priceMin=900&priceMax=100",
        "/?q=%3F",
        "/?priceMin=a&ageMin=3",
        "/_results?cursor=x",
    ):
        guest.open(path, 422)
    no_city = guest.open(f"/?availableAt={day(3)}T20:00", 422)
    assert _("Choose a city as well: the time is the city's own.") in unescape(no_city.text)
    for path in ("/city/nowhere", "/city/berlin/nothing", "/nobody-here", f"/{draft_slug}"):
        guest.open(path, 404)
    guest.open(f"/{slug_of(provider)}")
    assert rendered_templates >= DIRECTORY_TEMPLATES - {"_cards.html"}


def test_profile_page_with_schedule_has_no_plain_words(
    directory: DirectoryWorld,
    provider: Person,
    visitor: FunctionClient,
    reader: Callable[..., Reader],
) -> None:
    home, guest = directory.at_home(provider), reader(visitor)
    path = f"/{slug_of(provider)}"
    away = {"city": "zurich", "from": day(0), "to": day(4)}
    assert home.web.post(f"{path}/admin/exceptions/now", form={"minutes": "600"}).status == 303
    guest.open(path)
    assert (
        home.web.post(f"{path}/admin/tours", form=away | {"start": "00:00", "end": "00:00"}).status
        == 303
    )
    guest.open(path)
    guest.open("/?location=zurich")
    guest.open("/?location=zurich&availability=now")


def test_age_gate_has_no_plain_words(
    visitor: FunctionClient, reader: Callable[..., Reader], rendered_templates: set[str]
) -> None:
    reader(visitor).open("/", 451, cloudfront_viewer_country="GB")
    assert rendered_templates == {"age_gate.html"}


def test_favourites_and_saved_searches_have_no_plain_words(
    directory: DirectoryWorld,
    provider: Person,
    staff: Person,
    visitor: FunctionClient,
    database: Database,
    functions: Callable[..., FunctionClient],
    reader: Callable[..., Reader],
    rendered_templates: set[str],
) -> None:
    client = directory.person("client")
    me, guest, slug = reader(client.web), reader(visitor), slug_of(provider)
    guest.open(f"/_favourite/{slug}")
    guest.open(f"/_favourite/_list?slug={slug}")
    guest.open("/saved-searches/_link?location=berlin")
    me.open("/favourites")
    me.open(f"/_favourite/_list?slug={slug}")
    for wish in ("true", "false", "true"):
        me.send(f"/_favourite/{slug}", 303, favourite=wish)
        me.open(f"/_favourite/{slug}")
    me.open("/favourites")
    me.open("/saved-searches")
    me.open("/saved-searches/_link?location=berlin")
    me.open("/saved-searches/new?location=berlin&services=dinner")
    me.open("/saved-searches/new")
    me.send("/saved-searches", 422, query="location=berlin")
    me.send("/saved-searches", 422, name="Αθήνα", query="location=123")
    me.send("/saved-searches", 303, name="Αθήνα", query="location=berlin", mail="true")
    me.send("/saved-searches", 303, name="Πάτρα", query="")
    with database.transaction() as work:
        work.execute("UPDATE escorts.saved_searches SET since = since - interval '1 day'")
    other = directory.published(staff, **(GREEK | {"name": "Νεφέλη"}))
    assert run_saved_search_job(database, functions("EscortsScheduled")) == 1
    listed = me.open("/saved-searches")
    assert slug_of(other) in listed.text
    (number, *_others) = re.findall(r"/saved-searches/([0-9a-f-]{36})/delete", listed.text)
    me.send(f"/saved-searches/{number}", 422)
    me.send(f"/saved-searches/{number}", 303, name="Σπάρτη")
    me.send(f"/saved-searches/{number}/delete", 303)
    for message in saved_searches._FLASH_MESSAGES:
        me.open(f"/saved-searches?done={message}")
    with database.transaction() as work:
        rows = work.execute("SELECT unsubscribe_token FROM escorts.saved_searches LIMIT 1")
        token = next(iter(rows))["unsubscribe_token"]
    guest.open(f"/saved-searches/stop/{token}")
    guest.send(f"/saved-searches/stop/{token}", 200)
    assert rendered_templates >= SAVED_TEMPLATES


def test_dashboard_pages_of_draft_have_no_plain_words(
    directory: DirectoryWorld,
    draft: Person,
    reader: Callable[..., Reader],
    rendered_templates: set[str],
) -> None:
    owner, dashboard_path = reader(directory.at_home(draft).web), f"/{slug_of(draft)}/admin"
    for part in PAGES:
        owner.open(f"{dashboard_path}{part}")
    for message in context._DONE:
        owner.open(f"{dashboard_path}?done={message}")
    for path in ("submit", "publish"):
        owner.send(f"{dashboard_path}/visibility/{path}", 422)
        owner.send(f"{dashboard_path}/visibility/{path}", 409, consentVersion="1", agree="true")
    for path in ("hide", "show"):
        owner.send(f"{dashboard_path}/visibility/{path}", 409)
    assert rendered_templates >= DASHBOARD_TEMPLATES - {"_dashboard_preview.html"}


def test_dashboard_forms_of_content_have_no_plain_words(
    directory: DirectoryWorld,
    provider: Person,
    reader: Callable[..., Reader],
    rendered_templates: set[str],
) -> None:
    home = directory.at_home(provider)
    owner, dashboard_path = reader(home.web), f"/{slug_of(provider)}/admin"
    for part in PAGES:
        owner.open(f"{dashboard_path}{part}")
    profile: dict[str, str | list[str]] = {
        "name": "Μιράντα", "city": "berlin", "languages": ["de", "en"], "services": ["dinner"],
    }  # fmt: skip
    owner.send(f"{dashboard_path}/profile", 422)
    owner.send(
        f"{dashboard_path}/profile", 422, heightCm="1", weightKg="x", dateOfBirth="x", **profile
    )
    owner.send(
        f"{dashboard_path}/profile", 422, fingerprint=fingerprint(owner, dashboard_path), **profile
    )
    owner.send(f"{dashboard_path}/profile", 412, fingerprint="old", **profile)
    owner.send(
        f"{dashboard_path}/profile",
        200,
        action="preview",
        **(profile | {"services": ["dinner", "overnight"]}),
    )
    owner.send(f"{dashboard_path}/profile/preview", 200)
    owner.send(f"{dashboard_path}/appearance", 422)
    owner.send(
        f"{dashboard_path}/appearance", 200, action="preview", theme="slate", layout="letter"
    )
    owner.send(f"{dashboard_path}/appearance", 303, theme="slate", layout="letter")
    owner.send(f"{dashboard_path}/appearance/preview", 200, theme="slate", layout="banner")
    rate = {
        "service": "dinner",
        "durationMinutes": "60",
        "price": "280.50",
        "currency": "CHF",
        "venue": "incall",
    }
    owner.send(f"{dashboard_path}/rates", 422)
    owner.send(f"{dashboard_path}/rates", 303, **rate)
    owner.send(f"{dashboard_path}/rates", 422, **rate)
    owner.send(
        f"{dashboard_path}/rates/price", 422, key="dinner 60 incall CHF", was="1", price="-1"
    )
    owner.send(
        f"{dashboard_path}/rates/price", 409, key="dinner 60 incall CHF", was="1", price="300"
    )
    owner.send(
        f"{dashboard_path}/rates/price", 409, key="dinner 60 incall EUR", was="1", price="300"
    )
    owner.send(f"{dashboard_path}/rates/remove", 303, key="dinner 60 incall CHF")
    owner.send(f"{dashboard_path}/places", 422, latitude="200")
    owner.send(f"{dashboard_path}/places", 409, place="Κέντρο")
    owner.send(f"{dashboard_path}/places", 422, place="Μακριά", latitude="1", longitude="1")
    owner.send(f"{dashboard_path}/places", 303, place="Λίμνη")
    owner.send(f"{dashboard_path}/places/remove", 303, key="Λίμνη")
    assert "_dashboard_preview.html" in rendered_templates


def test_dashboard_forms_of_availability_have_no_plain_words(
    directory: DirectoryWorld, provider: Person, reader: Callable[..., Reader]
) -> None:
    home = directory.at_home(provider)
    owner, dashboard_path = reader(home.web), f"/{slug_of(provider)}/admin"
    owner.send(f"{dashboard_path}/weekly-hours", 422, day="1")
    owner.send(f"{dashboard_path}/weekly-hours", 303, day="1", start="18:00", end="23:00")
    owner.send(f"{dashboard_path}/weekly-hours", 422, day="1", start="19:00", end="23:00")
    owner.send(f"{dashboard_path}/weekly-hours/copy", 422, day="1")
    owner.send(f"{dashboard_path}/weekly-hours/copy", 303, day="1", days=["2", "3"])
    owner.send(f"{dashboard_path}/weekly-hours/remove", 303, key="2 18:00 23:00")
    closed = {"isOpen": "false", "date": day(2), "note": "Σημείωση"}
    owner.send(f"{dashboard_path}/exceptions", 422)
    owner.send(f"{dashboard_path}/exceptions", 422, isOpen="true", date="2020-01-01")
    owner.send(f"{dashboard_path}/exceptions", 303, **closed)
    owner.send(f"{dashboard_path}/exceptions", 409, **closed)
    owner.send(
        f"{dashboard_path}/exceptions", 303, isOpen="true", date=day(4), start="10:00", end="12:00"
    )
    owner.send(f"{dashboard_path}/exceptions", 409, isOpen="true", date=day(4), endDate=day(6))
    owner.send(f"{dashboard_path}/exceptions/now", 422, minutes="1")
    owner.send(f"{dashboard_path}/exceptions/now", 303, minutes="120")
    owner.send(f"{dashboard_path}/exceptions/now/end", 303)
    tour = {"city": "vienna", "from": day(10), "to": day(14)}
    owner.send(f"{dashboard_path}/tours", 422, start="10:00")
    owner.send(f"{dashboard_path}/tours", 422, **(tour | {"city": "berlin"}))
    owner.send(f"{dashboard_path}/tours", 303, **tour)
    owner.send(f"{dashboard_path}/tours", 409, **tour)
    more = {"atHome": "true", "start": "12:00", "end": "20:00", "note": "Σημείωση"}
    owner.send(
        f"{dashboard_path}/tours", 303, city="zurich", **{"from": day(0), "to": day(0)}, **more
    )
    owner.send(
        f"{dashboard_path}/tours/remove",
        303,
        id=hidden_values(owner.open(f"{dashboard_path}/tours"), "id")[0],
    )


def test_visibility_forms_have_no_plain_words(
    directory: DirectoryWorld, provider: Person, reader: Callable[..., Reader]
) -> None:
    home = directory.at_home(provider)
    owner, dashboard_path = reader(home.web), f"/{slug_of(provider)}/admin"
    for path in ("hide", "show"):
        owner.send(f"{dashboard_path}/visibility/{path}", 303)
    owner.send(f"{dashboard_path}/visibility/submit", 409, consentVersion="1", agree="true")
    owner.send(f"{dashboard_path}/visibility/submit", 409, consentVersion="9", agree="true")
    owner.send(f"{dashboard_path}/visibility/address", 422)
    owner.send(f"{dashboard_path}/visibility/address", 422, slug="login")
    owner.send(f"{dashboard_path}/visibility/address", 303, slug="mira-1")
    owner.send("/mira-1/admin/visibility/withdraw", 303)
    owner.send("/mira-1/admin/visibility/hide", 409)
    owner.send("/mira-1/admin/visibility/publish", 303, consentVersion="1", agree="true")


def fingerprint(owner: Reader, dashboard_path: str) -> str:
    (found,) = hidden_values(owner.open(f"{dashboard_path}/profile"), "fingerprint")
    return found


def test_pages_of_own_profile_have_no_plain_words(
    directory: DirectoryWorld, reader: Callable[..., Reader], rendered_templates: set[str]
) -> None:
    person = directory.provider()
    owner = reader(person.web)
    owner.open("/profile")
    owner.send("/profile", 422)
    owner.send("/profile", 422, name="Ζωή", city="berlin", dateOfBirth="2020-01-01")
    owner.send("/profile", 422, name="Ζωή", city="123", dateOfBirth="1994-01-01")
    made = owner.web.post(
        "/profile", form={"name": "Ζωή", "city": "berlin", "dateOfBirth": "1994-01-01"}
    )
    assert made.status == 303
    home = reader(directory.at_home(person).web)
    home.open(made.headers["location"])
    dashboard_path = made.headers["location"].partition("?")[0]
    home.open(f"{dashboard_path}/close")
    home.send(f"{dashboard_path}/close", 422, confirm="x")
    home.send(f"{dashboard_path}/close", 200, confirm="close")
    assert rendered_templates >= OWN_PROFILE_TEMPLATES


def test_verification_pages_have_no_plain_words(
    directory: DirectoryWorld,
    staff: Person,
    reader: Callable[..., Reader],
    rendered_templates: set[str],
) -> None:
    clerk = reader(staff.web)
    clerk.open("/staff/verification")
    clerk.open("/staff/verification?find=1", 404)
    person = directory.provider()
    assert person.create(**GREEK).status == 201
    path = f"/staff/verification/{person.profile_id}"
    dashboard_path = f"/{slug_of(person)}/admin"
    home = reader(directory.at_home(person).web)
    clerk.open(path)
    clerk.send(f"{path}/review", 409)
    assert person.submit().status == 200
    home.open(dashboard_path)
    home.open(f"{dashboard_path}/visibility")
    clerk.open("/staff/verification")
    clerk.open(path)
    clerk.send(f"{path}/review", 303)
    clerk.open("/staff/verification")
    clerk.send(f"{path}/reject", 422)
    clerk.send(f"{path}/reject", 303, reason="Λόγος")
    home.open(dashboard_path)
    home.open(f"{dashboard_path}/visibility")
    clerk.send(f"{path}/reject", 409, reason="Λόγος")
    assert person.submit().status == 200
    moment = clock.now().strftime("%Y-%m-%dT%H:%M")
    checks = {"documentCheckedAt": moment, "livenessCheckedAt": moment, "expiresOn": day(300)}
    clerk.send(f"{path}/verify", 422)
    clerk.send(f"{path}/verify", 422, **(checks | {"livenessCheckedAt": f"{day(2)}T10:00"}))
    clerk.send(f"{path}/verify", 422, **(checks | {"documentCheckedAt": "2020-01-01T10:00"}))
    clerk.send(f"{path}/verify", 303, **checks)
    home.open(dashboard_path)
    clerk.open(path)
    clerk.send(f"{path}/suspend", 422)
    clerk.send(f"{path}/suspend", 303, reason="Λόγος")
    clerk.send(f"{path}/suspend", 409, reason="Λόγος")
    home.open(dashboard_path)
    home.open(f"{dashboard_path}/visibility")
    home.send(f"{dashboard_path}/visibility/submit", 409, consentVersion="1", agree="true")
    clerk.send(f"{path}/restore", 303, reason="Λόγος")
    clerk.send(f"{path}/restore", 409, reason="Λόγος")
    clerk.send(f"{path}/revoke", 303, reason="Λόγος")
    clerk.send(f"{path}/revoke", 409, reason="Λόγος")
    home.open(dashboard_path)
    for message in staff_messages():
        clerk.open(f"{path}?done={message}")
    assert person.submit().status == 200
    assert verify(staff, person, days=20).status == 200
    home.open(dashboard_path)
    home.open(f"{dashboard_path}/visibility")
    assert rendered_templates >= STAFF_TEMPLATES - {"staff_text_reviews.html"}


def staff_messages() -> Iterable[str]:
    return staff._DONE


def test_text_review_pages_have_no_plain_words(
    directory: DirectoryWorld,
    staff: Person,
    reader: Callable[..., Reader],
    rendered_templates: set[str],
) -> None:
    clerk = reader(staff.web, "under")
    clerk.open("/staff/texts")
    doubtful = "Όχι under 18."
    person = directory.published(staff, **(GREEK | {"bio": doubtful}))
    review, seen = next_review(clerk)
    clerk.send(f"/staff/texts/{review}/refuse", 422, seen=seen)
    clerk.send(f"/staff/texts/{review}/allow", 409, seen="0" * 64)
    clerk.send("/staff/texts/01890a5d-ac96-774b-bcce-b302099a8057/allow", 404, seen=seen)
    clerk.send(f"/staff/texts/{review}/refuse", 303, seen=seen, reason="Λόγος")
    home = reader(directory.at_home(person).web, "under")
    for part in ("", "/visibility"):
        home.open(f"/{slug_of(person)}/admin{part}")
    directory.published(staff, **(GREEK | {"name": "Νεφέλη", "eyeColor": doubtful}))
    review, seen = next_review(clerk)
    clerk.send(f"/staff/texts/{review}/allow", 303, seen=seen)
    home.send(
        f"/{slug_of(person)}/admin/places",
        422,
        place="schoolgirl",
    )
    assert "staff_text_reviews.html" in rendered_templates


def next_review(clerk: Reader) -> tuple[str, str]:
    """Return the id and the digest of the first text to review."""
    queue = clerk.open("/staff/texts")
    found = re.search(r"/staff/texts/([0-9a-f-]{36})/allow", queue.text)
    assert found
    return found[1], hidden_values(queue, "seen")[0]
