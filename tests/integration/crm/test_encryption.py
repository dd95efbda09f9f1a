"""States of a vault: passphrase, recovery code, keys, and the confirmation of each change."""

from datetime import datetime, timedelta

import pytest

from kit import clock
from kit.auth import SessionStore, tokens
from tests.factories.crm import PASSPHRASE, CrmFactory, CrmUser
from tests.fixtures.functions import Answer

OTHER = "seven swans swimming slowly"
OFF = "remove the passphrase"


def advance(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(by.total_seconds()))


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock to the start of all throttle windows, so that none ends within the test."""
    day = timedelta(days=1).total_seconds()
    advance(monkeypatch, timedelta(seconds=day - clock.now().timestamp() % day + 1))


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, str(answer.problem["code"])


def actions(user: CrmUser) -> list[str]:
    return [one["action"] for one in user.get("/audit?limit=100").json["items"]]


@pytest.mark.slow
def test_enable_passphrase_locks_other_sessions_until_unlocked(
    provider: CrmUser, crm_factory: CrmFactory
) -> None:
    client = provider.create_client("Leo Brandt", phones=["+49 30 1234567"])
    before = provider.get("/encryption").json
    assert (before["mode"], before["locked"], before["hasRecoveryCode"]) == ("open", False, False)

    code = provider.enable_encryption()

    assert len(code.split("-")) == 9
    state = provider.get("/encryption").json
    assert (state["mode"], state["locked"], state["hasRecoveryCode"]) == ("passphrase", False, True)
    assert state["generation"] == before["generation"] + 1
    assert None not in (
        state["unlockedUntil"],
        state["passphraseChangedAt"],
        state["recoveryCodeAt"],
    )
    assert provider.get(f"/clients/{client['id']}").json["name"] == "Leo Brandt"

    phone = crm_factory.new_session(provider)
    assert refused(phone.get("/clients")) == (423, "vault-locked")
    assert phone.get("/encryption").json["locked"] is True
    phone.unlock_token = provider.unlock_token
    assert refused(phone.get("/clients")) == (423, "unlock-expired"), (
        "the token belongs to another session"
    )
    phone.unlock_token = None
    phone.unlock()
    assert phone.get("/clients?q=brandt").json["items"][0]["id"] == client["id"]
    assert {"session.unlocked", "encryption.enabled"} <= set(actions(phone))


def test_enable_passphrase_weak_passphrase_is_refused(provider: CrmUser) -> None:
    def enable(passphrase: str, confirm: str = "i will  keep my recovery CODE") -> tuple[int, str]:
        return refused(
            provider.post("/encryption/enable", {"passphrase": passphrase, "confirm": confirm})
        )

    assert enable("short") == (422, "passphrase-too-short")
    assert enable("MiraValen2026!") == (422, "passphrase-is-name")
    assert enable("passphrase 123") == (422, "passphrase-common")
    assert enable("aabbaabbaabb") == (422, "passphrase-common")
    assert enable(PASSPHRASE, "yes") == (422, "not-confirmed")
    assert provider.get("/encryption").json["mode"] in {"none", "open"}
    provider.enable_encryption()
    assert enable(OTHER) == (409, "passphrase-exists")


@pytest.mark.slow
def test_unlock_wrong_passphrase_is_counted_and_audited(early: None, provider: CrmUser) -> None:
    provider.enable_encryption()
    provider.post("/lock")
    assert refused(provider.get("/clients")) == (423, "unlock-expired")
    answers = [refused(provider.post("/unlock", {"passphrase": OTHER})) for _ in range(6)]

    assert answers[:5] == [(422, "wrong-passphrase")] * 5
    assert answers[5] == (429, "too-many-tries")
    assert refused(provider.post("/unlock", {"passphrase": PASSPHRASE}))[0] == 429
    assert actions(provider).count("session.unlock-failed") == 5


def test_unlock_expires_at_its_end_and_with_the_session(
    provider: CrmUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.enable_encryption()
    answer = provider.post("/unlock", {"passphrase": PASSPHRASE, "minutes": 480})
    session_end = clock.now() + timedelta(hours=8)
    assert datetime.fromisoformat(answer.json["expiresAt"]) <= session_end
    provider.unlock_token = provider.post("/unlock", {"passphrase": PASSPHRASE, "minutes": 5}).json[
        "vaultKey"
    ]
    assert provider.get("/clients").status == 200
    advance(monkeypatch, timedelta(minutes=6))
    assert refused(provider.get("/clients")) == (423, "unlock-expired")
    assert provider.get("/encryption").json["locked"] is True


def test_lock_all_locks_every_session(provider: CrmUser, crm_factory: CrmFactory) -> None:
    provider.enable_encryption()
    phone = crm_factory.new_session(provider)
    phone.unlock()
    assert phone.post("/lock-all").json == {"locked": True}
    assert refused(provider.get("/clients")) == (423, "unlock-expired")
    assert refused(phone.get("/clients")) == (423, "unlock-expired")
    phone.unlock()
    assert phone.get("/clients").status == 200


def test_lock_all_without_passphrase_returns_not_locked(provider: CrmUser) -> None:
    assert provider.post("/lock-all").json["locked"] is False
    assert refused(provider.post("/unlock", {"passphrase": PASSPHRASE})) == (409, "no-passphrase")


@pytest.mark.slow
def test_change_passphrase_locks_other_sessions(provider: CrmUser, crm_factory: CrmFactory) -> None:
    client = (provider.create_client(), provider.enable_encryption())[0]
    phone = crm_factory.new_session(provider)
    phone.unlock()
    body = {"current": OTHER, "newPassphrase": OTHER}
    wrong = provider.post("/encryption/passphrase", body)
    assert (wrong.problem["code"], wrong.problem["field"]) == ("wrong-passphrase", "current")

    changed = provider.post("/encryption/passphrase", body | {"current": PASSPHRASE})

    provider.unlock_token = changed.json["vaultKey"]
    assert provider.get(f"/clients/{client['id']}").status == 200
    assert refused(phone.get("/clients")) == (423, "unlock-expired")
    assert refused(phone.post("/unlock", {"passphrase": PASSPHRASE})) == (422, "wrong-passphrase")
    phone.unlock(OTHER)
    again = provider.post("/encryption/passphrase", body | {"current": PASSPHRASE})
    assert again.status == 200, "a retry succeeds because the change was made"


@pytest.mark.slow
def test_recovery_code_works_once_and_is_replaced(provider: CrmUser) -> None:
    code = (provider.create_client(), provider.enable_encryption())[1]
    provider.unlock_token = None
    body = {"code": code, "newPassphrase": OTHER}
    mistyped = body | {"code": code[:-1] + ("0" if code[-1] != "0" else "1")}
    assert refused(provider.post("/encryption/recover", mistyped)) == (422, "mistyped-code")

    recovered = provider.post("/encryption/recover", body).json

    provider.unlock_token = recovered["vaultKey"]
    assert provider.get("/clients?q=leo").json["items"]
    assert recovered["recoveryCode"] != code
    once_more = body | {"newPassphrase": "eleven pipers piping"}
    assert refused(provider.post("/encryption/recover", once_more)) == (422, "wrong-recovery-code")
    provider.unlock(OTHER)
    second = provider.post("/encryption/recovery-code", {"passphrase": OTHER}).json["recoveryCode"]
    third = provider.post("/encryption/recover", {"code": second, "newPassphrase": PASSPHRASE})
    assert third.status == 200
    assert {"encryption.recovered", "encryption.recovery-failed"} <= set(actions(provider))


@pytest.mark.slow
def test_disable_passphrase_takes_effect_a_day_after_the_request(
    provider: CrmUser, crm_factory: CrmFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = (provider.create_client(), provider.enable_encryption())[0]
    body = {"passphrase": PASSPHRASE, "confirm": OFF}
    assert refused(provider.post("/encryption/disable", body | {"passphrase": OTHER}))[1] == (
        "wrong-passphrase"
    )
    assert (
        refused(provider.post("/encryption/disable", body | {"confirm": "x"}))[1] == "not-confirmed"
    )

    asked = provider.post("/encryption/disable", body)
    assert (asked.status, asked.json["done"]) == (202, False)
    assert provider.get("/encryption").json["disableDueAt"] == asked.json["dueAt"]
    assert provider.delete("/encryption/disable").status == 204
    assert provider.get("/encryption").json["disableDueAt"] is None
    assert refused(provider.delete("/encryption/disable")) == (409, "nothing-asked")
    assert provider.post("/encryption/disable", body).json["done"] is False
    assert provider.post("/encryption/disable", body).json["done"] is False

    advance(monkeypatch, timedelta(hours=25))
    later = crm_factory.new_session(provider)
    assert refused(later.post("/encryption/disable", body)) == (423, "vault-locked")
    later.unlock()
    done = later.post("/encryption/disable", body)
    assert (done.status, done.json["done"]) == (200, True)
    later.unlock_token = None
    assert later.get(f"/clients/{client['id']}").status == 200
    assert later.get("/encryption").json["mode"] == "open"
    assert actions(later).count("encryption.disable-requested") == 2
    assert {"encryption.disabled", "encryption.disable-cancelled"} <= set(actions(later))


def test_key_changes_without_recent_login_are_forbidden(
    provider: CrmUser, cloud: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.enable_encryption()
    advance(monkeypatch, timedelta(minutes=12))
    [session] = SessionStore(cloud["SESSIONS_TABLE"]).list(provider.user_id)
    provider.http.token = tokens.sign(
        session, issuer="https://hellomahi.test", key_arn=cloud["SIGNING_KEY_ARNS"]
    )
    for method, path, body in (
        (
            "POST",
            "/encryption/enable",
            {"passphrase": OTHER, "confirm": "I will keep my recovery code"},
        ),
        ("POST", "/encryption/disable", {"passphrase": PASSPHRASE, "confirm": OFF}),
        ("DELETE", "/workspace", {"confirm": "delete mira-valen"}),
    ):
        assert refused(provider.request(method, path, json=body)) == (403, "sign-in-again"), path


@pytest.mark.slow
def test_delete_workspace_then_recreate_gives_an_empty_one(provider: CrmUser) -> None:
    provider.create_client("Leo Brandt", phones=["+49 30 1234567"])
    provider.enable_encryption()
    assert refused(provider.delete("/workspace", json={"confirm": "delete"}))[1] == "not-confirmed"
    destroyed = provider.delete("/workspace", json={"confirm": "Delete Mira-Valen"})
    assert (destroyed.status, destroyed.json["clients"]) == (200, 1)

    assert refused(provider.get("/clients")) == (410, "vault-shredded")
    assert refused(provider.post("/unlock", {"passphrase": PASSPHRASE})) == (410, "vault-shredded")
    assert provider.get("/encryption").json["mode"] == "shredded"
    assert "workspace.deleted" in actions(provider)
    assert provider.delete("/workspace", json={"confirm": "delete mira-valen"}).status == 200

    assert refused(provider.post("/workspace", {"confirm": "no"}))[1] == "not-confirmed"
    assert provider.post("/workspace", {"confirm": "create a new client book"}).status == 204
    provider.unlock_token = None
    assert provider.get("/clients").json["items"] == []
    provider.create_client("Leo Brandt", phones=["+49 30 1234567"])
    assert (
        refused(provider.post("/workspace", {"confirm": "create a new client book"}))[1]
        == "workspace-exists"
    )


@pytest.mark.slow
def test_rotate_keys_reencrypts_all_records(
    provider: CrmUser, crm_factory: CrmFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = provider.create_client("Leo Brandt", phones=["+49 30 1234567"], tags=["calm"])
    provider.enable_encryption()
    assert provider.get("/encryption").json["rekey"]["clientsLeft"] == 1
    assert provider.get("/clients?q=leo").json["items"][0]["id"] == client["id"]
    done = provider.post("/encryption/rekey").json
    assert done == {"running": True, "clientsLeft": 0, "unreadable": 0, "generations": 2}

    advance(monkeypatch, timedelta(minutes=16))
    later = crm_factory.new_session(provider)
    later.unlock()
    assert later.post("/encryption/rekey").json["running"] is False
    assert "encryption.rekey-finished" in actions(later)
    assert later.get("/clients?q=%2B4930%201234567").json["items"][0]["id"] == client["id"]

    generation = later.get("/encryption").json["generation"]
    assert later.post("/encryption/rotate").json["generation"] == generation + 1
    assert later.post("/encryption/rotate").json["generation"] == generation + 2
    assert refused(later.post("/encryption/rotate")) == (409, "rekey-running")
    assert later.get("/clients?tag=calm").json["items"][0]["id"] == client["id"]


def test_settings_saved_are_returned(provider: CrmUser) -> None:
    first = provider.get("/settings").json
    chosen = {
        "autoLockMinutes": 5,
        "unlockMinutes": 30,
        "defaultCurrency": "CHF",
        "defaultRegion": "CH",
    }
    assert provider.put("/settings", chosen).json == chosen
    assert provider.get("/settings").json == chosen != first
    refusal = provider.put("/settings", chosen | {"defaultRegion": "XX"})
    assert (refusal.status, refusal.problem["field"]) == (422, "defaultRegion")
    assert provider.get("/audit?action=workspace.settings-changed").json["items"][0]["detail"] == {
        "changed": ["auto_lock_minutes", "default_currency", "default_region", "unlock_minutes"]
    }


def test_phone_without_country_code_uses_default_region(provider: CrmUser) -> None:
    zurich = {"name": "Leo Brandt", "phones": ["044 668 18 00"]}
    assert provider.post("/clients", zurich).problem["code"] == "phone-malformed", "none is guessed"
    settings = provider.get("/settings").json
    assert provider.put("/settings", settings | {"defaultRegion": "CH"}).status == 200
    client = provider.post("/clients", zurich).json
    assert client["phones"] == ["+41446681800"]
    assert provider.get("/clients?q=044%20668%2018%2000").json["items"][0]["id"] == client["id"]
