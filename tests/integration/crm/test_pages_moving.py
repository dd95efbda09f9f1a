"""Out of the book and into it again, by the pages: export, import, emptying."""

import re
from datetime import timedelta

import pytest

from tests.factories.booking_pages import whole, words
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
    """Take a part of the book out; return the file."""
    answer = page_client.post("/export", EXPORT | more)
    assert answer.status == 200, words(answer.text)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "no-store"
    assert re.search(r'filename="archive-[0-9-]+\.hmx"', answer.headers["content-disposition"])
    return answer.content


@pytest.mark.slow
def test_out_emptied_and_in_again(page_client: PageClient) -> None:
    client = page_client.user.create_client(
        "Leo Brandt", phones=["+49 30 1234567"], notes="Likes tea."
    )
    archive = export(page_client)
    for text in (b"Leo Brandt", b"1234567", b"Likes tea."):
        assert text not in archive

    assert "Type: delete all clients of mira-valen" in whole(
        page_client.post("/clear", {"confirm": "yes"}), 422
    )
    assert "1 person is forgotten" in whole(
        page_client.post("/clear", {"confirm": "delete all clients of mira-valen"})
    )
    assert "Nobody yet" in page_client.page("/clients")

    wrong = whole(send_file(page_client, archive, "book.hmx", passphrase="not that one"), 422)
    assert "This passphrase does not open the archive" in wrong
    page = page_client.follow(send_file(page_client, archive, "book.hmx", passphrase=OF_ARCHIVE))
    assert "All of it was read" in page
    assert "New: 1" in page
    assert "Likes tea." in page_client.page(f"/clients/{client['id']}")
    # The same file again changes nothing.
    page = page_client.follow(send_file(page_client, archive, "book.hmx", passphrase=OF_ARCHIVE))
    assert "Was there already: 1" in page


def test_the_archive_needs_a_passphrase_of_its_own(page_client: PageClient) -> None:
    for change, said in (
        ({"again": "something else"}, "The two passphrases differ."),
        ({"exportPassphrase": "short", "again": "short"}, "Use at least 12 characters"),
        ({"part": "made-up"}, "error-summary"),
    ):
        page = whole(page_client.post("/export", EXPORT | change), 422)
        assert said in page
        assert OF_ARCHIVE not in page


@pytest.mark.slow
def test_a_book_under_a_passphrase_asks_for_it_before_anything_leaves(
    page_client: PageClient,
) -> None:
    page_client.user.create_client()
    page_client.user.enable_encryption()
    page_client.post("/unlock", {"passphrase": PASSPHRASE})
    page = whole(page_client.get("/export"))
    assert "Your book&#39;s passphrase" in page
    for change in ({}, {"passphrase": "not this one, no"}):
        refused = whole(page_client.post("/export", EXPORT | change), 422)
        assert 'href="#field-passphrase"' in refused
    assert export(page_client, passphrase=PASSPHRASE).startswith(b"HMX1")
    assert whole(page_client.post("/clear", {"confirm": "delete all clients of mira-valen"}), 422)


def test_a_book_without_passphrase_asks_for_a_sign_in_of_just_now(
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
        assert f'{way}{part}"' in page_client.page(f"/{part}"), "before she fills anything in"
        refused = whole(page_client.post(f"/{part}", form), 403)
        assert "Sign in to your book once more" in refused
        assert f'{way}{part}"' in refused
    assert page_client.user.get(f"/clients/{client['id']}").status == 200


def test_a_large_book_leaves_part_by_part(
    page_client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.service.exports._PLAIN", 1)
    monkeypatch.setattr("crm.service.exports._BATCH", 2)
    for number in range(3):
        page_client.user.create_client(f"Somebody {number}")
    assert export(page_client).startswith(b"HMX1")
    page = whole(page_client.get("/export"))
    assert "Part 2 is waiting" in page
    part = re.search(r'name="part" value="([^"]+)"', page)
    assert part
    assert "Part 2 is waiting" not in page_client.follow(page_client.post("/export/again"))
    export(page_client, part=part[1])


def test_the_program_that_opens_it_is_there(page_client: PageClient) -> None:
    answer = page_client.get("/export/decryptor")
    assert answer.headers["content-disposition"] == 'attachment; filename="decrypt_export.py"'
    assert answer.text.startswith("#!/usr/bin/env python3")


@pytest.mark.slow
def test_a_list_comes_in_with_a_report_of_each_row(page_client: PageClient) -> None:
    page = page_client.follow(send_file(page_client, LIST))
    assert "All of it was read" in page
    for said in ("New: 1", "Not taken: 1", "shoe size", "Row 3"):
        assert said in page, words(page)
    [client] = page_client.user.get("/clients").json["items"]
    assert f"/clients/{client['id']}" in page
    [here] = re.findall(r"/import/([0-9a-f-]{36})/remove", page_client.page("/import"))
    assert "Row 3" not in page_client.page(f"/import/{here}?outcome=created")
    assert "No such row" in page_client.page(f"/import/{here}?outcome=skipped")
    assert "people.csv" not in page_client.follow(page_client.post(f"/import/{here}/remove"))
    assert page_client.get(f"/import/{here}").status == 404


@pytest.mark.slow
def test_a_long_file_is_worked_off_look_by_look(
    page_client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.service.import_jobs.SLICE", 60)
    monkeypatch.setattr("crm.service.import_jobs._SECONDS", -1.0)
    rows = "\n".join(f"Somebody {number}" for number in range(180))
    sent = send_file(page_client, f"name\n{rows}\n".encode())
    here = sent.headers["location"].removeprefix(page_client.base_path)
    file = here.removesuffix("?going=on")
    # Looking works nothing off, however often; its form does, sent by a script or by her.
    for _ in range(2):
        looked = page_client.get(here)
        assert "60 of 180 rows" in looked.text
        assert "refresh" not in looked.headers
    assert f'action="{page_client.base_path}{file}/continue" data-busy data-goes-on' in looked.text
    resting = page_client.page(file)
    assert "Go on" in resting
    assert "data-goes-on" not in resting
    page, posts = looked.text, 0
    while "All of it was read" not in page:
        page, posts = page_client.follow(page_client.post(f"{file}/continue")), posts + 1
        assert posts <= 3
    assert posts > 1
    assert 'rel="next"' in page
    more = re.search(r'href="[^"]*/crm(/import/[^"]+cursor[^"]+)"', page)
    assert more
    assert "Row 181" in page_client.page(more[1].replace("&amp;", "&"))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "Choose a file."), (b"\x00\x01\x02", "File"), (b"HMX1junk", "passphrase")],
    ids=["nothing", "nonsense", "no-passphrase"],
)
def test_what_is_no_file_of_ours_is_said_beside_the_field(
    page_client: PageClient, content: bytes, said: str
) -> None:
    page = whole(send_file(page_client, content), 422)
    assert said in page
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize("part", ["/export", "/import", "/clear", "/settings/encryption/keys"])
def test_locked_they_lead_to_where_it_is_opened(page_client: PageClient, part: str) -> None:
    page_client.user.enable_encryption()
    assert "/crm/unlock" in page_client.get(part).headers["location"]
