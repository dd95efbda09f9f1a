"""Pages of export, import and clearing."""

import re
from datetime import timedelta

import pytest

from tests.factories.booking_pages import private_page, words
from tests.factories.crm import PASSPHRASE, CrmUser
from tests.factories.crm_files import send_file
from tests.factories.crm_pages import PageClient

OF_ARCHIVE = "copper harbour seven swans"
EXPORT = {"exportPassphrase": OF_ARCHIVE, "again": OF_ARCHIVE}
LIST = (
    b"name;phone;email;shoe size\nLeo Brandt;+49 30 1234567;leo@example.test;44\nNora;call me;;\n"
)


@pytest.fixture
def page_client(provider: CrmUser, monkeypatch: pytest.MonkeyPatch) -> PageClient:
    return PageClient(provider)


def export(page_client: PageClient, **more: str) -> bytes:
    """Export a part of the workspace; return the file."""
    answer = page_client.post("/export", EXPORT | more)
    assert answer.status == 200, words(answer.text)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "no-store"
    assert re.search(r'filename="archive-[0-9-]+\.hmx"', answer.headers["content-disposition"])
    return answer.content


@pytest.mark.slow
def test_export_clear_and_import_pages_restore_the_client(page_client: PageClient) -> None:
    client = page_client.user.create_client(
        "Leo Brandt", phones=["+49 30 1234567"], notes="Likes tea."
    )
    archive = export(page_client)
    for text in (b"Leo Brandt", b"1234567", b"Likes tea."):
        assert text not in archive

    assert "Type: delete all clients of mira-valen" in private_page(
        page_client.post("/clear", {"confirm": "yes"}), 422
    )
    assert "1 client deleted, including its keys." in private_page(
        page_client.post("/clear", {"confirm": "delete all clients of mira-valen"})
    )
    assert "No clients yet" in page_client.page("/clients")

    wrong = private_page(
        send_file(page_client, archive, "book.hmx", passphrase="not that one"), 422
    )
    assert "This passphrase does not open the archive" in wrong
    page = page_client.follow(send_file(page_client, archive, "book.hmx", passphrase=OF_ARCHIVE))
    assert "Import finished" in page
    assert "New: 1" in page
    assert "Likes tea." in page_client.page(f"/clients/{client['id']}")
    # The same file again changes nothing.
    page = page_client.follow(send_file(page_client, archive, "book.hmx", passphrase=OF_ARCHIVE))
    assert "Unchanged: 1" in page


def test_export_page_refuses_invalid_archive_passphrase(page_client: PageClient) -> None:
    for change, text in (
        ({"again": "something else"}, "The two passphrases differ."),
        ({"exportPassphrase": "short", "again": "short"}, "Use at least 12 characters"),
        ({"part": "made-up"}, "error-summary"),
    ):
        page = private_page(page_client.post("/export", EXPORT | change), 422)
        assert text in page
        assert OF_ARCHIVE not in page


@pytest.mark.slow
def test_export_page_with_passphrase_requires_it(
    page_client: PageClient,
) -> None:
    page_client.user.create_client()
    page_client.user.enable_encryption()
    page_client.post("/unlock", {"passphrase": PASSPHRASE})
    page = private_page(page_client.get("/export"))
    assert "Client book passphrase" in page
    for change in ({}, {"passphrase": "not this one, no"}):
        refused = private_page(page_client.post("/export", EXPORT | change), 422)
        assert 'href="#field-passphrase"' in refused
    assert export(page_client, passphrase=PASSPHRASE).startswith(b"HMX1")
    assert private_page(
        page_client.post("/clear", {"confirm": "delete all clients of mira-valen"}), 422
    )


def test_export_page_without_passphrase_requires_recent_login(
    page_client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = page_client.user.create_client()
    way = 'href="/mira-valen/crm/login?next=%2Fmira-valen%2Fcrm%2F'
    assert way not in page_client.page("/export") + page_client.page("/clear")
    monkeypatch.setattr("crm.service.vault_access.RECENT_LOGIN_WINDOW", timedelta(seconds=-1))
    for part, form in (
        ("export", EXPORT),
        ("clear", {"confirm": "delete all clients of mira-valen"}),
    ):
        assert f'{way}{part}"' in page_client.page(f"/{part}"), (
            "the link is shown before the form is filled in"
        )
        refused = private_page(page_client.post(f"/{part}", form), 403)
        assert "Sign in to your client book again" in refused
        assert f'{way}{part}"' in refused
    assert page_client.user.get(f"/clients/{client['id']}").status == 200


def test_export_page_large_workspace_offers_next_part(
    page_client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.service.exports._MAX_UNCOMPRESSED_BYTES", 1)
    monkeypatch.setattr("crm.service.exports._BATCH_SIZE", 2)
    for number in range(3):
        page_client.user.create_client(f"Somebody {number}")
    assert export(page_client).startswith(b"HMX1")
    page = private_page(page_client.get("/export"))
    assert "Part 2 is ready" in page
    part = re.search(r'name="part" value="([^"]+)"', page)
    assert part
    assert "Part 2 is ready" not in page_client.follow(page_client.post("/export/again"))
    export(page_client, part=part[1])


def test_export_page_serves_the_offline_decryptor(page_client: PageClient) -> None:
    answer = page_client.get("/export/decryptor")
    assert answer.headers["content-disposition"] == 'attachment; filename="decrypt_export.py"'
    assert answer.text.startswith("#!/usr/bin/env python3")


@pytest.mark.slow
def test_import_page_reports_each_row(page_client: PageClient) -> None:
    page = page_client.follow(send_file(page_client, LIST))
    assert "Import finished" in page
    for text in ("New: 1", "Refused: 1", "shoe size", "Row 3"):
        assert text in page, words(page)
    [client] = page_client.user.get("/clients").json["items"]
    assert f"/clients/{client['id']}" in page
    [here] = re.findall(r"/import/([0-9a-f-]{36})/remove", page_client.page("/import"))
    assert "Row 3" not in page_client.page(f"/import/{here}?outcome=created")
    assert "No rows with this result" in page_client.page(f"/import/{here}?outcome=skipped")
    assert "people.csv" not in page_client.follow(page_client.post(f"/import/{here}/remove"))
    assert page_client.get(f"/import/{here}").status == 404


@pytest.mark.slow
def test_import_page_long_file_continues_by_form_only(
    page_client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.service.import_jobs.CHUNK_SIZE", 60)
    monkeypatch.setattr("crm.service.import_jobs._MAX_SECONDS", -1.0)
    rows = "\n".join(f"Somebody {number}" for number in range(180))
    sent = send_file(page_client, f"name\n{rows}\n".encode())
    here = sent.headers["location"].removeprefix(page_client.base_path)
    file = here.removesuffix("?going=on")
    # A GET processes nothing, however often; the form does, submitted by a script or by the provider.
    for _ in range(2):
        looked = page_client.get(here)
        assert "60 of 180 rows" in looked.text
        assert "refresh" not in looked.headers
    assert f'action="{page_client.base_path}{file}/continue" data-busy data-goes-on' in looked.text
    resting = page_client.page(file)
    assert "Continue" in resting
    assert "data-goes-on" not in resting
    page, posts = looked.text, 0
    while "Import finished" not in page:
        page, posts = page_client.follow(page_client.post(f"{file}/continue")), posts + 1
        assert posts <= 3
    assert posts > 1
    assert 'rel="next"' in page
    more = re.search(r'href="[^"]*/crm(/import/[^"]+cursor[^"]+)"', page)
    assert more
    assert "Row 181" in page_client.page(more[1].replace("&amp;", "&"))


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"", "Choose a file."), (b"\x00\x01\x02", "File"), (b"HMX1junk", "passphrase")],
    ids=["nothing", "nonsense", "no-passphrase"],
)
def test_import_page_unreadable_file_shows_field_error(
    page_client: PageClient, content: bytes, text: str
) -> None:
    page = private_page(send_file(page_client, content), 422)
    assert text in page
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize("part", ["/export", "/import", "/clear", "/settings/encryption/keys"])
def test_export_import_pages_locked_redirect_to_unlock(page_client: PageClient, part: str) -> None:
    page_client.user.enable_encryption()
    assert "/crm/unlock" in page_client.get(part).headers["location"]
