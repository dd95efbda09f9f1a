"""Unlock and recovery pages: locked, expired, wrong, throttled, lost, shredded and unavailable."""

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
from tests.factories.crm import PASSPHRASE, CrmFactory, CrmUser
from tests.factories.crm_pages import PageClient


def out_of_reach(*_: object) -> None:
    raise Unavailable("keys-unavailable", "The keys are out of reach at the moment.")


@pytest.fixture
def page_client(provider: CrmUser) -> PageClient:
    return PageClient(provider)


@pytest.fixture
def code(page_client: PageClient) -> str:
    """Return the recovery code of a workspace with a passphrase, which this browser has not unlocked yet."""
    return page_client.user.enable_encryption()


def test_unlock_page_without_passphrase_redirects(page_client: PageClient) -> None:
    for part in ("/unlock", "/recover"):
        assert page_client.get(part).status == 303
    page = page_client.page("")
    assert f'action="{page_client.base_path}/logout" data-lock' in page
    assert "Lock everywhere" not in page


@pytest.mark.usefixtures("code")
def test_unlock_page_returns_to_the_requested_page(page_client: PageClient) -> None:
    locked = page_client.get("/visits")
    assert locked.status == 303
    assert "Locked" in page_client.follow(locked)
    wrong = page_client.post("/unlock", {"passphrase": "not this one at all"})
    assert wrong.status == 422
    assert "Wrong passphrase." in wrong.text
    assert "not this one at all" not in wrong.text
    opened = page_client.post("/unlock", {"passphrase": PASSPHRASE, "to": "/visits"})
    assert opened.headers["location"] == f"{page_client.base_path}/visits?done=unlocked"
    [cookie] = [one for one in opened.cookies if one.startswith(UNLOCK_COOKIE)]
    for part in ("HttpOnly", "Secure", "SameSite=strict", f"Path={page_client.base_path};"):
        assert part.lower() in f"{cookie};".lower()
    page = page_client.follow(opened)
    assert "Unlocked." in page
    assert f'action="{page_client.base_path}/lock" data-lock' in page
    assert page_client.get("/unlock").status == 303

    assert "Locked" in page_client.follow(page_client.post("/lock"))
    assert UNLOCK_COOKIE not in page_client.user.http.cookies
    assert page_client.get("").status == 303
    assert page_client.post("/tasks", {"title": "Lost?"}).status == 423


@pytest.mark.usefixtures("code")
def test_lock_everywhere_locks_all_sessions_and_leaves_the_site(page_client: PageClient) -> None:
    page_client.post("/unlock", {"passphrase": PASSPHRASE})
    cookies = dict(page_client.user.http.cookies)
    answer = page_client.post("/lock-all")
    assert answer.status == 200
    assert answer.headers["refresh"].startswith("0; url=https://")
    page_client.user.http.cookies.update(cookies)
    assert "Your client book was locked" in page_client.follow(page_client.get(""))


@pytest.mark.usefixtures("code")
def test_lock_and_logout_clears_the_unlock_cookie(page_client: PageClient) -> None:
    page_client.post("/unlock", {"passphrase": PASSPHRASE})
    keys = KeyTable(settings.keys_table())
    assert [item for page in keys.pages(page_client.user.user_id, SESSIONS) for item in page]
    answer = page_client.post("/lock-and-logout")
    assert (answer.status, answer.headers["location"]) == (307, f"{page_client.base_path}/logout")
    assert not [item for page in keys.pages(page_client.user.user_id, SESSIONS) for item in page]
    assert f'action="{page_client.base_path}/lock-and-logout"' in page_client.page("/unlock")
    out = page_client.post("/logout")
    assert out.headers["location"] == f"{page_client.base_path}/login"


def test_recover_page_accepts_the_code_once(page_client: PageClient, code: str) -> None:
    new = "marble harbour seven kites"
    refused = page_client.post(
        "/recover", {"code": code, "passphrase": new, "again": "something else"}
    )
    assert refused.status == 422
    assert "The two passphrases differ." in refused.text
    short = page_client.post("/recover", {"code": code, "passphrase": "short", "again": "short"})
    assert "Use at least 12 characters" in short.text
    assert (
        "This recovery code is mistyped"
        in page_client.post("/recover", {"code": "ABCD", "passphrase": new, "again": new}).text
    )
    opened = page_client.post("/recover", {"code": code, "passphrase": new, "again": new})
    assert opened.status == 200
    assert "Write it down now" in opened.text
    assert code not in opened.text
    assert page_client.get("").status == 200


@pytest.mark.usefixtures("code")
def test_unlock_page_many_attempts_are_throttled(page_client: PageClient) -> None:
    answers = [page_client.post("/unlock", {"passphrase": f"guess number {n}"}) for n in range(7)]
    assert answers[0].status == 422
    assert answers[-1].status == 429
    assert "Too many tries" in answers[-1].text


def test_pages_of_deleted_workspace_answer_410(page_client: PageClient) -> None:
    page_client.user.create_client()
    dependencies.keyring().shred(page_client.user.user_id)
    for part in ("", "/clients", "/unlock"):
        answer = page_client.get(part)
        assert answer.status == 410, part
        assert "This is final" in answer.text
        assert "HelloMahi" not in answer.text


def test_pages_in_key_outage_use_the_neutral_layout(
    page_client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Keyring, "open", out_of_reach)
    answer = page_client.get("/clients")
    assert answer.status == 503
    assert "Nothing is lost." in answer.text
    assert "<title>Notes</title>" in answer.text


@pytest.mark.usefixtures("code")
def test_pending_form_is_resubmitted_after_unlock(page_client: PageClient) -> None:
    written = {"title": "Call back", "notes": "A long note, \u00e4 & all.", "due": ""}
    locked = page_client.post("/tasks", written)
    assert locked.status == 423
    assert "Your input is not lost." in locked.text
    carried = hidden(locked.text, f"{page_client.base_path}/unlock")
    wrong = page_client.post("/unlock", carried | {"passphrase": "something else entirely"})
    assert hidden(wrong.text, f"{page_client.base_path}/unlock") == carried
    opened = page_client.post("/unlock", carried | {"passphrase": PASSPHRASE})
    assert opened.status == 200
    again = hidden(opened.text, f"{page_client.base_path}/tasks")
    assert again == written
    page = page_client.follow(page_client.post("/tasks", again))
    assert "A long note, \u00e4 &amp; all." in page


@pytest.mark.usefixtures("code")
def test_pending_form_is_encrypted_in_the_unlock_page(page_client: PageClient) -> None:
    locked = page_client.post("/tasks", {"title": "Call Leonhard", "notes": "He slapped me."})
    carried = str(hidden(locked.text, f"{page_client.base_path}/unlock")["pendingForm"])
    raw = base64.urlsafe_b64decode(carried)
    with contextlib.suppress(zlib.error):
        raw += zlib.decompress(raw)
    for text in (b"Leonhard", b"slapped", b"title", b"tasks"):
        assert text not in raw


@pytest.mark.usefixtures("code")
def test_pending_form_of_other_session_is_dropped(
    page_client: PageClient, crm_factory: CrmFactory
) -> None:
    locked = page_client.post("/tasks", {"title": "Call back"})
    carried = hidden(locked.text, f"{page_client.base_path}/unlock")
    other_session = PageClient(crm_factory.new_session(page_client.user))
    assert other_session.post("/unlock", carried | {"passphrase": PASSPHRASE}).status == 303
    assert page_client.post("/unlock", carried | {"passphrase": PASSPHRASE}).status == 200


@pytest.mark.usefixtures("code")
def test_pending_form_that_cannot_be_carried_is_reported_lost(
    page_client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_long = page_client.post("/tasks", {"title": "Call back", "notes": "long " * 13_000})
    monkeypatch.setattr(Inbox, "seal", out_of_reach)
    unsealed = page_client.post("/tasks", {"title": "Call back"})
    for answer in (too_long, unsealed):
        assert answer.status == 423
        assert "pendingForm" not in hidden(answer.text)
        assert "not lost" not in answer.text
        assert "Unlock your client book, then go back and send the form again." in answer.text


@pytest.mark.usefixtures("code")
@pytest.mark.parametrize("pending_form", ["x", "eJwDAAAAAAE=", "A" * 5_000])
def test_pending_form_malformed_is_dropped(page_client: PageClient, pending_form: str) -> None:
    opened = page_client.post("/unlock", {"passphrase": PASSPHRASE, "pendingForm": pending_form})
    assert opened.status == 303
