"""Data requests: a workspace without a match learns nothing, and the requester learns no provider."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.auth import AccountClosed
from crm import settings
from crm.repository.data_requests import OwnDataRequests
from crm.service.data_request_dispatch import DataRequestDispatcher
from crm.vault import Inbox
from kit import clock
from kit.db import Database
from kit.i18n import PSEUDO_LANGUAGE
from kit.ids import new_id
from local.services.emulator import Emulator
from local.services.messages import mails
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_data_requests import OWN_REQUESTS, Functions, Requester
from tests.factories.crm_events import BookingFixture, deliver_events
from tests.fixtures.functions import FunctionClient
from tests.fixtures.pseudo_language import untranslated

type Rows = list[dict[str, Any]]
CASES = "/subject-requests"
DISPATCH, RELEASE = {"job": "dispatch-data-requests"}, {"job": "release-data-request-answers"}


@pytest.fixture
def leo(database: Database, cloud: dict[str, str], functions: Functions) -> Requester:
    return Requester(database, cloud, functions)


@pytest.fixture
def nora(crm_factory: CrmFactory) -> CrmUser:
    """Return a provider with an empty workspace."""
    nora = crm_factory.create_user("nora-lind")
    assert nora.get("/clients").json["items"] == []
    return nora


@pytest.fixture
def data_requests_function(functions: Functions) -> FunctionClient:
    return functions("CrmDataRequests")


def rows(database: Database, table: str, where: str = "true") -> Rows:
    """Return the rows of a table, read as the schema owner."""
    with database.transaction() as work:
        return work.execute(f"SELECT * FROM crm.{table} WHERE {where} ORDER BY id").fetchall()


def cases(user: CrmUser) -> Rows:
    """Return the provider's data request cases."""
    answer = user.get(CASES)
    assert answer.status == 200, answer.text
    found: Rows = answer.json["items"]
    return found


def test_data_request_shows_only_in_the_workspace_that_matches(
    provider: CrmUser,
    nora: CrmUser,
    leo: Requester,
    data_requests_function: FunctionClient,
    database: Database,
) -> None:
    client = provider.create_client("Leo Brandt", emails=[leo.email.upper()])
    asked = leo.submit()
    assert data_requests_function.invoke(DISPATCH) == {"count": 2}
    sealed = [bytes(one["sealed"]) for one in rows(database, "inbox")]
    assert len(sealed) == 2
    assert len({len(one) for one in sealed}) == 1
    assert not any(leo.email.encode() in one or leo.user_id.bytes in one for one in sealed)

    (case,) = cases(provider)
    assert case["clients"] == [{"id": client["id"], "name": "Leo Brandt"}]
    assert (case["kind"], case["state"]) == ("access", "open")
    assert case["dueAt"] == asked["dueAt"]
    assert cases(nora) == []
    assert nora.get("/clients").json["items"] == nora.get("/tasks").json["items"] == []
    # The stored rows of both workspaces look the same.
    cases_before = rows(database, "data_request_cases")
    assert {one["provider_id"] for one in cases_before} == {provider.user_id, nora.user_id}
    assert len({len(one["encrypted_payload"]) for one in cases_before}) == 1
    assert len({one["delete_at"] for one in cases_before}) == 1
    assert rows(database, "inbox") == rows(database, "data_request_answers") == []
    # Dispatched again, as after a restore: no duplicates.
    with database.transaction() as work:
        work.execute("UPDATE crm.data_requests SET dispatched_at = NULL, dispatched_up_to = NULL")
    data_requests_function.invoke(DISPATCH)
    assert (cases(provider), cases(nora)) == ([case], [])
    assert rows(database, "data_request_cases") == cases_before
    for path, body in (
        ("answer", {"sections": ["details"]}),
        ("decline", {"reason": "legal-duty"}),
    ):
        for row in cases_before:
            if row["provider_id"] == nora.user_id:
                assert nora.post(f"{CASES}/{row['id']}/{path}", body).status == 404
    assert nora.post(f"{CASES}/{case['id']}/erase").status == 404


@pytest.mark.slow
def test_data_request_answer_is_released_at_night_without_provider_name(
    provider: CrmUser,
    nora: CrmUser,
    leo: Requester,
    data_requests_function: FunctionClient,
    database: Database,
    emulator: Emulator,
) -> None:
    client = provider.create_client("Leo Brandt", emails=[leo.email], notes="Her own safety note.")
    visit = {
        "clientId": client["id"], "startsAt": "2026-03-01T20:00:00Z", "timeZone": "Europe/Berlin",
        "durationMinutes": 60, "type": "incall", "status": "completed", "currency": "EUR",
        "rateMinor": 50000, "receivedMinor": 50000, "paymentStatus": "paid",
    }  # fmt: skip
    assert provider.post("/visits", visit).status == 201
    assert (
        provider.post("/references", {"clientId": client["id"], "name": "Third Party"}).status
        == 201
    )
    leo.submit()
    data_requests_function.invoke(DISPATCH)
    (case,) = cases(provider)
    summary = provider.get(f"{CASES}/{case['id']}/summary").json["sections"]
    assert [(one["name"], one["given"]) for one in summary] == [
        ("details", True), ("visits", True), ("notes", False),
    ]  # fmt: skip
    assert "Third Party" not in json.dumps(summary)
    path = f"{CASES}/{case['id']}"
    assert provider.post(f"{path}/erase").problem["code"] == "wrong-request-kind"
    assert provider.post(f"{path}/answer", {"sections": ["other"]}).problem["field"] == "sections"
    chosen = {"sections": [one["name"] for one in summary if one["given"]]}
    assert provider.post(f"{path}/answer", chosen).json == {"state": "answered"}
    assert provider.post(f"{path}/answer", chosen).problem["code"] == "data-request-closed"

    assert leo.answers() == []
    (stored,) = rows(database, "data_request_answers")
    assert b"Leo Brandt" not in stored["sealed"]
    for _ in range(2):
        data_requests_function.invoke(RELEASE)
    (answer,) = leo.answers()
    assert answer["outcome"] == "answered"
    for text in ("Leo Brandt", leo.email, "1 March 2026, 21:00", "EUR 500"):
        assert text in answer["text"]
    for private in (
        "Mira",
        "mira-valen",
        str(provider.user_id),
        "Nora",
        "safety note",
        "Third Party",
    ):
        assert private not in json.dumps(leo.web.get(OWN_REQUESTS).json)
    (mail,) = (one for one in mails(emulator) if leo.email in one.to)
    assert mail.subject == "You have an answer"
    assert list(mail.links) == ["https://hellomahi.test/privacy"]
    assert "Mira" not in mail.text + mail.html


def test_data_request_notification_is_in_the_language_of_the_requester(
    provider: CrmUser,
    leo: Requester,
    data_requests_function: FunctionClient,
    database: Database,
    emulator: Emulator,
    pseudo_catalogue_added: None,
) -> None:
    with database.transaction() as work:
        work.execute(
            "INSERT INTO auth.preferences VALUES (%s, %s, 'UTC', 'system', true, true)",
            (leo.user_id, PSEUDO_LANGUAGE),
        )
    provider.create_client("Leo Brandt", emails=[leo.email])
    leo.submit()
    data_requests_function.invoke(DISPATCH)
    (case,) = cases(provider)
    answer = provider.post(f"{CASES}/{case['id']}/answer", {"sections": ["details"]})
    assert answer.status == 200, answer.text
    data_requests_function.invoke(RELEASE)
    (mail,) = (one for one in mails(emulator) if leo.email in one.to)
    assert untranslated(f"<p>{mail.subject}</p>") == untranslated(mail.html) == []


def test_data_request_matches_booked_client_by_account_and_erases(
    provider: CrmUser,
    leo: Requester,
    data_requests_function: FunctionClient,
    functions: Functions,
    database: Database,
) -> None:
    assert provider.get("/clients").json["items"] == []
    booking = BookingFixture(provider_id=provider.user_id, client_id=leo.user_id)
    deliver_events(functions("CrmConsumer"), booking.confirmed())
    leo.submit("erasure")
    data_requests_function.invoke(DISPATCH)
    (case,) = cases(provider)
    path = f"{CASES}/{case['id']}"
    assert (
        provider.post(f"{path}/erase", {"clientIds": [str(new_id())]}).problem["field"]
        == "clientIds"
    )
    assert provider.post(f"{path}/erase").json == {"state": "erased"}

    assert provider.get("/clients").json["items"] == []
    assert rows(database, "clients") == rows(database, "visits") == []
    assert [one["state"] for one in cases(provider)] == ["erased"]
    data_requests_function.invoke(RELEASE)
    (answer,) = leo.answers()
    assert answer["outcome"] == "erased"


def test_data_request_erasure_under_legal_hold_answers_kept(
    provider: CrmUser, leo: Requester, data_requests_function: FunctionClient
) -> None:
    client = provider.create_client(emails=[leo.email])
    hold = {"clientId": client["id"], "reason": "A court asked."}
    assert provider.post("/holds", hold).status == 201
    leo.submit("erasure")
    data_requests_function.invoke(DISPATCH)
    (case,) = cases(provider)
    assert provider.post(f"{CASES}/{case['id']}/erase").json == {"state": "kept"}
    assert provider.get(f"/clients/{client['id']}").status == 200
    data_requests_function.invoke(RELEASE)
    (answer,) = leo.answers()
    assert answer["outcome"] == "kept"
    assert "court" not in answer["text"]


@pytest.mark.parametrize(
    ("reason", "answer_count"), [("different-person", 0), ("others-rights", 1)]
)
def test_data_request_decline_answers_reason_or_nothing_for_different_person(
    provider: CrmUser,
    leo: Requester,
    data_requests_function: FunctionClient,
    reason: str,
    answer_count: int,
) -> None:
    provider.create_client(emails=[leo.email])
    leo.submit()
    data_requests_function.invoke(DISPATCH)
    (case,) = cases(provider)
    path = f"{CASES}/{case['id']}/decline"
    assert provider.post(path, {"reason": "no wish"}).status == 422
    assert provider.post(path, {"reason": reason}).json == {"state": "declined"}
    data_requests_function.invoke(RELEASE)
    assert len(leo.answers()) == answer_count


def test_data_request_to_locked_workspace_appears_after_unlock(
    provider: CrmUser,
    crm_factory: CrmFactory,
    leo: Requester,
    data_requests_function: FunctionClient,
    database: Database,
) -> None:
    provider.create_client(emails=[leo.email])
    provider.enable_encryption()
    locked = crm_factory.new_session(provider)
    leo.submit("erasure")
    data_requests_function.invoke(DISPATCH)
    assert locked.get(CASES).status == 423
    assert len(rows(database, "inbox")) == 1
    assert rows(database, "data_request_cases") == []
    assert leo.answers() == []
    locked.unlock()
    (case,) = cases(locked)
    assert locked.post(f"{CASES}/{case['id']}/erase").json == {"state": "erased"}


def test_data_request_finds_client_merged_since(
    provider: CrmUser, leo: Requester, data_requests_function: FunctionClient
) -> None:
    first, second = (
        provider.create_client("First", emails=[leo.email]),
        provider.create_client("Second"),
    )
    leo.submit()
    data_requests_function.invoke(DISPATCH)
    assert [one["name"] for one in cases(provider)[0]["clients"]] == ["First"]
    body = {"absorbedId": first["id"], "version": second["version"]}
    assert provider.post(f"/clients/{second['id']}/merge", body).status == 200
    (case,) = cases(provider)
    assert case["clients"] == [{"id": second["id"], "name": "Second"}]


def test_data_request_dispatch_after_crash_resumes_without_duplicates(
    provider: CrmUser,
    nora: CrmUser,
    crm_factory: CrmFactory,
    leo: Requester,
    database: Database,
    database_as: Any,
) -> None:
    third = crm_factory.create_user("ada-wolf")
    keepers = {provider.user_id, nora.user_id, third.user_id}
    assert third.get("/clients").status == provider.get("/clients").status == 200
    leo.submit()

    class CrashingInbox(Inbox):
        """Crashes while the third workspace is processed."""

        calls = 0

        def seal(self, tenant: UUID, document: Any, context: Any) -> bytes:
            self.calls += 1
            if self.calls == 3:
                raise KeyboardInterrupt
            return super().seal(tenant, document, context)

    role = database_as("crm_data_requests")
    dispatcher = DataRequestDispatcher(
        role, CrashingInbox(settings.keys_table()), clock.now, batch_size=1
    )
    with pytest.raises(KeyboardInterrupt):
        dispatcher.dispatch_all()
    assert len(rows(database, "inbox")) == 2
    second_dispatcher = DataRequestDispatcher(
        role, Inbox(settings.keys_table()), clock.now, batch_size=1
    )
    assert [second_dispatcher.dispatch_all(), second_dispatcher.dispatch_all()] == [1, 0]
    # With the progress reset, the dispatch inserts the same rows again.
    with database.transaction() as work:
        work.execute("UPDATE crm.data_requests SET dispatched_at = NULL, dispatched_up_to = NULL")
    second_dispatcher.dispatch_all()
    inbox = rows(database, "inbox")
    assert sorted(one["provider_id"] for one in inbox) == sorted(keepers)


def test_data_request_repeated_within_thirty_days_conflicts(
    leo: Requester, database: Database
) -> None:
    leo.submit()
    refused = leo.web.post(OWN_REQUESTS, json={"kind": "access"})
    assert (refused.status, refused.problem["code"]) == (409, "data-request-repeated")
    leo.submit("erasure")
    with database.transaction() as work:
        work.execute("UPDATE crm.data_requests SET asked_at = asked_at - interval '31 days'")
    leo.submit()
    assert len(leo.web.get(OWN_REQUESTS).json["items"]) == 3


def test_data_request_of_closed_account_is_neither_dispatched_nor_answered(
    provider: CrmUser,
    leo: Requester,
    data_requests_function: FunctionClient,
    functions: Functions,
    database: Database,
) -> None:
    provider.create_client(emails=[leo.email])
    leo.submit()
    data_requests_function.invoke(DISPATCH)
    (case,) = cases(provider)
    deliver_events(functions("CrmConsumer"), AccountClosed(user_id=leo.user_id))
    assert rows(database, "data_requests") == []
    answer = {"sections": ["details"]}
    assert provider.post(f"{CASES}/{case['id']}/answer", answer).json == {"state": "answered"}
    assert rows(database, "data_request_answers") == []

    with database.transaction() as work:
        work.execute(
            "INSERT INTO crm.data_requests (id, user_id, kind, asked_at)"
            " VALUES (%s, %s, 'access', now())",
            (new_id(), new_id()),
        )
    assert data_requests_function.invoke(DISPATCH) == {"count": 0}
    assert rows(database, "data_requests")[0]["dispatched_at"] is not None


def test_data_requests_expired_are_deleted(
    provider: CrmUser, leo: Requester, data_requests_function: FunctionClient, database: Database
) -> None:
    provider.create_client(emails=[leo.email])
    leo.submit()
    data_requests_function.invoke(DISPATCH)
    (case,) = cases(provider)
    provider.post(f"{CASES}/{case['id']}/answer", {"sections": ["details"]})
    data_requests_function.invoke(RELEASE)
    age = timedelta(days=31)
    with database.transaction() as work:
        work.execute("UPDATE crm.data_request_answers SET released_at = released_at - %s", (age,))
    data_requests_function.invoke(RELEASE)
    assert leo.answers() == []
    leo.submit("erasure")
    data_requests_function.invoke(DISPATCH)
    with database.transaction() as work:
        work.execute("UPDATE crm.data_requests SET asked_at = asked_at - interval '91 days'")
        work.execute("UPDATE crm.inbox SET received_at = received_at - interval '91 days'")
        work.execute("UPDATE crm.data_request_cases SET delete_at = now()")
    data_requests_function.invoke(RELEASE)
    assert not any(rows(database, one) for one in ("data_requests", "data_request_cases", "inbox"))


def test_data_request_roles_read_only_their_own_rows(
    provider: CrmUser,
    leo: Requester,
    data_requests_function: FunctionClient,
    database: Database,
    database_as: Any,
) -> None:
    provider.create_client(emails=[leo.email])
    leo.submit()
    data_requests_function.invoke(DISPATCH)
    with database.transaction() as work:
        work.execute("UPDATE crm.inbox SET kind = 'booking'")
    with database_as("crm_data_requests").transaction() as work:
        work.set_local("app.provider_id", str(provider.user_id))
        assert (
            work.execute(
                "DELETE FROM crm.inbox WHERE provider_id = %s", (provider.user_id,)
            ).rowcount
            == 0
        )
    with database_as("crm_web").transaction() as work:
        OwnDataRequests(work, new_id()).set_subject()
        assert work.execute("SELECT id FROM crm.data_requests").fetchall() == []
        assert work.execute("SELECT id FROM crm.data_request_answers").fetchall() == []


def test_data_request_tables_link_neither_provider_nor_requester(
    provider: CrmUser,
    leo: Requester,
    data_requests_function: FunctionClient,
    database: Database,
    capsys: pytest.CaptureFixture[str],
) -> None:
    client = provider.create_client("Leo Brandt", emails=[leo.email])
    capsys.readouterr()
    leo.submit("erasure")
    data_requests_function.invoke(DISPATCH)
    (case,) = cases(provider)
    assert provider.post(f"{CASES}/{case['id']}/erase").status == 200
    data_requests_function.invoke(RELEASE)
    output = capsys.readouterr()
    with database.transaction() as work:
        outbox = work.execute("SELECT envelope::text FROM outbox.messages").fetchall()
        audit_details = str(work.execute("SELECT detail::text FROM crm.audit_log").fetchall())
    assert outbox == []
    for private in (leo.email, "Leo Brandt", client["id"]):
        assert private not in output.out + output.err + audit_details
