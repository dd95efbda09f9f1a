"""How the book behaves, what must stay, and what happened, by the pages."""

import re

import pytest

from tests.factories.booking_pages import whole, words
from tests.factories.crm import Books, Keeper
from tests.factories.crm_pages import HTML, Reader

BOOK = {
    "autoLockMinutes": "5",
    "unlockMinutes": "30",
    "defaultCurrency": "chf",
    "defaultRegion": "ch",
}


@pytest.fixture
def her(mira: Keeper) -> Reader:
    return Reader(mira)


def test_settings_form_saves_settings(her: Reader) -> None:
    page = whole(her.get("/settings"))
    assert 'name="autoLockMinutes" type="text" autocomplete="off" value="10"' in page
    page = her.follow(her.post("/settings", BOOK))
    assert "Saved." in page
    assert 'value="CHF"' in page
    assert her.keeper.get("/settings").json["defaultRegion"] == "CH"


@pytest.mark.parametrize(
    ("field", "value"),
    [("autoLockMinutes", "16"), ("unlockMinutes", "x"), ("defaultCurrency", "EURO"),
     ("defaultRegion", "QQ")],
    ids=["too-long", "no-number", "no-currency", "no-country"],
)  # fmt: skip
def test_settings_form_invalid_value_is_shown_again(her: Reader, field: str, value: str) -> None:
    page = whole(her.post("/settings", BOOK | {field: value}), 422)
    assert f'value="{value}"' in page
    assert f'href="#field-{field}"' in page


def test_retention_form_saves_periods(her: Reader) -> None:
    assert "No data will be deleted tonight." in whole(her.get("/settings"))
    page = her.follow(her.post("/settings/retention", {"screening": "90", "visitNotes": ""}))
    assert 'name="screening" type="text" autocomplete="off" value="90"' in page
    terms = {one["dataClass"]: one for one in her.keeper.get("/retention").json["items"]}
    assert (terms["screening"]["days"], terms["screening"]["isChosen"]) == (90, True)
    assert not terms["visit_notes"]["isChosen"]

    refused = whole(her.post("/settings/retention", {"visitNotes": "5"}), 422)
    assert "Choose between 30 and 3660 days." in refused
    assert 'href="#field-keep-visitNotes"' in refused

    # Left empty it is as it is for everybody.
    her.follow(her.post("/settings/retention", {}))
    terms = {one["dataClass"]: one for one in her.keeper.get("/retention").json["items"]}
    assert not terms["screening"]["isChosen"]


def test_settings_page_previews_nightly_deletion(her: Reader, books: Books) -> None:
    client = her.keeper.client()
    said = {"type": "call", "direction": "inbound", "happenedAt": "2020-01-01T10:00:00Z"}
    answer = her.keeper.post(
        "/communications", said | {"clientId": client["id"], "subject": "", "text": "Hello."}
    )
    assert answer.status == 201, answer.text
    assert re.search("Messages and calls 1 to delete", words(whole(her.get("/settings"))))


@pytest.mark.slow
def test_legal_hold_form_places_and_releases_a_hold(her: Reader) -> None:
    client = her.keeper.client("Leo Brandt")
    assert "No legal holds." in whole(her.get("/settings/holds"))
    refused = whole(her.post("/settings/holds", {"client": client["id"], "reason": ""}), 422)
    assert f'<option value="{client["id"]}" selected>' in refused
    values = {"client": client["id"], "reason": "Letter of the court"}
    page = her.follow(her.post("/settings/holds", values))
    for said in ("In force", "Letter of the court", "Leo Brandt"):
        assert said in page
    page = her.follow(her.post("/settings/holds", {"reason": "All of it"}))
    assert "The whole client book" in page
    for hold in her.keeper.get("/holds").json["items"]:
        page = her.follow(her.post(f"/settings/holds/{hold['id']}/release"))
    assert "In force" not in page
    assert "Released" in page


def test_audit_page_intact_log_is_reported_complete(her: Reader) -> None:
    assert "No entries yet." in whole(her.get("/audit"))
    her.post("/settings", BOOK)
    her.keeper.enable()
    her.post("/lock")
    page = whole(her.get("/audit"))
    for said in (
        "The activity log is complete",
        "Settings changed",
        "Passphrase set",
        "Locked",
    ):
        assert said in page
    rows = page.partition("<tbody")[2]
    narrowed = whole(her.get("/audit?action=session.locked")).partition("<tbody")[2]
    assert "Settings changed" in rows
    assert "Settings changed" not in narrowed
    assert "No entries for this action." in whole(her.get("/audit?action=workspace.deleted"))
    assert her.get("/audit?cursor=made-up").status == 303


def test_audit_page_tampered_log_is_reported(her: Reader, books: Books) -> None:
    her.post("/settings", BOOK)
    her.post("/settings", BOOK | {"autoLockMinutes": "6"})
    with books.owner.transaction() as work:
        work.execute("ALTER TABLE crm.audit_log DISABLE TRIGGER ALL")
        work.execute("UPDATE crm.audit_log SET network = 'elsewhere' WHERE sequence = 1")
        work.execute("ALTER TABLE crm.audit_log ENABLE TRIGGER ALL")
    page = whole(her.get("/audit"))
    assert "The activity log was tampered with" in page
    assert "Entry 1 does not match" in page


def test_audit_page_long_log_is_paginated(her: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.pages.audit_log.PER_PAGE", 2)
    for minutes in ("3", "4", "5"):
        her.post("/settings", BOOK | {"autoLockMinutes": minutes})
    more = re.search(r'href="[^"]*/crm(/audit\?[^"]+)" rel="next"', whole(her.get("/audit")))
    assert more
    page = whole(her.get(more[1].replace("&amp;", "&")))
    assert "The activity log is complete" not in page
    assert 'rel="next"' not in page


@pytest.mark.parametrize("part", ["/settings", "/settings/holds", "/audit"])
def test_settings_pages_other_provider_gets_404(her: Reader, books: Books, part: str) -> None:
    answer = her.stranger().request("GET", f"{her.room}{part}", headers=HTML)
    assert answer.status == 303
    nora = Reader(books.keeper("nora-lind"))
    nora.keeper.slug = her.keeper.slug
    assert nora.get(part).status == 404


@pytest.mark.slow
def test_pages_show_no_name_in_title_and_address(her: Reader) -> None:
    her.keeper.client("Leo Brandt")
    parts = (
        "/settings", "/settings/encryption", "/settings/encryption/keys", "/settings/holds",
        "/audit", "/export", "/import", "/clear", "/screening", "/screening/new", "/references",
        "/references/new", "/financial", "/areas",
    )  # fmt: skip
    for part in parts:
        page = whole(her.get(part))
        assert re.findall("<title>(.*?)</title>", page) == ["Notes"], part
        assert "HelloMahi" not in page, part
