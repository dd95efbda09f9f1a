"""Pages of the client book in the pseudo-language: a plain word on a page bypassed the translation."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import crm
from crm.domain.audit_log import AuditAction, audit_label
from crm.pages import context, data_requests, encryption, errors, labels, my_data_requests, settings
from crm.pages.imports import OUTCOME_BADGES
from crm.pages.labels import Badges, Labels
from crm.pages.subscriptions import CHANNEL_LABELS
from crm.pages.visit_form import CURRENCIES
from kit import clock
from kit.db import Database
from kit.i18n import gettext as _
from tests.factories.crm import PASSPHRASE, CrmFactory, CrmUser
from tests.factories.crm_files import send_file
from tests.factories.crm_pages import HTML, PageClient
from tests.fixtures.functions import Answer, FunctionClient
from tests.fixtures.pseudo_language import COOKIES, untranslated
from tests.integration.crm.test_pages_data_requests import RequesterPages, first_link

pytestmark = pytest.mark.usefixtures("pseudo_language")

CLIENT_TEMPLATES = {
    "client.html", "client_form.html", "client_unreadable.html", "clients.html", "communication.html", "dashboard.html",
    "duplicates.html", "merge.html",
}  # fmt: skip
VISIT_TEMPLATES = {"finance.html", "visit_form.html", "visits.html"}
SCREENING_TEMPLATES = {
    "reference_form.html", "references.html", "screening_form.html", "screenings.html", "task.html", "tasks.html",
}  # fmt: skip
CAMPAIGN_TEMPLATES = {
    "area_subscriptions.html", "campaign_preview.html", "campaign_sent.html", "unsubscribe.html",
}  # fmt: skip
DATA_REQUEST_TEMPLATES = {"data_request.html", "data_requests.html", "my_data_requests.html"}
SETTINGS_TEMPLATES = {"audit_log.html", "legal_holds.html", "settings.html"}
FILE_TEMPLATES = {
    "clear_workspace.html", "cleared.html", "export.html", "import.html", "import_report.html",
}  # fmt: skip
KEY_TEMPLATES = {"encryption.html", "recovery_code.html", "rekey.html"}
LOCKED_TEMPLATES = {
    "error.html", "locked_everywhere.html", "recover.html", "recovery_code_new.html", "resubmit_form.html",
    "unlock.html",
}  # fmt: skip
LAYOUTS = {
    "_macros.html", "_record_list.html", "_settings_nav.html", "_top_bar.html", "layout.html", "locked_layout.html",
}  # fmt: skip
DATA = ("mira", "valen", "csv", "hmx", "JPY", *CURRENCIES)
"""Words of the provider's address, which confirmations repeat, endings of files, and codes of currencies."""
ZONES = re.compile(r"<optgroup.*?</optgroup>", re.DOTALL)
CODES = re.compile(r"<code>[0-9A-Z]{4}</code>")
KEYS = "/settings/encryption"
OTHER_PASSPHRASE = "saffron kettle under snow"
FUTURE = "2150-01-01"


class Reader:
    """Provider who chose the pseudo-language; checks each page that is shown."""

    def __init__(self, user: CrmUser) -> None:
        self.pages = PageClient(user)
        self.user = user
        user.http.cookies |= COOKIES

    def open(self, part: str, status: int = 200, *allowed: str) -> str:
        """Open a page and check its texts."""
        return self.check(part, self.pages.get(part), status, allowed)

    def send(
        self, part: str, form: Mapping[str, Any], status: int = 303, allowed: Iterable[str] = ()
    ) -> str:
        """Send a form and check the texts of the answer, or of the page that it leads to."""
        answer = self.pages.post(part, form)
        if answer.status == status == 303:
            target = answer.headers["location"].removeprefix(self.pages.base_path)
            return self.open(target, 200, *allowed)
        return self.check(part, answer, status, allowed)

    def check(self, part: str, answer: Answer, status: int, allowed: Iterable[str] = ()) -> str:
        """Check the status and the texts of an answer."""
        assert answer.status == status, (part, answer.text)
        text = answer.text
        for left_out in (ZONES, CODES):
            text = left_out.sub("", text)
        assert untranslated(text, *DATA, *allowed) == [], part
        return answer.text

    def add(self, path: str, body: Mapping[str, Any]) -> str:
        """Add a record with the API; return its id."""
        answer = self.user.post(path, body)
        assert answer.status in (200, 201), answer.text
        record_id: str = answer.json["id"]
        return record_id


@pytest.fixture
def reader(provider: CrmUser) -> Reader:
    return Reader(provider)


@pytest.fixture
def leo(reader: Reader) -> str:
    return add_client(reader, "Λέων", phones=["+49 30 1234567"], emails=["leo@example.test"])


def add_client(reader: Reader, name: str, **changes: Any) -> str:
    client_id: str = reader.user.create_client(name, **changes)["id"]
    return client_id


def visit(client: str, days: int, **changes: str) -> dict[str, str]:
    """Return the form of a visit."""
    return {
        "client": client, "day": (clock.now() + timedelta(days=days)).date().isoformat(), "at": "19:30",
        "timeZone": "Europe/Berlin", "minutes": "90", "type": "incall", "status": "completed", "currency": "EUR",
        "rate": "420.50", "rateType": "fixed", "paymentStatus": "pending", "location": "Σπίτι", "notes": "Σημείωση",
    } | changes  # fmt: skip


def test_templates_of_the_client_book_are_all_rendered_in_these_tests() -> None:
    folder = Path(crm.__file__).parent / "templates"
    assert {path.name for path in folder.glob("*.html")} == (
        CLIENT_TEMPLATES | VISIT_TEMPLATES | SCREENING_TEMPLATES | CAMPAIGN_TEMPLATES
        | DATA_REQUEST_TEMPLATES | SETTINGS_TEMPLATES | FILE_TEMPLATES | KEY_TEMPLATES | LOCKED_TEMPLATES | LAYOUTS
    )  # fmt: skip


def test_labels_of_the_client_book_are_translated() -> None:
    tables = [one for one in vars(labels).values() if isinstance(one, Labels | Badges)]
    assert len(tables) == 15
    shown = [
        text if isinstance(text, str) else text[0]
        for table in (*tables, OUTCOME_BADGES, CHANNEL_LABELS)
        for text in table.values()
    ]
    shown += map(audit_label, AuditAction)
    marked = [
        *context.FLASH_MESSAGES.values(),
        *encryption.FLASH_MESSAGES.values(),
        *errors._HEADINGS.values(),
        *errors._WHAT_TO_DO.values(),
        *data_requests.STATE_LABELS.values(),
        *dict(data_requests.DECLINE_OPTIONS).values(),
        *my_data_requests.KIND_LABELS.values(),
        *settings.DATA_CLASS_LABELS.values(),
        *settings._RECEIPT_LABELS.values(),
    ]
    assert [text for text in (*shown, *map(_, marked)) if untranslated(_(text))] == []


def test_dashboard_and_client_pages_have_no_plain_words(
    reader: Reader, rendered_templates: set[str]
) -> None:
    reader.open("")
    reader.open("/clients")
    reader.open("/clients/duplicates")
    reader.open("/clients/new")
    reader.send("/clients/new", {}, 422)
    profile = {
        "name": "Λέων", "phones": "+49 30 1234567", "aliases": "Άλκης", "tags": "ήρεμος",
        "referenceSites": "τόπος: όνομα", "notes": "Σημείωση",
    }  # fmt: skip
    for wrong in ({"phones": "12"}, {"referenceSites": "1"}, {"emails": "12"}, {"tags": "1" * 99}):
        reader.send("/clients/new", profile | wrong, 422)
    reader.send("/clients/new", profile)
    reader.send("/clients/new", profile | {"name": "Λέανδρος"}, 409)
    reader.send("/clients/new", profile | {"name": "Λέανδρος", "then": "keep"})
    page = reader.open("/clients")
    reader.open("/clients/duplicates")
    other, leo = re.findall(r'/clients/([0-9a-f-]{36})">Λέ', page)
    here = f"/clients/{leo}"
    reader.open(f"{here}/edit")
    reader.send(f"{here}/edit", {"name": "", "version": "1"}, 422)
    reader.send(f"{here}/edit", profile | {"name": "Λέων", "version": "9"}, 412)
    reader.send("/clients/find", {"q": "Κανείς"})
    reader.send("/clients/find", {"q": "1" * 201}, 422)
    for part in ("note", "communications", "task", "erase"):
        reader.send(f"{here}/{part}", {}, 422)
    reader.send(f"{here}/note", {"note": "Σημείωση"})
    for kind in ("email", "sms", "call", "text_app"):
        for direction in ("inbound", "outbound"):
            message = {"type": kind, "direction": direction, "text": "Κείμενο"}
            page = reader.send(f"{here}/communications", message)
    [message_part, *_rest] = re.findall(r"/communications/[0-9a-f-]{36}", page)
    reader.open(message_part)
    message = {"type": "call", "direction": "inbound", "version": "1"}
    reader.send(message_part, message, 422)
    reader.send(f"{here}/task", {"title": "Δουλειά", "due": FUTURE})
    reader.open(f"{here}/merge")
    reader.open(f"{here}/merge?with={other}")
    reader.send(f"{here}/merge", {"other": leo, "version": "1"}, 422)
    version = reader.user.get(here).json["version"]
    reader.send(f"{here}/archive", {"version": str(version + 9)}, 412)
    reader.send(f"{here}/archive", {"version": str(version)})
    reader.send(f"{here}/unarchive", {"version": str(version + 1)})
    reader.send(f"{here}/merge", {"other": other, "version": str(version + 2)})
    reader.open("")
    for name in context.FLASH_MESSAGES:
        reader.open(f"/clients?done={name}")
    reader.send(f"{here}/erase", {"confirm": _("delete")})
    assert rendered_templates >= CLIENT_TEMPLATES - {"client_unreadable.html"}


def test_unreadable_client_has_no_plain_words(
    reader: Reader, leo: str, database: Database, rendered_templates: set[str]
) -> None:
    reader.send("/visits/new", visit(leo, -2))
    with database.transaction() as work:
        work.execute("UPDATE crm.clients SET encrypted_payload = %s WHERE id = %s", (b"1", leo))
        work.execute("UPDATE crm.visits SET encrypted_payload = %s", (b"1",))
    reader.open(f"/clients/{leo}", 409)
    reader.open("/clients")
    reader.open("/visits")
    assert "client_unreadable.html" in rendered_templates


def test_visit_and_finance_pages_have_no_plain_words(
    reader: Reader, leo: str, rendered_templates: set[str]
) -> None:
    reader.open("/visits")
    reader.open("/financial")
    reader.open("/visits/new")
    reader.send("/visits/new", {}, 422)
    for wrong in (
        {"minutes": "0"}, {"timeZone": "1"}, {"rate": "12.345"}, {"currency": "JPY", "rate": "10.5"},
        {"paymentStatus": "paid"}, {"paymentStatus": "partial"}, {"received": "1"}, {"day": "2150-01-01"},
        {"day": "1800-01-01"}, {"rate": "x"},
    ):  # fmt: skip
        reader.send("/visits/new", visit(leo, -2) | wrong, 422)
    for number, kind in enumerate(("incall", "outcall", "overnight", "travel")):
        for status in ("completed", "no_show", "cancelled"):
            reader.send("/visits/new", visit(leo, -2 - number, type=kind, status=status))
    reader.send("/visits/new", visit(leo, 2, status="planned"))
    reader.send("/visits/new", visit(leo, -1, status="planned"))
    paid = {"paymentStatus": "paid", "received": "420.50", "expenses": "20"}
    reader.send("/visits/new", visit(leo, -3, **paid))
    reader.send("/visits/new", visit(leo, -3, paymentStatus="partial", received="100"))
    page = reader.open(f"/visits?client={leo}")
    reader.open("/visits?since=2150-01-01")
    reader.open("")
    [here, *_rest] = re.findall(r"/visits/[0-9a-f-]{36}", page)
    reader.open(here)
    reader.send(here, visit(leo, -2, minutes="0", version="1"), 422)
    reader.send(f"{here}/paid", {"method": "cash", "version": "9"}, 412)
    reader.open("/financial")
    reader.open("/financial?since=2026-01&to=2026-03")
    reader.open("/financial?since=1", 422)
    reader.open("/financial?since=2026-03&to=2026-01", 422)
    reader.send(f"{here}/remove", {})
    assert rendered_templates >= VISIT_TEMPLATES


def test_screening_reference_and_task_pages_have_no_plain_words(
    reader: Reader, leo: str, rendered_templates: set[str]
) -> None:
    for part, form in (
        ("/screening", {"type": "other", "details": "Λεπτομέρειες"}),
        ("/references", {"name": "Όθων", "notes": "Σημείωση"}),
    ):
        reader.open(part)
        reader.open(f"{part}?client={leo}")
        reader.open(f"{part}/new")
        reader.send(f"{part}/new", {}, 422)
        reader.send(f"{part}/new", form | {"client": leo})
    [check] = re.findall(r"/screening/[0-9a-f-]{36}", reader.open("/screening"))
    reader.send(check, {"type": "other", "version": "9"}, 412)
    reader.send(f"{check}/verify", {"until": "2000-01-01"}, 422)
    reader.send(f"{check}/verify", {"until": "1800-01-01"}, 422)
    until = (clock.now() + timedelta(days=5)).date().isoformat()
    reader.send(f"{check}/verify", {"until": until, "clientStatus": "approved"})
    reader.open("/screening")
    reader.open("")
    reader.send(f"{check}/fail", {"clientStatus": "rejected"})
    [reference] = re.findall(r"/references/[0-9a-f-]{36}", reader.open("/references"))
    reader.open(reference)
    reader.send(reference, {"name": "Όθων", "version": "1", "contacted": FUTURE}, 422)
    reader.open(f"/clients/{leo}")

    reader.open("/tasks")
    reader.send("/tasks", {}, 422)
    page = reader.send("/tasks", {"title": "Δουλειά", "due": "2020-01-01", "notes": "Σημείωση"})
    [task, *_rest] = re.findall(r"/tasks/[0-9a-f-]{36}", page)
    reader.open(task)
    reader.send(task, {"title": "", "version": "1"}, 422)
    reader.send(f"{task}/done", {"version": "9"}, 412)
    reader.send(f"{task}/done", {"version": "1"})
    reader.open("/tasks?state=done")
    reader.send(f"{task}/reopen", {"version": "2"})
    for part in (check, reference, task):
        reader.send(f"{part}/remove", {})
    assert rendered_templates >= SCREENING_TEMPLATES


def test_subscription_and_campaign_pages_have_no_plain_words(
    reader: Reader, leo: str, database: Database, rendered_templates: set[str]
) -> None:
    today = clock.now().date().isoformat()
    form = {"client": leo, "area": "Ζυρίχη", "channel": "email", "asked": today, "how": "Κλήση"}
    reader.open("/area-subscriptions")
    reader.send("/area-subscriptions", {}, 422)
    reader.send("/area-subscriptions", form | {"asked": "2090-01-01"}, 422)
    reader.send("/area-subscriptions", form)
    ida = add_client(reader, "Ίδα", phones=["+49 30 7654321"])
    page = reader.send("/area-subscriptions", form | {"client": ida, "channel": "sms"})
    reader.send("/campaigns/preview", {}, 422)
    reader.send("/campaigns/preview", {"area": "Αθήνα"}, 200)
    page = reader.send("/campaigns/preview", {"area": "Ζυρίχη"}, 200)
    found = re.search(r'name="announcement" value="([0-9a-f-]+)"', page)
    assert found
    campaign = {"area": "Ζυρίχη", "announcement": found[1], "message": "Έρχομαι"}
    reader.send("/campaigns", campaign | {"message": ""}, 422)
    reader.send("/campaigns", campaign, 200)
    reader.send("/campaigns/preview", {"area": "Ζυρίχη"}, 200)
    page = reader.open("/area-subscriptions")
    for here in set(re.findall(r"/area-subscriptions/[0-9a-f-]{36}", page)):
        reader.send(f"{here}/unsubscribe", {"version": "9"}, 412)
        reader.send(f"{here}/unsubscribe", {"version": "1"})
        reader.send(f"{here}/remove", {})
    web, token = reader.pages.anonymous(), "A" * 48
    web.cookies |= COOKIES
    for method in ("GET", "POST"):
        answer = web.request(method, f"/unsubscribe/{token}", headers=HTML, form=_form(method))
        reader.check("unsubscribe", answer, 200)
    assert rendered_templates >= CAMPAIGN_TEMPLATES


def _form(method: str) -> dict[str, str] | None:
    return {} if method == "POST" else None


def test_data_request_pages_have_no_plain_words(
    reader: Reader,
    database: Database,
    cloud: dict[str, str],
    functions: Callable[..., FunctionClient],
    rendered_templates: set[str],
) -> None:
    reader.open("/data-requests")
    person = RequesterPages(database, cloud, functions)
    person.web.cookies |= COOKIES
    leo = add_client(reader, "Λέων", emails=[person.email], notes="Σημείωση")
    reader.send("/visits/new", visit(leo, -2))

    def own_page(status: int = 200) -> None:
        reader.check("/privacy", person.web.get("/privacy", headers=HTML), status)

    own_page()
    person.submit("access")
    refused = person.web.post("/privacy", form={"kind": "access"}, headers=HTML)
    reader.check("/privacy", refused, 409)
    reader.check("/privacy", person.web.get("/privacy?done=submitted", headers=HTML), 200)
    reader.open("/tasks")
    here = first_link(reader.open("/data-requests"), reader.pages.base_path)
    reader.open(here)
    reader.send(f"{here}/answer", {}, 422)
    reader.send(f"{here}/decline", {}, 422)
    reader.send(f"{here}/answer", {"sections": "details"})
    person.submit("erasure")
    here = first_link(reader.open("/data-requests"), reader.pages.base_path)
    reader.open(here)
    reader.send(f"{here}/erase", {}, 422)
    reader.send(f"{here}/erase", {"clients": leo})
    reader.open("/data-requests")
    person.page_after_release()
    own_page()
    assert rendered_templates >= DATA_REQUEST_TEMPLATES


def test_settings_and_audit_pages_have_no_plain_words(
    reader: Reader, leo: str, rendered_templates: set[str]
) -> None:
    reader.open("/settings")
    for wrong in ({}, {"autoLockMinutes": "16"}, {"defaultRegion": "QQ"}, {"defaultCurrency": "1"}):
        reader.send("/settings", wrong, 422)
    reader.send("/settings/retention", {"visitNotes": "5"}, 422)
    reader.send("/settings/retention", {"screening": "90"})
    message = {"type": "call", "direction": "inbound", "happenedAt": "2020-01-01T10:00:00Z"}
    reader.add("/communications", message | {"clientId": leo, "text": "Κείμενο"})
    reader.open("/settings")
    reader.open("/settings/holds")
    reader.send("/settings/holds", {}, 422)
    reader.send("/settings/holds", {"client": leo, "reason": "Λόγος"})
    reader.send("/settings/holds", {"reason": "Λόγος"})
    reader.open("/settings")
    for hold in reader.user.get("/holds").json["items"]:
        reader.send(f"/settings/holds/{hold['id']}/release", {})
    page = reader.open("/audit")
    assert _("Legal hold placed") in page
    reader.open("/audit?action=workspace.deleted")
    assert rendered_templates >= SETTINGS_TEMPLATES


def test_file_pages_have_no_plain_words(
    reader: Reader, leo: str, monkeypatch: pytest.MonkeyPatch, rendered_templates: set[str]
) -> None:
    reader.open("/export")
    archive_passphrase = {"exportPassphrase": OTHER_PASSPHRASE, "again": OTHER_PASSPHRASE}
    for wrong in ({}, {"again": "12"}, {"exportPassphrase": "12", "again": "12"}, {"part": "1"}):
        reader.send("/export", archive_passphrase | wrong if wrong else {}, 422)
    with monkeypatch.context() as large:
        large.setattr("crm.service.exports._MAX_UNCOMPRESSED_BYTES", 1)
        large.setattr("crm.service.exports._BATCH_SIZE", 1)
        add_client(reader, "Νόρα")
        assert reader.pages.post("/export", archive_passphrase).status == 200
        reader.open("/export")
        reader.pages.post("/export/again")
    archive = reader.pages.post("/export", archive_passphrase).content
    reader.open("/import")
    for content, name in ((b"", "1.csv"), (b"12;34\n1;2\n", "1.csv"), (archive, "1.hmx")):
        reader.check("/import", send_file(reader.pages, content, name), 422)
    ida, daphne, size = "Ίδα", "Δάφνη", "μέγεθος"
    rows = f"name;phone;{size}\n{ida};;\n;12;\n{daphne};0;\n{daphne};;\n".encode()
    for content, name, passphrase in (
        (rows, "1.csv", ""),
        (archive, "1.hmx", OTHER_PASSPHRASE),
    ):
        answer = send_file(reader.pages, content, name, passphrase=passphrase)
        reader.open(answer.headers["location"].removeprefix(reader.pages.base_path))
    reader.open("/import")
    [job, *_rest] = re.findall(r"/import/[0-9a-f-]{36}", reader.open("/import"))
    reader.open(f"{job}?outcome=skipped")
    reader.open("/clear")
    page = reader.send("/clear", {"confirm": "12"}, 422)
    reader.send("/clear", {"confirm": words_to_type(page)}, 200)
    reader.open("/audit")
    assert rendered_templates >= FILE_TEMPLATES


def words_to_type(page: str) -> str:
    """Return the words that a page asks to type."""
    typed = re.search(re.escape(_("Type: %(words)s", words="{}")).replace(r"\{\}", "([^<]+)"), page)
    assert typed
    return unescape(typed[1])


def test_key_pages_have_no_plain_words(
    reader: Reader, leo: str, crm_factory: CrmFactory, rendered_templates: set[str]
) -> None:
    page = reader.open(KEYS)
    form = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "confirm": words_to_type(page)}
    for wrong in ({"confirm": "1"}, {"again": "1"}, {"passphrase": "1", "again": "1"}):
        reader.send(f"{KEYS}/enable", form | wrong, 422)
    reader.send(f"{KEYS}/enable", {}, 422)
    page = reader.send(f"{KEYS}/enable", form, 200)
    groups = re.findall(r"<code>([0-9A-Z]{4})</code>", page)
    found = re.search(r'name="pendingCode" value="([^"]+)"', page)
    assert found
    shown = {"pendingCode": found[1]}
    reader.send(f"{KEYS}/code", shown | {"group": "0"}, 422)
    reader.send(f"{KEYS}/code", shown | {"group": groups[-1]})
    reader.send(f"{KEYS}/enable", form, 409)
    for part in ("change", "renew", "disable"):
        reader.send(f"{KEYS}/{part}", {}, 422)
    reader.send(f"{KEYS}/renew", {"passphrase": "wrong"}, 422)
    reader.send(f"{KEYS}/renew", {"passphrase": PASSPHRASE}, 200)
    change = {"current": PASSPHRASE, "passphrase": OTHER_PASSPHRASE, "again": OTHER_PASSPHRASE}
    reader.send(f"{KEYS}/change", change)
    reader.send(f"{KEYS}/rotate", {})
    reader.open(f"{KEYS}/keys")
    reader.open(KEYS)
    for name in encryption.FLASH_MESSAGES:
        reader.open(f"{KEYS}?done={name}")
    disable = {"passphrase": OTHER_PASSPHRASE, "confirm": _("remove the passphrase")}
    reader.send(f"{KEYS}/disable", disable)
    reader.send(f"{KEYS}/cancel-disable", {})
    other = Reader(crm_factory.new_session(reader.user))
    other.open(KEYS)
    reader.open("/audit")
    confirm = {"confirm": words_to_type(other.send(f"{KEYS}/delete", {"confirm": "1"}, 422))}
    reader.send(f"{KEYS}/delete", confirm)
    reader.open("", 410)
    reader.send(f"{KEYS}/recreate", {"confirm": _("create a new client book")})
    assert rendered_templates >= KEY_TEMPLATES


def test_locked_and_error_pages_have_no_plain_words(
    reader: Reader, leo: str, rendered_templates: set[str]
) -> None:
    reader.open("/visits/1", 404)
    reader.open(f"/clients/{'0' * 8}-0000-0000-0000-{'0' * 12}", 404)
    confirm = {"passphrase": PASSPHRASE, "confirm": _("I will keep my recovery code")}
    answer = reader.user.post("/encryption/enable", confirm)
    assert answer.status == 200, answer.text
    code: str = answer.json["recoveryCode"]
    reader.open(reader.pages.get("").headers["location"].removeprefix(reader.pages.base_path))
    page = reader.check("/tasks", reader.pages.post("/tasks", {"title": "Δουλειά"}), 423)
    pending = re.search(r'name="pendingForm" value="([^"]+)"', page)
    assert pending
    reader.check("/settings", reader.pages.post("/settings", {}), 423)
    reader.send("/unlock", {}, 422)
    reader.send("/unlock", {"passphrase": "wrong"}, 422)
    unlock = {"passphrase": PASSPHRASE}
    reader.send("/unlock", unlock | {"pendingForm": unescape(pending[1])}, 200)
    reader.send("/unlock", unlock)
    reader.check("/lock-all", reader.pages.post("/lock-all"), 200)
    reader.open("/unlock")
    reader.open("/recover")
    new = {"code": code, "passphrase": OTHER_PASSPHRASE, "again": OTHER_PASSPHRASE}
    for wrong in ({"code": "1"}, {"again": "1"}, {"passphrase": "1", "again": "1"}):
        reader.send("/recover", new | wrong, 422)
    reader.send("/recover", new, 200)
    reader.pages.post("/lock")
    for _number in range(7):
        page = reader.pages.post("/unlock", {"passphrase": "wrong"}).text
    reader.send("/unlock", {"passphrase": "wrong"}, 429)
    assert rendered_templates >= LOCKED_TEMPLATES
