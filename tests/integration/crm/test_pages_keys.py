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
    found = re.search(r'name="carried" value="([^"]+)"', page)
    assert found
    return found[1]


def enable(her: Reader) -> list[str]:
    """Put the passphrase on by the pages; return the code that was shown."""
    return code_in(whole(her.post(f"{KEYS}/enable", ENABLE)))


def test_without_a_passphrase_it_says_so_and_offers_one(her: Reader) -> None:
    page = whole(her.get(KEYS))
    assert "Your book opens with your sign-in" in page
    assert "Put a passphrase on your book" in page
    assert "everything in this book is lost for good" in page
    assert "Change the passphrase" not in page


def test_a_passphrase_needs_the_words_typed_and_itself_twice(her: Reader) -> None:
    for change, said in (
        ({"confirm": "yes"}, "Type: I will keep my recovery code"),
        ({"again": OTHER}, "This is not what stands in the field above."),
        ({"passphrase": "short", "again": "short"}, "Use at least 12 characters"),
    ):
        refused = her.post(f"{KEYS}/enable", ENABLE | change)
        page = whole(refused, 422)
        assert said in page
        assert PASSPHRASE not in page
    assert her.keeper.get("/encryption").json["mode"] != "passphrase"


def test_the_code_is_shown_until_a_part_of_it_was_typed(her: Reader) -> None:
    client = her.keeper.client("Leo Brandt")
    shown = whole(her.post(f"{KEYS}/enable", ENABLE))
    code = code_in(shown)
    assert "__Secure-crm-key" in her.keeper.web.cookies

    other = "0000" if code[-1] != "0000" else "1111"
    wrong = {"group": other, "carried": carried(shown)}
    again = whole(her.post(f"{KEYS}/code", wrong), 422)
    assert code_in(again) == code
    right = {"group": code[-1].lower(), "carried": carried(again)}
    page = her.follow(her.post(f"{KEYS}/code", right))
    assert "Your book has a passphrase" in page
    assert "-".join(code) not in page
    # Unlocked for this session: her people are there.
    assert "Leo Brandt" in her.page(f"/clients/{client['id']}")
    # Reloading the form puts no second one on.
    assert "Your book has a passphrase already." in whole(her.post(f"{KEYS}/enable", ENABLE), 409)


def test_what_carries_a_code_is_of_no_use_later_or_elsewhere(
    her: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.pages.recovery_code.PATIENCE", timedelta(seconds=-1))
    shown = whole(her.post(f"{KEYS}/enable", ENABLE))
    for other in ("AAAA", carried(shown)):
        page = her.follow(her.post(f"{KEYS}/code", {"group": "0000", "carried": other}))
        assert "Recovery code, in groups" not in page


def test_locked_it_shows_the_way_in_and_nothing_of_the_book(her: Reader, books: Books) -> None:
    enable(her)
    other = Reader(books.again(her.keeper))
    page = whole(other.get(KEYS))
    assert "Locked" in page
    assert "/crm/unlock" in page
    assert "Change the passphrase" not in page
    assert "Destroy this book" in page


def test_lost_and_recovered_with_the_code(her: Reader, books: Books) -> None:
    code = enable(her)
    other = Reader(books.again(her.keeper))
    values = {"code": " ".join(code).lower(), "passphrase": OTHER, "again": OTHER}
    recovered = other.post("/recover", values)
    assert recovered.status == 200, words(recovered.text)
    assert "Your book has a passphrase" in whole(other.get(KEYS))
    # The first session is locked, and the old passphrase opens nothing.
    assert "Locked" in whole(her.get(KEYS))
    assert her.post("/unlock", {"passphrase": PASSPHRASE}).status == 422


def test_the_passphrase_is_changed(her: Reader) -> None:
    enable(her)
    wrong = {"current": "not this one at all", "passphrase": OTHER, "again": OTHER}
    refused = whole(her.post(f"{KEYS}/change", wrong), 422)
    assert "This is not your passphrase." in refused
    values = wrong | {"current": PASSPHRASE}
    assert "Your passphrase is changed." in her.follow(her.post(f"{KEYS}/change", values))
    assert her.get("/clients").status == 200


def test_a_new_code_replaces_the_one_before(her: Reader, books: Books) -> None:
    first = enable(her)
    assert "This is not your passphrase." in whole(
        her.post(f"{KEYS}/renew", {"passphrase": OTHER}), 422
    )
    second = code_in(whole(her.post(f"{KEYS}/renew", {"passphrase": PASSPHRASE})))
    assert second != first
    other = Reader(books.again(her.keeper))
    values = {"code": "-".join(first), "passphrase": OTHER, "again": OTHER}
    assert "was used already" in other.post("/recover", values).text


@pytest.mark.slow
def test_the_passphrase_comes_off_a_day_after_it_was_asked(
    her: Reader, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    enable(her)
    values = {"passphrase": PASSPHRASE, "confirm": "Take the passphrase off"}
    page = her.follow(her.post(f"{KEYS}/disable", values))
    assert "The passphrase is to come off" in page
    assert "Your passphrase stays." in her.follow(her.post(f"{KEYS}/keep"))
    assert "The passphrase is to come off" not in her.page(KEYS)
    assert "Nobody asked to take the passphrase off." in whole(her.post(f"{KEYS}/keep"), 409)

    her.follow(her.post(f"{KEYS}/disable", values))
    books.owner.run(
        lambda work: work.execute(
            "UPDATE crm.workspaces SET disable_asked_at = disable_asked_at - interval '25 hours'"
        )
    )
    assert "It can be taken off now" in her.page(KEYS)
    assert "The passphrase is off." in her.follow(her.post(f"{KEYS}/disable", values))
    assert her.keeper.get("/encryption").json["mode"] == "open"


@pytest.mark.slow
def test_keys_are_changed_and_it_is_told_how_far_it_is(her: Reader) -> None:
    for number in range(7):
        her.keeper.client(f"Somebody {number}", phones=[f"+49 30 123450{number}"])
    page = her.follow(her.post(f"{KEYS}/rotate"))
    assert "2 people to go." in page
    answer = her.post(f"{KEYS}/keys")
    page = her.follow(answer)
    assert "Everything that opens is sealed anew" in page
    assert "Somebody 3" in her.page("/clients")
    looked = her.get(f"{KEYS}/keys?going=on")
    assert "refresh" not in looked.headers
    assert "Being sealed under new keys" in her.page(KEYS)


def test_it_goes_on_by_itself_only_when_told_to(
    her: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.pages.rekey.A_LOOK", 1)
    monkeypatch.setattr("crm.service.rekey.PER_REQUEST", 1)
    for number in range(5):
        her.keeper.client(f"Somebody {number}")
    her.follow(her.post(f"{KEYS}/rotate"))
    assert "refresh" not in her.get(f"{KEYS}/keys").headers
    looked = her.get(f"{KEYS}/keys?going=on")
    assert looked.headers["refresh"].endswith("/crm/settings/encryption/keys?going=on")
    assert "This page looks again by itself." in looked.text


def test_destroyed_and_begun_again(her: Reader) -> None:
    her.keeper.client("Leo Brandt")
    assert "Type: mira-valen destroy" in whole(her.post(f"{KEYS}/destroy", {"confirm": "no"}), 422)
    page = her.follow(her.post(f"{KEYS}/destroy", {"confirm": "mira-valen destroy"}))
    assert "This book is destroyed" in page
    assert "Your book is destroyed" in page
    assert her.get("/clients").status == 410
    assert "Type: begin again" in whole(her.post(f"{KEYS}/begin", {"confirm": "now"}), 422)
    page = her.follow(her.post(f"{KEYS}/begin", {"confirm": "begin again"}))
    assert "Your book opens with your sign-in" in page
    assert "Nobody yet" in her.page("/clients")


def test_what_cannot_be_undone_needs_a_fresh_sign_in(
    her: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    her.keeper.client()
    monkeypatch.setattr("crm.service.vault_access.RECENT_LOGIN_WINDOW", timedelta(seconds=-1))
    refused = whole(her.post(f"{KEYS}/destroy", {"confirm": "mira-valen destroy"}), 403)
    assert "Sign in to your book once more" in refused
    way = "/mira-valen/crm/login?next=%2Fmira-valen%2Fcrm%2Fsettings%2Fencryption"
    assert f'href="{way}"' in refused


@pytest.mark.parametrize("part", [KEYS])
def test_nobody_else_gets_in(her: Reader, books: Books, part: str) -> None:
    answer = her.stranger().request("GET", f"{her.room}{part}", headers=HTML)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/mira-valen/crm/login?next=")
    nora = Reader(books.keeper("nora-lind"))
    nora.keeper.slug = her.keeper.slug
    assert nora.get(part).status == 404


def test_the_clock_of_the_book_is_shown(her: Reader) -> None:
    before = clock.now()
    enable(her)
    said = re.search(r"Passphrase since</dt><dd>\w+ (\d+ \w+ \d{4}), ", her.page(KEYS))
    assert said
    # A book without visits has no zone of its own yet: its days are those of UTC.
    assert said[1] == f"{before:%-d %b %Y}"
