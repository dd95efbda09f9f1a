"""Pages of passphrase and keys: every state of a vault, and the transitions between them."""

import re
from datetime import timedelta

import pytest

from kit import clock
from tests.factories.booking_pages import private_page, words
from tests.factories.crm import PASSPHRASE, CrmFactory, CrmUser
from tests.factories.crm_pages import HTML, PageClient

KEYS = "/settings/encryption"
OTHER = "saffron kettle under snow"
ENABLE = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "confirm": "I will keep my recovery code"}


@pytest.fixture
def page_client(provider: CrmUser) -> PageClient:
    return PageClient(provider)


def code_in(page: str) -> list[str]:
    """Return the groups of the recovery code that a page shows."""
    found = re.findall(r"<code>([0-9A-Z]{4})</code>", page)
    assert len(found) == 9
    return found


def pending_code_in(page: str) -> str:
    found = re.search(r'name="pendingCode" value="([^"]+)"', page)
    assert found
    return found[1]


def enable(page_client: PageClient) -> list[str]:
    """Enable the passphrase through the pages; return the recovery code shown."""
    return code_in(private_page(page_client.post(f"{KEYS}/enable", ENABLE)))


def test_keys_page_without_passphrase_offers_one(page_client: PageClient) -> None:
    page = private_page(page_client.get(KEYS))
    assert "No passphrase is set" in page
    assert "Set a passphrase" in page
    assert "all data is lost for good" in page
    assert "Change the passphrase" not in page


def test_enable_form_requires_confirmation_and_repetition(page_client: PageClient) -> None:
    for change, text in (
        ({"confirm": "yes"}, "Type: I will keep my recovery code"),
        ({"again": OTHER}, "The two passphrases differ."),
        ({"passphrase": "short", "again": "short"}, "Use at least 12 characters"),
    ):
        refused = page_client.post(f"{KEYS}/enable", ENABLE | change)
        page = private_page(refused, 422)
        assert text in page
        assert PASSPHRASE not in page
    assert page_client.user.get("/encryption").json["mode"] != "passphrase"


def test_recovery_code_page_shows_code_until_last_group_is_typed(page_client: PageClient) -> None:
    client = page_client.user.create_client("Leo Brandt")
    shown = private_page(page_client.post(f"{KEYS}/enable", ENABLE))
    code = code_in(shown)
    assert "__Secure-crm-key" in page_client.user.http.cookies

    other = "0000" if code[-1] != "0000" else "1111"
    wrong = {"group": other, "pendingCode": pending_code_in(shown)}
    again = private_page(page_client.post(f"{KEYS}/code", wrong), 422)
    assert code_in(again) == code
    right = {"group": code[-1].lower(), "pendingCode": pending_code_in(again)}
    page = page_client.follow(page_client.post(f"{KEYS}/code", right))
    assert "A passphrase is set" in page
    assert "-".join(code) not in page
    # The session is unlocked: the clients are listed.
    assert "Leo Brandt" in page_client.page(f"/clients/{client['id']}")
    # Reloading the form enables no second passphrase.
    assert "A passphrase is set already." in private_page(
        page_client.post(f"{KEYS}/enable", ENABLE), 409
    )


def test_pending_code_expired_or_foreign_is_refused(
    page_client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.pages.recovery_code.LIFETIME", timedelta(seconds=-1))
    shown = private_page(page_client.post(f"{KEYS}/enable", ENABLE))
    for other in ("AAAA", pending_code_in(shown)):
        page = page_client.follow(
            page_client.post(f"{KEYS}/code", {"group": "0000", "pendingCode": other})
        )
        assert "Recovery code, in groups" not in page


def test_keys_page_locked_links_to_unlock_only(
    page_client: PageClient, crm_factory: CrmFactory
) -> None:
    enable(page_client)
    other = PageClient(crm_factory.new_session(page_client.user))
    page = private_page(other.get(KEYS))
    assert "Locked" in page
    assert "/crm/unlock" in page
    assert "Change the passphrase" not in page
    assert "Delete this client book" in page


def test_recover_page_lost_passphrase_unlocks_by_code(
    page_client: PageClient, crm_factory: CrmFactory
) -> None:
    code = enable(page_client)
    other = PageClient(crm_factory.new_session(page_client.user))
    values = {"code": " ".join(code).lower(), "passphrase": OTHER, "again": OTHER}
    recovered = other.post("/recover", values)
    assert recovered.status == 200, words(recovered.text)
    assert "A passphrase is set" in private_page(other.get(KEYS))
    # The first session is locked, and the old passphrase unlocks nothing.
    assert "Locked" in private_page(page_client.get(KEYS))
    assert page_client.post("/unlock", {"passphrase": PASSPHRASE}).status == 422


def test_change_form_sets_the_new_passphrase(page_client: PageClient) -> None:
    enable(page_client)
    wrong = {"current": "not this one at all", "passphrase": OTHER, "again": OTHER}
    refused = private_page(page_client.post(f"{KEYS}/change", wrong), 422)
    assert "Wrong passphrase." in refused
    values = wrong | {"current": PASSPHRASE}
    assert "Passphrase changed." in page_client.follow(page_client.post(f"{KEYS}/change", values))
    assert page_client.get("/clients").status == 200


def test_renew_form_replaces_the_recovery_code(
    page_client: PageClient, crm_factory: CrmFactory
) -> None:
    first = enable(page_client)
    assert "Wrong passphrase." in private_page(
        page_client.post(f"{KEYS}/renew", {"passphrase": OTHER}), 422
    )
    second = code_in(private_page(page_client.post(f"{KEYS}/renew", {"passphrase": PASSPHRASE})))
    assert second != first
    other = PageClient(crm_factory.new_session(page_client.user))
    values = {"code": "-".join(first), "passphrase": OTHER, "again": OTHER}
    assert "was used already" in other.post("/recover", values).text


@pytest.mark.slow
def test_disable_form_removes_passphrase_a_day_after_request(
    page_client: PageClient, crm_factory: CrmFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    enable(page_client)
    values = {"passphrase": PASSPHRASE, "confirm": "Remove the passphrase"}
    page = page_client.follow(page_client.post(f"{KEYS}/disable", values))
    assert "Removal of the passphrase requested" in page
    assert "Removal cancelled. Your passphrase stays." in page_client.follow(
        page_client.post(f"{KEYS}/cancel-disable")
    )
    assert "Removal of the passphrase requested" not in page_client.page(KEYS)
    assert "No removal of the passphrase was requested." in private_page(
        page_client.post(f"{KEYS}/cancel-disable"), 409
    )

    page_client.follow(page_client.post(f"{KEYS}/disable", values))
    crm_factory.database.run(
        lambda work: work.execute(
            "UPDATE crm.workspaces SET disable_requested_at = disable_requested_at - interval '25 hours'"
        )
    )
    assert "It can be removed now" in page_client.page(KEYS)
    assert "Passphrase removed." in page_client.follow(page_client.post(f"{KEYS}/disable", values))
    assert page_client.user.get("/encryption").json["mode"] == "open"


@pytest.mark.slow
def test_rotate_form_shows_reencryption_progress(page_client: PageClient) -> None:
    for number in range(7):
        page_client.user.create_client(f"Somebody {number}", phones=[f"+49 30 123450{number}"])
    page = page_client.follow(page_client.post(f"{KEYS}/rotate"))
    assert "2 clients to re-encrypt." in page
    answer = page_client.post(f"{KEYS}/keys")
    page = page_client.follow(answer)
    assert "All readable data is re-encrypted" in page
    assert "Somebody 3" in page_client.page("/clients")
    looked = page_client.get(f"{KEYS}/keys?going=on")
    assert "refresh" not in looked.headers
    assert "Re-encryption is running" in page_client.page(KEYS)


def test_rekey_page_refreshes_itself_only_on_request(
    page_client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.pages.rekey.PER_REFRESH", 1)
    monkeypatch.setattr("crm.service.rekey.PER_REQUEST", 1)
    for number in range(5):
        page_client.user.create_client(f"Somebody {number}")
    page_client.follow(page_client.post(f"{KEYS}/rotate"))
    assert "refresh" not in page_client.get(f"{KEYS}/keys").headers
    looked = page_client.get(f"{KEYS}/keys?going=on")
    assert looked.headers["refresh"].endswith("/crm/settings/encryption/keys?going=on")
    assert "This page refreshes itself." in looked.text


def test_delete_form_then_recreate_form_gives_an_empty_workspace(page_client: PageClient) -> None:
    page_client.user.create_client("Leo Brandt")
    assert "Type: delete mira-valen" in private_page(
        page_client.post(f"{KEYS}/delete", {"confirm": "no"}), 422
    )
    page = page_client.follow(page_client.post(f"{KEYS}/delete", {"confirm": "delete mira-valen"}))
    assert "This client book is deleted" in page
    assert "Your client book is deleted" in page
    assert page_client.get("/clients").status == 410
    assert "Type: create a new client book" in private_page(
        page_client.post(f"{KEYS}/recreate", {"confirm": "now"}), 422
    )
    page = page_client.follow(
        page_client.post(f"{KEYS}/recreate", {"confirm": "create a new client book"})
    )
    assert "No passphrase is set" in page
    assert "No clients yet" in page_client.page("/clients")


def test_delete_form_without_recent_login_is_forbidden(
    page_client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_client.user.create_client()
    monkeypatch.setattr("crm.service.vault_access.RECENT_LOGIN_WINDOW", timedelta(seconds=-1))
    refused = private_page(
        page_client.post(f"{KEYS}/delete", {"confirm": "delete mira-valen"}), 403
    )
    assert "Sign in to your client book again" in refused
    way = "/mira-valen/crm/login?next=%2Fmira-valen%2Fcrm%2Fsettings%2Fencryption"
    assert f'href="{way}"' in refused


@pytest.mark.parametrize("part", [KEYS])
def test_keys_pages_other_provider_gets_404(
    page_client: PageClient, crm_factory: CrmFactory, part: str
) -> None:
    answer = page_client.anonymous().request("GET", f"{page_client.base_path}{part}", headers=HTML)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/mira-valen/crm/login?next=")
    nora = PageClient(crm_factory.create_user("nora-lind"))
    nora.user.slug = page_client.user.slug
    assert nora.get(part).status == 404


def test_keys_page_shows_times_in_the_providers_time_zone(page_client: PageClient) -> None:
    before = clock.now()
    enable(page_client)
    text = re.search(r"Passphrase since</dt><dd>\w+, (\d+ \w+ \d{4}), ", page_client.page(KEYS))
    assert text
    # A workspace without visits has no time zone yet: its days are those of UTC.
    assert text[1] == f"{before:%-d %b %Y}"
