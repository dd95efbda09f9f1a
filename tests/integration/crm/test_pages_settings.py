"""How the book behaves, what must stay, and what happened, by the pages."""

import re

import pytest

from tests.factories.booking_pages import whole, words
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_pages import HTML, PageClient

BOOK = {
    "autoLockMinutes": "5",
    "unlockMinutes": "30",
    "defaultCurrency": "chf",
    "defaultRegion": "ch",
}


@pytest.fixture
def page_client(provider: CrmUser) -> PageClient:
    return PageClient(provider)


def test_how_it_behaves_is_chosen(page_client: PageClient) -> None:
    page = whole(page_client.get("/settings"))
    assert 'name="autoLockMinutes" type="text" autocomplete="off" value="10"' in page
    page = page_client.follow(page_client.post("/settings", BOOK))
    assert "Saved." in page
    assert 'value="CHF"' in page
    assert page_client.user.get("/settings").json["defaultRegion"] == "CH"


@pytest.mark.parametrize(
    ("field", "value"),
    [("autoLockMinutes", "16"), ("unlockMinutes", "x"), ("defaultCurrency", "EURO"),
     ("defaultRegion", "QQ")],
    ids=["too-long", "no-number", "no-currency", "no-country"],
)  # fmt: skip
def test_what_was_typed_stays_where_it_is_refused(
    page_client: PageClient, field: str, value: str
) -> None:
    page = whole(page_client.post("/settings", BOOK | {field: value}), 422)
    assert f'value="{value}"' in page
    assert f'href="#field-{field}"' in page


def test_how_long_what_is_kept(page_client: PageClient) -> None:
    assert "No data will be deleted tonight." in whole(page_client.get("/settings"))
    page = page_client.follow(
        page_client.post("/settings/retention", {"screening": "90", "visitNotes": ""})
    )
    assert 'name="screening" type="text" autocomplete="off" value="90"' in page
    terms = {one["dataClass"]: one for one in page_client.user.get("/retention").json["items"]}
    assert (terms["screening"]["days"], terms["screening"]["isChosen"]) == (90, True)
    assert not terms["visit_notes"]["isChosen"]

    refused = whole(page_client.post("/settings/retention", {"visitNotes": "5"}), 422)
    assert "Choose between 30 and 3660 days." in refused
    assert 'href="#field-keep-visitNotes"' in refused

    # Left empty it is as it is for everybody.
    page_client.follow(page_client.post("/settings/retention", {}))
    terms = {one["dataClass"]: one for one in page_client.user.get("/retention").json["items"]}
    assert not terms["screening"]["isChosen"]


def test_what_goes_tonight_is_said_before(page_client: PageClient, crm_factory: CrmFactory) -> None:
    client = page_client.user.create_client()
    said = {"type": "call", "direction": "inbound", "happenedAt": "2020-01-01T10:00:00Z"}
    answer = page_client.user.post(
        "/communications", said | {"clientId": client["id"], "subject": "", "text": "Hello."}
    )
    assert answer.status == 201, answer.text
    assert re.search("Messages and calls 1 go", words(whole(page_client.get("/settings"))))


@pytest.mark.slow
def test_a_legal_hold_is_placed_and_lifted(page_client: PageClient) -> None:
    client = page_client.user.create_client("Leo Brandt")
    assert "No legal holds." in whole(page_client.get("/settings/holds"))
    refused = whole(
        page_client.post("/settings/holds", {"client": client["id"], "reason": ""}), 422
    )
    assert f'<option value="{client["id"]}" selected>' in refused
    values = {"client": client["id"], "reason": "Letter of the court"}
    page = page_client.follow(page_client.post("/settings/holds", values))
    for said in ("In force", "Letter of the court", "Leo Brandt"):
        assert said in page
    page = page_client.follow(page_client.post("/settings/holds", {"reason": "All of it"}))
    assert "The whole client book" in page
    for hold in page_client.user.get("/holds").json["items"]:
        page = page_client.follow(page_client.post(f"/settings/holds/{hold['id']}/release"))
    assert "In force" not in page
    assert "Lifted" in page


def test_what_happened_is_listed_and_known_to_be_whole(page_client: PageClient) -> None:
    assert "Nothing yet." in whole(page_client.get("/audit"))
    page_client.post("/settings", BOOK)
    page_client.user.enable_encryption()
    page_client.post("/lock")
    page = whole(page_client.get("/audit"))
    for said in (
        "The activity log is complete",
        "Settings changed",
        "Passphrase set",
        "Locked",
    ):
        assert said in page
    rows = page.partition("<tbody")[2]
    narrowed = whole(page_client.get("/audit?action=session.locked")).partition("<tbody")[2]
    assert "Settings changed" in rows
    assert "Settings changed" not in narrowed
    assert "No entries for this action." in whole(
        page_client.get("/audit?action=workspace.deleted")
    )
    assert page_client.get("/audit?cursor=made-up").status == 303


def test_a_list_that_somebody_changed_says_so(
    page_client: PageClient, crm_factory: CrmFactory
) -> None:
    page_client.post("/settings", BOOK)
    page_client.post("/settings", BOOK | {"autoLockMinutes": "6"})
    with crm_factory.database.transaction() as work:
        work.execute("ALTER TABLE crm.audit_log DISABLE TRIGGER ALL")
        work.execute("UPDATE crm.audit_log SET network = 'elsewhere' WHERE sequence = 1")
        work.execute("ALTER TABLE crm.audit_log ENABLE TRIGGER ALL")
    page = whole(page_client.get("/audit"))
    assert "The activity log was tampered with" in page
    assert "Entry 1 does not fit" in page


def test_a_long_list_goes_on(page_client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.pages.audit_log.PER_PAGE", 2)
    for minutes in ("3", "4", "5"):
        page_client.post("/settings", BOOK | {"autoLockMinutes": minutes})
    more = re.search(
        r'href="[^"]*/crm(/audit\?[^"]+)" rel="next"', whole(page_client.get("/audit"))
    )
    assert more
    page = whole(page_client.get(more[1].replace("&amp;", "&")))
    assert "The activity log is complete" not in page
    assert 'rel="next"' not in page


@pytest.mark.parametrize("part", ["/settings", "/settings/holds", "/audit"])
def test_nobody_else_gets_in(page_client: PageClient, crm_factory: CrmFactory, part: str) -> None:
    answer = page_client.anonymous().request("GET", f"{page_client.base_path}{part}", headers=HTML)
    assert answer.status == 303
    nora = PageClient(crm_factory.create_user("nora-lind"))
    nora.user.slug = page_client.user.slug
    assert nora.get(part).status == 404


@pytest.mark.slow
def test_every_page_is_discreet(page_client: PageClient) -> None:
    page_client.user.create_client("Leo Brandt")
    parts = (
        "/settings", "/settings/encryption", "/settings/encryption/keys", "/settings/holds",
        "/audit", "/export", "/import", "/clear", "/screening", "/screening/new", "/references",
        "/references/new", "/financial", "/areas",
    )  # fmt: skip
    for part in parts:
        page = whole(page_client.get(part))
        assert re.findall("<title>(.*?)</title>", page) == ["Notes"], part
        assert "HelloMahi" not in page, part
