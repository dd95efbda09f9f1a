"""Pages of settings, retention, legal holds and the audit log."""

import re

import pytest

from kit.ids import new_id
from tests.factories.booking_pages import private_page, words
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_pages import HTML, PageClient

SETTINGS_FORM = {
    "autoLockMinutes": "5",
    "unlockMinutes": "30",
    "defaultCurrency": "chf",
    "defaultRegion": "ch",
}


@pytest.fixture
def page_client(provider: CrmUser) -> PageClient:
    return PageClient(provider)


def test_settings_form_saves_settings(page_client: PageClient) -> None:
    page = private_page(page_client.get("/settings"))
    assert 'name="autoLockMinutes" type="text" autocomplete="off" value="10"' in page
    page = page_client.follow(page_client.post("/settings", SETTINGS_FORM))
    assert "Saved." in page
    assert 'value="CHF"' in page
    assert page_client.user.get("/settings").json["defaultRegion"] == "CH"


@pytest.mark.parametrize(
    ("field", "value"),
    [("autoLockMinutes", "16"), ("unlockMinutes", "x"), ("defaultCurrency", "EURO"),
     ("defaultRegion", "QQ")],
    ids=["too-long", "no-number", "no-currency", "no-country"],
)  # fmt: skip
def test_settings_form_invalid_value_is_shown_again(
    page_client: PageClient, field: str, value: str
) -> None:
    page = private_page(page_client.post("/settings", SETTINGS_FORM | {field: value}), 422)
    assert f'value="{value}"' in page
    assert f'href="#field-{field}"' in page


def test_retention_form_saves_periods(page_client: PageClient) -> None:
    assert "No data will be deleted tonight." in private_page(page_client.get("/settings"))
    page = page_client.follow(
        page_client.post("/settings/retention", {"screening": "90", "visitNotes": ""})
    )
    assert 'name="screening" type="text" autocomplete="off" value="90"' in page
    terms = {one["dataClass"]: one for one in page_client.user.get("/retention").json["items"]}
    assert (terms["screening"]["days"], terms["screening"]["isChosen"]) == (90, True)
    assert not terms["visit_notes"]["isChosen"]

    refused = private_page(page_client.post("/settings/retention", {"visitNotes": "5"}), 422)
    assert "Choose between 30 and 3660 days." in refused
    assert 'href="#field-keep-visitNotes"' in refused

    # An empty field restores the default.
    page_client.follow(page_client.post("/settings/retention", {}))
    terms = {one["dataClass"]: one for one in page_client.user.get("/retention").json["items"]}
    assert not terms["screening"]["isChosen"]


def test_settings_page_previews_nightly_deletion(
    page_client: PageClient, crm_factory: CrmFactory
) -> None:
    client = page_client.user.create_client()
    text = {"type": "call", "direction": "inbound", "happenedAt": "2020-01-01T10:00:00Z"}
    answer = page_client.user.post(
        "/communications", text | {"clientId": client["id"], "subject": "", "text": "Hello."}
    )
    assert answer.status == 201, answer.text
    assert re.search(
        "Messages and calls 1 to delete", words(private_page(page_client.get("/settings")))
    )


@pytest.mark.slow
def test_legal_hold_form_places_and_releases_a_hold(page_client: PageClient) -> None:
    client = page_client.user.create_client("Leo Brandt")
    assert "No legal holds." in private_page(page_client.get("/settings/holds"))
    refused = private_page(
        page_client.post("/settings/holds", {"client": client["id"], "reason": ""}), 422
    )
    assert f'<option value="{client["id"]}" selected>' in refused
    values = {"client": client["id"], "reason": "Letter of the court"}
    page = page_client.follow(page_client.post("/settings/holds", values))
    for text in ("In force", "Letter of the court", "Leo Brandt"):
        assert text in page
    page = page_client.follow(page_client.post("/settings/holds", {"reason": "All of it"}))
    assert "The whole client book" in page
    for hold in page_client.user.get("/holds").json["items"]:
        page = page_client.follow(page_client.post(f"/settings/holds/{hold['id']}/release"))
    assert "In force" not in page
    assert "Released" in page


def test_audit_page_intact_log_is_reported_complete(page_client: PageClient) -> None:
    assert "No entries yet." in private_page(page_client.get("/audit"))
    page_client.post("/settings", SETTINGS_FORM)
    page_client.user.enable_encryption()
    page_client.post("/lock")
    page = private_page(page_client.get("/audit"))
    for text in (
        "The activity log is complete",
        "Settings changed",
        "Passphrase set",
        "Locked",
    ):
        assert text in page
    rows = page.partition("<tbody")[2]
    narrowed = private_page(page_client.get("/audit?action=session.locked")).partition("<tbody")[2]
    assert "Settings changed" in rows
    assert "Settings changed" not in narrowed
    assert "No entries for this action." in private_page(
        page_client.get("/audit?action=workspace.deleted")
    )
    assert page_client.get("/audit?cursor=made-up").status == 303


def test_audit_page_tampered_log_is_reported(
    page_client: PageClient, crm_factory: CrmFactory
) -> None:
    page_client.post("/settings", SETTINGS_FORM)
    page_client.post("/settings", SETTINGS_FORM | {"autoLockMinutes": "6"})
    with crm_factory.database.transaction() as work:
        work.execute("ALTER TABLE crm.audit_log DISABLE TRIGGER ALL")
        work.execute("UPDATE crm.audit_log SET network = 'elsewhere' WHERE sequence = 1")
        work.execute("ALTER TABLE crm.audit_log ENABLE TRIGGER ALL")
    page = private_page(page_client.get("/audit"))
    assert "The activity log was tampered with" in page
    assert "Entry 1 does not match" in page


def test_audit_page_long_log_is_paginated(
    page_client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.pages.audit_log.PER_PAGE", 2)
    for minutes in ("3", "4", "5"):
        page_client.post("/settings", SETTINGS_FORM | {"autoLockMinutes": minutes})
    more = re.search(
        r'href="[^"]*/crm(/audit\?[^"]+)" rel="next"', private_page(page_client.get("/audit"))
    )
    assert more
    page = private_page(page_client.get(more[1].replace("&amp;", "&")))
    assert "The activity log is complete" not in page
    assert 'rel="next"' not in page


def test_legal_hold_form_of_missing_client_keeps_the_reason(page_client: PageClient) -> None:
    values = {"client": str(new_id()), "reason": "Letter of the court"}
    page = private_page(page_client.post("/settings/holds", values), 422)
    assert "There is no such client in your client book." in page
    assert "Letter of the court" in page
    assert page_client.user.get("/holds").json["items"] == []


@pytest.mark.parametrize("part", ["/settings", "/settings/holds", "/audit"])
def test_settings_pages_other_provider_gets_404(
    page_client: PageClient, crm_factory: CrmFactory, part: str
) -> None:
    answer = page_client.anonymous().request("GET", f"{page_client.base_path}{part}", headers=HTML)
    assert answer.status == 303
    nora = PageClient(crm_factory.create_user("nora-lind"))
    nora.user.slug = page_client.user.slug
    assert nora.get(part).status == 404


@pytest.mark.slow
def test_pages_show_no_name_in_title_and_address(page_client: PageClient) -> None:
    page_client.user.create_client("Leo Brandt")
    parts = (
        "/settings", "/settings/encryption", "/settings/encryption/keys", "/settings/holds",
        "/audit", "/export", "/import", "/clear", "/screening", "/screening/new", "/references",
        "/references/new", "/financial", "/area-subscriptions",
    )  # fmt: skip
    for part in parts:
        page = private_page(page_client.get(part))
        assert re.findall("<title>(.*?)</title>", page) == ["Notes"], part
        assert "HelloMahi" not in page, part
