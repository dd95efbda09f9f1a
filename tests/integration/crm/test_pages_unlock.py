"""What stands in front of a book: locked, expired, wrong, throttled, lost, shredded, out of reach."""

import base64
import contextlib
import zlib

import pytest

from crm import dependencies, settings
from crm.vault import Inbox, Keyring
from crm.vault.table import SESSIONS, KeyTable
from kit.auth import UNLOCK_COOKIE
from kit.errors import Unavailable
from tests.factories.booking_pages import hidden
from tests.factories.crm import PASSPHRASE, Books, Keeper
from tests.factories.crm_pages import Reader


def out_of_reach(*_: object) -> None:
    raise Unavailable("keys-unavailable", "The keys are out of reach at the moment.")


@pytest.fixture
def her(mira: Keeper) -> Reader:
    return Reader(mira)


@pytest.fixture
def code(her: Reader) -> str:
    """Her book has a passphrase; this browser has not unlocked it yet."""
    return her.keeper.enable()


def test_unlock_page_without_passphrase_redirects(her: Reader) -> None:
    for part in ("/unlock", "/recover"):
        assert her.get(part).status == 303
    page = her.page("")
    assert f'action="{her.room}/logout" data-lock' in page
    assert "Panic" not in page


@pytest.mark.usefixtures("code")
def test_unlock_page_returns_to_the_requested_page(her: Reader) -> None:
    locked = her.get("/visits")
    assert locked.status == 303
    assert "Locked" in her.follow(locked)
    wrong = her.post("/unlock", {"passphrase": "not this one at all"})
    assert wrong.status == 422
    assert "Wrong passphrase." in wrong.text
    assert "not this one at all" not in wrong.text
    opened = her.post("/unlock", {"passphrase": PASSPHRASE, "to": "/visits"})
    assert opened.headers["location"] == f"{her.room}/visits?done=unlocked"
    [cookie] = [one for one in opened.cookies if one.startswith(UNLOCK_COOKIE)]
    for part in ("HttpOnly", "Secure", "SameSite=strict", f"Path={her.room};"):
        assert part.lower() in f"{cookie};".lower()
    page = her.follow(opened)
    assert "Unlocked." in page
    assert f'action="{her.room}/lock" data-lock' in page
    assert her.get("/unlock").status == 303

    assert "Locked" in her.follow(her.post("/lock"))
    assert UNLOCK_COOKIE not in her.keeper.web.cookies
    assert her.get("").status == 303
    assert her.post("/tasks", {"title": "Lost?"}).status == 423


@pytest.mark.usefixtures("code")
def test_lock_everywhere_locks_all_sessions_and_leaves_the_site(her: Reader) -> None:
    her.post("/unlock", {"passphrase": PASSPHRASE})
    kept = dict(her.keeper.web.cookies)
    gone = her.post("/lock-all")
    assert gone.status == 200
    assert gone.headers["refresh"].startswith("0; url=https://")
    her.keeper.web.cookies.update(kept)
    assert "Your client book was locked" in her.follow(her.get(""))


@pytest.mark.usefixtures("code")
def test_lock_and_logout_clears_the_unlock_cookie(her: Reader) -> None:
    her.post("/unlock", {"passphrase": PASSPHRASE})
    keys = KeyTable(settings.keys_table())
    assert [item for page in keys.pages(her.keeper.user_id, SESSIONS) for item in page]
    answer = her.post("/lock-and-logout")
    assert (answer.status, answer.headers["location"]) == (307, f"{her.room}/logout")
    assert not [item for page in keys.pages(her.keeper.user_id, SESSIONS) for item in page]
    assert f'action="{her.room}/lock-and-logout"' in her.page("/unlock")
    out = her.post("/logout")
    assert out.headers["location"] == f"{her.room}/login"


def test_recover_page_accepts_the_code_once(her: Reader, code: str) -> None:
    new = "marble harbour seven kites"
    refused = her.post("/recover", {"code": code, "passphrase": new, "again": "something else"})
    assert refused.status == 422
    assert "The two passphrases differ." in refused.text
    short = her.post("/recover", {"code": code, "passphrase": "short", "again": "short"})
    assert "Use at least 12 characters" in short.text
    assert (
        "This recovery code is mistyped"
        in her.post("/recover", {"code": "ABCD", "passphrase": new, "again": new}).text
    )
    opened = her.post("/recover", {"code": code, "passphrase": new, "again": new})
    assert opened.status == 200
    assert "Write it down now" in opened.text
    assert code not in opened.text
    assert her.get("").status == 200


@pytest.mark.usefixtures("code")
def test_unlock_page_many_attempts_are_throttled(her: Reader) -> None:
    answers = [her.post("/unlock", {"passphrase": f"guess number {n}"}) for n in range(7)]
    assert answers[0].status == 422
    assert answers[-1].status == 429
    assert "Too many tries" in answers[-1].text


def test_pages_of_deleted_workspace_answer_410(her: Reader) -> None:
    her.keeper.client()
    dependencies.keyring().shred(her.keeper.user_id)
    for part in ("", "/clients", "/unlock"):
        answer = her.get(part)
        assert answer.status == 410, part
        assert "This is final" in answer.text
        assert "HelloMahi" not in answer.text


def test_pages_in_key_outage_use_the_neutral_layout(
    her: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Keyring, "open", out_of_reach)
    answer = her.get("/clients")
    assert answer.status == 503
    assert "Nothing is lost." in answer.text
    assert "<title>Notes</title>" in answer.text


@pytest.mark.usefixtures("code")
def test_pending_form_is_resubmitted_after_unlock(her: Reader) -> None:
    written = {"title": "Call back", "notes": "A long note, \u00e4 & all.", "due": ""}
    locked = her.post("/tasks", written)
    assert locked.status == 423
    assert "Your input is not lost." in locked.text
    carried = hidden(locked.text, f"{her.room}/unlock")
    wrong = her.post("/unlock", carried | {"passphrase": "something else entirely"})
    assert hidden(wrong.text, f"{her.room}/unlock") == carried
    opened = her.post("/unlock", carried | {"passphrase": PASSPHRASE})
    assert opened.status == 200
    again = hidden(opened.text, f"{her.room}/tasks")
    assert again == written
    page = her.follow(her.post("/tasks", again))
    assert "A long note, \u00e4 &amp; all." in page


@pytest.mark.usefixtures("code")
def test_pending_form_is_encrypted_in_the_unlock_page(her: Reader) -> None:
    locked = her.post("/tasks", {"title": "Call Leonhard", "notes": "He slapped me."})
    carried = str(hidden(locked.text, f"{her.room}/unlock")["pendingForm"])
    raw = base64.urlsafe_b64decode(carried)
    with contextlib.suppress(zlib.error):
        raw += zlib.decompress(raw)
    for text in (b"Leonhard", b"slapped", b"title", b"tasks"):
        assert text not in raw


@pytest.mark.usefixtures("code")
def test_pending_form_of_other_session_is_dropped(her: Reader, books: Books) -> None:
    locked = her.post("/tasks", {"title": "Call back"})
    carried = hidden(locked.text, f"{her.room}/unlock")
    elsewhere = Reader(books.again(her.keeper))
    assert elsewhere.post("/unlock", carried | {"passphrase": PASSPHRASE}).status == 303
    assert her.post("/unlock", carried | {"passphrase": PASSPHRASE}).status == 200


@pytest.mark.usefixtures("code")
def test_pending_form_that_cannot_be_carried_is_reported_lost(
    her: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_long = her.post("/tasks", {"title": "Call back", "notes": "long " * 13_000})
    monkeypatch.setattr(Inbox, "seal", out_of_reach)
    unsealed = her.post("/tasks", {"title": "Call back"})
    for answer in (too_long, unsealed):
        assert answer.status == 423
        assert "pendingForm" not in hidden(answer.text)
        assert "not lost" not in answer.text
        assert "Unlock your client book, then go back and send the form again." in answer.text


@pytest.mark.usefixtures("code")
@pytest.mark.parametrize("kept", ["x", "eJwDAAAAAAE=", "A" * 5_000])
def test_pending_form_malformed_is_dropped(her: Reader, kept: str) -> None:
    opened = her.post("/unlock", {"passphrase": PASSPHRASE, "pendingForm": kept})
    assert opened.status == 303
