"""Passphrase and keys, by their pages: every state of a book, and how one leads to the next."""

import re
from datetime import timedelta

import pytest

from kit import clock
from tests.factories.booking_pages import whole, words
from tests.factories.crm import PASSPHRASE, Books, Keeper
from tests.factories.crm_pages import HTML, Reader

KEYS = "/settings/encryption"
OTHER = "saffron kettle under snow"
ENABLE = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "confirm": "I will keep my recovery code"}


@pytest.fixture
def her(mira: Keeper) -> Reader:
    return Reader(mira)


def code_in(page: str) -> list[str]:
    """Return the groups of the recovery code that a page shows."""
    found = re.findall(r"<code>([0-9A-Z]{4})</code>", page)
    assert len(found) == 9
    return found


def carried(page: str) -> str:
    found = re.search(r'name="pendingCode" value="([^"]+)"', page)
    assert found
    return found[1]


def enable(her: Reader) -> list[str]:
    """Put the passphrase on by the pages; return the code that was shown."""
    return code_in(whole(her.post(f"{KEYS}/enable", ENABLE)))


def test_keys_page_without_passphrase_offers_one(her: Reader) -> None:
    page = whole(her.get(KEYS))
    assert "No passphrase is set" in page
    assert "Set a passphrase" in page
    assert "all data is lost for good" in page
    assert "Change the passphrase" not in page


def test_enable_form_requires_confirmation_and_repetition(her: Reader) -> None:
    for change, said in (
        ({"confirm": "yes"}, "Type: I will keep my recovery code"),
        ({"again": OTHER}, "The two passphrases differ."),
        ({"passphrase": "short", "again": "short"}, "Use at least 12 characters"),
    ):
        refused = her.post(f"{KEYS}/enable", ENABLE | change)
        page = whole(refused, 422)
        assert said in page
        assert PASSPHRASE not in page
    assert her.keeper.get("/encryption").json["mode"] != "passphrase"


def test_recovery_code_page_shows_code_until_last_group_is_typed(her: Reader) -> None:
    client = her.keeper.client("Leo Brandt")
    shown = whole(her.post(f"{KEYS}/enable", ENABLE))
    code = code_in(shown)
    assert "__Secure-crm-key" in her.keeper.web.cookies

    other = "0000" if code[-1] != "0000" else "1111"
    wrong = {"group": other, "pendingCode": carried(shown)}
    again = whole(her.post(f"{KEYS}/code", wrong), 422)
    assert code_in(again) == code
    right = {"group": code[-1].lower(), "pendingCode": carried(again)}
    page = her.follow(her.post(f"{KEYS}/code", right))
    assert "A passphrase is set" in page
    assert "-".join(code) not in page
    # Unlocked for this session: her people are there.
    assert "Leo Brandt" in her.page(f"/clients/{client['id']}")
    # Reloading the form puts no second one on.
    assert "A passphrase is set already." in whole(her.post(f"{KEYS}/enable", ENABLE), 409)


def test_pending_code_expired_or_foreign_is_refused(
    her: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.pages.recovery_code.LIFETIME", timedelta(seconds=-1))
    shown = whole(her.post(f"{KEYS}/enable", ENABLE))
    for other in ("AAAA", carried(shown)):
        page = her.follow(her.post(f"{KEYS}/code", {"group": "0000", "pendingCode": other}))
        assert "Recovery code, in groups" not in page


def test_keys_page_locked_links_to_unlock_only(her: Reader, books: Books) -> None:
    enable(her)
    other = Reader(books.again(her.keeper))
    page = whole(other.get(KEYS))
    assert "Locked" in page
    assert "/crm/unlock" in page
    assert "Change the passphrase" not in page
    assert "Delete this client book" in page


def test_recover_page_lost_passphrase_unlocks_by_code(her: Reader, books: Books) -> None:
    code = enable(her)
    other = Reader(books.again(her.keeper))
    values = {"code": " ".join(code).lower(), "passphrase": OTHER, "again": OTHER}
    recovered = other.post("/recover", values)
    assert recovered.status == 200, words(recovered.text)
    assert "A passphrase is set" in whole(other.get(KEYS))
    # The first session is locked, and the old passphrase opens nothing.
    assert "Locked" in whole(her.get(KEYS))
    assert her.post("/unlock", {"passphrase": PASSPHRASE}).status == 422


def test_change_form_sets_the_new_passphrase(her: Reader) -> None:
    enable(her)
    wrong = {"current": "not this one at all", "passphrase": OTHER, "again": OTHER}
    refused = whole(her.post(f"{KEYS}/change", wrong), 422)
    assert "Wrong passphrase." in refused
    values = wrong | {"current": PASSPHRASE}
    assert "Passphrase changed." in her.follow(her.post(f"{KEYS}/change", values))
    assert her.get("/clients").status == 200


def test_renew_form_replaces_the_recovery_code(her: Reader, books: Books) -> None:
    first = enable(her)
    assert "Wrong passphrase." in whole(her.post(f"{KEYS}/renew", {"passphrase": OTHER}), 422)
    second = code_in(whole(her.post(f"{KEYS}/renew", {"passphrase": PASSPHRASE})))
    assert second != first
    other = Reader(books.again(her.keeper))
    values = {"code": "-".join(first), "passphrase": OTHER, "again": OTHER}
    assert "was used already" in other.post("/recover", values).text


@pytest.mark.slow
def test_disable_form_removes_passphrase_a_day_after_request(
    her: Reader, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    enable(her)
    values = {"passphrase": PASSPHRASE, "confirm": "Remove the passphrase"}
    page = her.follow(her.post(f"{KEYS}/disable", values))
    assert "Removal of the passphrase requested" in page
    assert "Removal cancelled. Your passphrase stays." in her.follow(
        her.post(f"{KEYS}/cancel-disable")
    )
    assert "Removal of the passphrase requested" not in her.page(KEYS)
    assert "No removal of the passphrase was requested." in whole(
        her.post(f"{KEYS}/cancel-disable"), 409
    )

    her.follow(her.post(f"{KEYS}/disable", values))
    books.owner.run(
        lambda work: work.execute(
            "UPDATE crm.workspaces SET disable_requested_at = disable_requested_at - interval '25 hours'"
        )
    )
    assert "It can be taken off now" in her.page(KEYS)
    assert "Passphrase removed." in her.follow(her.post(f"{KEYS}/disable", values))
    assert her.keeper.get("/encryption").json["mode"] == "open"


@pytest.mark.slow
def test_rotate_form_shows_reencryption_progress(her: Reader) -> None:
    for number in range(7):
        her.keeper.client(f"Somebody {number}", phones=[f"+49 30 123450{number}"])
    page = her.follow(her.post(f"{KEYS}/rotate"))
    assert "2 clients to re-encrypt." in page
    answer = her.post(f"{KEYS}/keys")
    page = her.follow(answer)
    assert "All readable data is re-encrypted" in page
    assert "Somebody 3" in her.page("/clients")
    looked = her.get(f"{KEYS}/keys?going=on")
    assert "refresh" not in looked.headers
    assert "Re-encryption is running" in her.page(KEYS)


def test_rekey_page_refreshes_itself_only_on_request(
    her: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.pages.rekey.PER_REFRESH", 1)
    monkeypatch.setattr("crm.service.rekey.PER_REQUEST", 1)
    for number in range(5):
        her.keeper.client(f"Somebody {number}")
    her.follow(her.post(f"{KEYS}/rotate"))
    assert "refresh" not in her.get(f"{KEYS}/keys").headers
    looked = her.get(f"{KEYS}/keys?going=on")
    assert looked.headers["refresh"].endswith("/crm/settings/encryption/keys?going=on")
    assert "This page refreshes itself." in looked.text


def test_delete_form_then_recreate_form_gives_an_empty_workspace(her: Reader) -> None:
    her.keeper.client("Leo Brandt")
    assert "Type: delete mira-valen" in whole(her.post(f"{KEYS}/delete", {"confirm": "no"}), 422)
    page = her.follow(her.post(f"{KEYS}/delete", {"confirm": "delete mira-valen"}))
    assert "This client book is deleted" in page
    assert "Your client book is deleted" in page
    assert her.get("/clients").status == 410
    assert "Type: create a new client book" in whole(
        her.post(f"{KEYS}/recreate", {"confirm": "now"}), 422
    )
    page = her.follow(her.post(f"{KEYS}/recreate", {"confirm": "create a new client book"}))
    assert "No passphrase is set" in page
    assert "Nobody yet" in her.page("/clients")


def test_delete_form_without_recent_login_is_forbidden(
    her: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    her.keeper.client()
    monkeypatch.setattr("crm.service.vault_access.RECENT_LOGIN_WINDOW", timedelta(seconds=-1))
    refused = whole(her.post(f"{KEYS}/delete", {"confirm": "delete mira-valen"}), 403)
    assert "Log in to your client book again" in refused
    way = "/mira-valen/crm/login?next=%2Fmira-valen%2Fcrm%2Fsettings%2Fencryption"
    assert f'href="{way}"' in refused


@pytest.mark.parametrize("part", [KEYS])
def test_keys_pages_other_provider_gets_404(her: Reader, books: Books, part: str) -> None:
    answer = her.stranger().request("GET", f"{her.room}{part}", headers=HTML)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/mira-valen/crm/login?next=")
    nora = Reader(books.keeper("nora-lind"))
    nora.keeper.slug = her.keeper.slug
    assert nora.get(part).status == 404


def test_keys_page_shows_times_in_the_providers_time_zone(her: Reader) -> None:
    before = clock.now()
    enable(her)
    said = re.search(r"Passphrase since</dt><dd>\w+ (\d+ \w+ \d{4}), ", her.page(KEYS))
    assert said
    # A book without visits has no zone of its own yet: its days are those of UTC.
    assert said[1] == f"{before:%-d %b %Y}"
