"""Before a book leaves or goes: who is asked for what, and what a try costs."""

from datetime import timedelta

import pytest

from crm.service import vault_access
from kit import clock
from kit.auth import Audience, SessionStore, tokens
from kit.db import Database
from tests.factories.crm import PASSPHRASE, CrmFactory, CrmUser
from tests.factories.crm_archives import export
from tests.fixtures.functions import Answer

pytestmark = pytest.mark.usefixtures("early")

OTHER = "seven swans swimming slowly"
NEW = "marble harbour seven kites"


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    """The windows of all throttles have just begun, so that none ends within the test."""
    day = timedelta(days=1).total_seconds()
    ahead = day - clock.now().timestamp() % day + 1
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(ahead))


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, str(answer.problem["code"])


def test_an_open_book_leaves_and_goes_after_a_sign_in_of_just_now_alone(
    provider: CrmUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = provider.create_client()
    with monkeypatch.context() as patch:
        patch.setattr(vault_access, "RECENT_LOGIN_WINDOW", timedelta(seconds=-1))
        assert refused(export(provider)) == (403, "sign-in-again")
        wiped = provider.delete(
            "/clients", json={"confirm": f"delete all clients of {provider.slug}"}
        )
        assert refused(wiped) == (403, "sign-in-again")
    assert provider.get(f"/clients/{client['id']}").status == 200
    assert export(provider).status == 200
    assert (
        provider.delete(
            "/clients", json={"confirm": f"delete all clients of {provider.slug}"}
        ).status
        == 200
    )


def test_a_book_under_a_passphrase_asks_for_that(
    provider: CrmUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.create_client()
    provider.enable_encryption()
    monkeypatch.setattr(vault_access, "RECENT_LOGIN_WINDOW", timedelta(seconds=-1))
    assert refused(export(provider)) == (422, "passphrase-missing")
    assert export(provider, passphrase=PASSPHRASE).status == 200


@pytest.mark.slow
def test_many_parts_shut_nobody_out(provider: CrmUser) -> None:
    provider.create_client()
    provider.enable_encryption()
    assert [export(provider, passphrase=PASSPHRASE).status for _ in range(8)] == [200] * 8
    provider.post("/lock")
    provider.unlock()


@pytest.mark.slow
def test_wrong_proofs_are_counted_and_do_not_keep_the_book_shut(provider: CrmUser) -> None:
    provider.create_client()
    provider.enable_encryption()
    wrong = [export(provider, passphrase=OTHER).status for _ in range(6)]
    assert wrong == [422] * 5 + [429]
    body = {"current": PASSPHRASE, "newPassphrase": NEW}
    assert refused(provider.post("/encryption/passphrase", body))[0] == 429
    assert refused(export(provider, passphrase=PASSPHRASE))[0] == 429
    provider.post("/lock")
    provider.unlock()


@pytest.mark.slow
def test_wrong_tries_to_open_leave_the_proofs(provider: CrmUser) -> None:
    provider.create_client()
    provider.enable_encryption()
    wrong = [provider.post("/unlock", {"passphrase": OTHER}).status for _ in range(6)]
    assert wrong == [422] * 5 + [429]
    assert export(provider, passphrase=PASSPHRASE).status == 200


def test_a_mistyped_code_costs_nothing(provider: CrmUser) -> None:
    code = provider.enable_encryption()
    mistyped = code[:-1] + ("0" if code[-1] != "0" else "1")
    for typed in ("ABCD", mistyped) * 4:
        body = {"code": typed, "newPassphrase": NEW}
        assert refused(provider.post("/encryption/recover", body))[0] == 422
    body = {"code": code, "newPassphrase": NEW}
    assert provider.post("/encryption/recover", body).status == 200


@pytest.mark.slow
def test_strangers_do_not_use_up_the_tries_of_where_she_is(
    provider: CrmUser,
    crm_factory: CrmFactory,
    cloud: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
) -> None:
    monkeypatch.setattr(vault_access, "_TRIES_IN_ALL", 3)
    provider.enable_encryption()
    provider.post("/lock")
    provider.unlock()
    stranger = crm_factory.new_session(provider)
    session, _ = SessionStore(cloud["SESSIONS_TABLE"]).create(
        user_id=provider.user_id, role="escort", audience=Audience.CRM, device="tests",
        network="198.51.100.7", network_change_allowed=True,
    )  # fmt: skip
    stranger.http.token = tokens.sign(
        session, issuer="https://hellomahi.test", key_arn=cloud["SIGNING_KEY_ARNS"]
    )
    for number in range(4):
        stranger.http.ip = f"198.51.{number}.7"
        last = stranger.post("/unlock", {"passphrase": OTHER})
    assert refused(last)[0] == 429
    assert [provider.post("/unlock", {"passphrase": OTHER}).status for _ in range(2)] == [422] * 2
    provider.unlock()

    with database.transaction() as work:
        work.execute("UPDATE crm.audit_log SET at = at - interval '31 days'")
    assert refused(provider.post("/unlock", {"passphrase": PASSPHRASE}))[0] == 429
