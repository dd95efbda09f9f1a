"""Keys of a client book in a browser: passphrase, recovery code, export, clearing and import, without scripts."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.api_users import PASSWORD, past_day
from tests.e2e.browser import ALL_MODES, NO_SCRIPTS, BrowserUser
from tests.e2e.test_provider_dashboard import OpenBrowser, Owner, owner

__all__ = ["owner"]

pytestmark = pytest.mark.slow
FIRST = "violet anchor meadow lantern"
SECOND = "saffron kettle under snow"
OF_ARCHIVE = "copper harbour seven swans"
PEOPLE = {"Leo Brandt": "Likes tea.", "Nora Falk": "Comes by train."}
PAGES = {
    "/screening": "Screening",
    "/screening/new": "Add screening",
    "/references": "References",
    "/financial": "Finance",
    "/area-subscriptions": "Area subscriptions",
    "/settings": "General settings",
    "/settings/holds": "Legal holds",
    "/audit": "Activity log",
    "/settings/encryption": "Passphrase and keys",
    "/export": "Export",
    "/import": "Import",
    "/clear": "Delete all clients",
}


def book(owner: Owner) -> str:
    return owner.dashboard_path.replace("/admin", "/crm")


def at(reader: BrowserUser, name: str) -> Locator:
    """Return a field by its name."""
    return reader.page.locator(f"#field-{name}")


def sign_in(reader: BrowserUser, book_path: str, owner: Owner) -> None:
    reader.open(f"{book_path}/login")
    reader.sign_in(owner.account.email, PASSWORD)
    reader.page.wait_for_url(re.compile(rf"{book_path}$"))


def test_crm_archive_restores_every_client_after_clearing(
    new_user: OpenBrowser, owner: Owner, tmp_path: Path
) -> None:
    reader, book_path = new_user(NO_SCRIPTS), book(owner)
    sign_in(reader, book_path, owner)
    for name, notes in PEOPLE.items():
        add_client(reader, book_path, name, notes)

    code = enable_passphrase(reader, book_path)
    find_every_client(reader, book_path)

    reader.press_button("Lock")
    reader.check_page("keys locked", "Locked")
    at(reader, "passphrase").fill("was it this one, perhaps")
    reader.press_button("Unlock")
    expect(reader.page.get_by_role("alert")).to_contain_text("Wrong passphrase.")
    recover(reader, code)
    find_every_client(reader, book_path)

    archive = export_archive(reader, book_path, tmp_path)
    clear_workspace(reader, book_path)
    import_archive(reader, book_path, archive)
    find_every_client(reader, book_path)


def add_client(reader: BrowserUser, book_path: str, name: str, notes: str) -> None:
    """Add a client with a task and a visit."""
    reader.open(f"{book_path}/clients/new")
    at(reader, "name").fill(name)
    at(reader, "notes").fill(notes)
    reader.press_button("Save")
    reader.page.locator("summary", has_text="Add a task").click()
    at(reader, "task-title").fill(f"Call {name}")
    reader.press_button("Save")
    reader.page.get_by_role("link", name="Add a visit").click()
    at(reader, "day").fill(past_day().isoformat())
    at(reader, "at").fill("19:30")
    at(reader, "status").select_option("completed")
    at(reader, "rate").fill("250")
    at(reader, "paymentStatus").select_option("paid")
    at(reader, "received").fill("250")
    reader.press_button("Save")
    expect(reader.page.locator("h1")).to_have_text(name)


def enable_passphrase(reader: BrowserUser, book_path: str) -> str:
    """Put a passphrase on the book; return the recovery code."""
    reader.open(f"{book_path}/settings/encryption")
    reader.page.locator("summary", has_text="Set a passphrase").click()
    at(reader, "enable-passphrase").fill(FIRST)
    at(reader, "enable-again").fill(FIRST)
    at(reader, "enable-confirm").fill("I will keep my recovery code")
    reader.press_button("Set passphrase")
    reader.check_page("keys code", "Your recovery code")
    groups = reader.page.locator(".recovery-code code").all_inner_texts()
    at(reader, "code-group").fill(groups[-1])
    reader.press_button("I have written it down")
    reader.check_page("keys with passphrase", "Passphrase and keys")
    expect(reader.page.get_by_text("A passphrase is set")).to_be_visible()
    return "-".join(groups)


def recover(reader: BrowserUser, code: str) -> None:
    reader.page.get_by_role("link", name="Use the recovery code").click()
    at(reader, "code").fill(code.lower())
    at(reader, "passphrase").fill(SECOND)
    at(reader, "again").fill(SECOND)
    reader.press_button("Unlock")
    reader.check_page("keys recovered", "Your new recovery code")


def export_archive(reader: BrowserUser, book_path: str, folder: Path) -> Path:
    """Download the archive."""
    reader.open(f"{book_path}/export")
    at(reader, "exportPassphrase").fill(OF_ARCHIVE)
    at(reader, "again").fill(OF_ARCHIVE)
    at(reader, "passphrase").fill(SECOND)
    with reader.page.expect_download() as download:
        reader.press_button("Download")
    kept = folder / download.value.suggested_filename
    download.value.save_as(kept)
    assert kept.read_bytes().startswith(b"HMX1")
    return kept


def clear_workspace(reader: BrowserUser, book_path: str) -> None:
    reader.open(f"{book_path}/clear")
    slug = book_path.split("/")[1]
    at(reader, "confirm").fill(f"delete all clients of {slug}")
    at(reader, "passphrase").fill(SECOND)
    reader.press_button("Delete all clients")
    reader.check_page("keys cleared", "All clients deleted")
    expect(reader.page.get_by_text("2 clients deleted, including their keys.")).to_be_visible()
    reader.open(f"{book_path}/clients")
    expect(reader.page.get_by_text("No clients yet")).to_be_visible()


def import_archive(reader: BrowserUser, book_path: str, archive: Path) -> None:
    reader.open(f"{book_path}/import")
    at(reader, "file").set_input_files(archive)
    at(reader, "exportPassphrase").fill(OF_ARCHIVE)
    reader.press_button("Import")
    reader.check_page("keys brought in", "Import report")
    expect(reader.page.get_by_text("Import finished")).to_be_visible()


def find_every_client(reader: BrowserUser, book_path: str) -> None:
    """Every person, note, visit and task is there."""
    for name, notes in PEOPLE.items():
        reader.open(f"{book_path}/clients")
        at(reader, "q").fill(name)
        reader.press_button("Search")
        reader.page.get_by_role("link", name=name, exact=True).click()
        reader.check_page("keys found", name)
        main = reader.page.get_by_role("main")
        expect(main).to_contain_text(notes)
        expect(main).to_contain_text(f"Task: Call {name}")
        expect(main).to_contain_text("Incall, 1 hour")


def test_crm_key_pages_pass_checks_in_every_mode(new_user: OpenBrowser, owner: Owner) -> None:
    reader, book_path = new_user(ALL_MODES), book(owner)
    sign_in(reader, book_path, owner)
    add_client(reader, book_path, "Leo Brandt", PEOPLE["Leo Brandt"])
    for part, heading in PAGES.items():
        reader.open(f"{book_path}{part}")
        reader.check_page(f"keys {heading}", heading)
    reader.open(f"{book_path}/settings/encryption")
    for summary in reader.page.locator(".rare-action > summary").all():
        summary.click()
    at(reader, "enable-passphrase").fill("short")
    reader.press_button("Set passphrase")
    reader.check_page("keys refused", "Passphrase and keys")
    enable_passphrase(reader, book_path)
    reader.open(f"{book_path}/import")
    at(reader, "file").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": b"name;phone\nIda;\n;x\n"}
    )
    reader.press_button("Import")
    reader.check_page("keys import report", "Import report")
    main = reader.page.get_by_role("main")
    expect(main).to_contain_text("New: 1")
    expect(main).to_contain_text("Refused: 1")
