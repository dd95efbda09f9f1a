"""Somebody asks every book what it keeps: no book that does not know them learns of them, and they learn of nobody."""

import json
from collections.abc import Callable
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
from kit.auth import Audience
from kit.db import Database
from kit.ids import new_id
from local.services.emulator import Emulator
from local.services.messages import mails
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_events import BookingFixture, deliver_events
from tests.factories.escorts import make_account, sign_in
from tests.fixtures.functions import FunctionClient

type Functions = Callable[..., FunctionClient]
type Rows = list[dict[str, Any]]
OWN = "/api/v1/privacy/requests"
CASES = "/subject-requests"
ASK, HAND_OVER = {"job": "dispatch-data-requests"}, {"job": "release-data-request-answers"}


class Person:
    """A client who is signed in to the site."""

    def __init__(self, owner: Database, cloud: dict[str, str], functions: Functions) -> None:
        self.user_id = make_account(owner, "client")
        self.email = f"{self.user_id}@example.test"
        token = sign_in(cloud, self.user_id, "client", Audience.SITE)
        self.web = functions("Gateway", token=token)

    def ask(self, kind: str = "access") -> dict[str, Any]:
        """Ask all books."""
        answer = self.web.post(OWN, json={"kind": kind})
        assert answer.status == 202, answer.text
        asked: dict[str, Any] = answer.json
        return asked

    def answers(self) -> Rows:
        """Return what was answered to all of it."""
        found = self.web.get(OWN)
        assert found.status == 200, found.text
        return [answer for one in found.json["items"] for answer in one["answers"]]


@pytest.fixture
def leo(database: Database, cloud: dict[str, str], functions: Functions) -> Person:
    return Person(database, cloud, functions)


@pytest.fixture
def nora(crm_factory: CrmFactory) -> CrmUser:
    """A provider with a book in which nobody is."""
    nora = crm_factory.create_user("nora-lind")
    assert nora.get("/clients").json["items"] == []
    return nora


@pytest.fixture
def subjects(functions: Functions) -> FunctionClient:
    return functions("CrmDataRequests")


def rows(database: Database, table: str, where: str = "true") -> Rows:
    """Return a table of the schema as its owner sees it."""
    with database.transaction() as work:
        return work.execute(f"SELECT * FROM crm.{table} WHERE {where} ORDER BY id").fetchall()


def cases(user: CrmUser) -> Rows:
    """Return who asks, as she sees it."""
    answer = user.get(CASES)
    assert answer.status == 200, answer.text
    found: Rows = answer.json["items"]
    return found


def test_one_book_knows_them_and_the_other_learns_nothing(
    provider: CrmUser, nora: CrmUser, leo: Person, subjects: FunctionClient, database: Database
) -> None:
    known = provider.create_client("Leo Brandt", emails=[leo.email.upper()])
    asked = leo.ask()
    assert subjects.invoke(ASK) == {"count": 2}
    sealed = [bytes(one["sealed"]) for one in rows(database, "inbox")]
    assert len(sealed) == 2
    assert len({len(one) for one in sealed}) == 1
    assert not any(leo.email.encode() in one or leo.user_id.bytes in one for one in sealed)

    (case,) = cases(provider)
    assert case["clients"] == [{"id": known["id"], "name": "Leo Brandt"}]
    assert (case["kind"], case["state"]) == ("access", "open")
    assert case["dueAt"] == asked["dueAt"]
    assert cases(nora) == []
    assert nora.get("/clients").json["items"] == nora.get("/tasks").json["items"] == []
    # What a reader of the tables sees of both is the same.
    kept = rows(database, "data_request_cases")
    assert {one["provider_id"] for one in kept} == {provider.user_id, nora.user_id}
    assert len({len(one["encrypted_payload"]) for one in kept}) == 1
    assert len({one["delete_at"] for one in kept}) == 1
    assert rows(database, "inbox") == rows(database, "data_request_answers") == []
    # Asked once more, as after a restore: nothing is there twice.
    with database.transaction() as work:
        work.execute("UPDATE crm.data_requests SET notified_at = NULL, dispatched_up_to = NULL")
    subjects.invoke(ASK)
    assert (cases(provider), cases(nora)) == ([case], [])
    assert rows(database, "data_request_cases") == kept
    for path, body in (
        ("answer", {"sections": ["details"]}),
        ("decline", {"reason": "legal-duty"}),
    ):
        for row in kept:
            if row["provider_id"] == nora.user_id:
                assert nora.post(f"{CASES}/{row['id']}/{path}", body).status == 404
    assert nora.post(f"{CASES}/{case['id']}/erase").status == 404


@pytest.mark.slow
def test_what_is_kept_is_handed_out_by_night_and_names_nobody(
    provider: CrmUser,
    nora: CrmUser,
    leo: Person,
    subjects: FunctionClient,
    database: Database,
    emulator: Emulator,
) -> None:
    known = provider.create_client("Leo Brandt", emails=[leo.email], notes="Her own safety note.")
    visit = {
        "clientId": known["id"], "startsAt": "2026-03-01T20:00:00Z", "timeZone": "Europe/Berlin",
        "durationMinutes": 60, "type": "incall", "status": "completed", "currency": "EUR",
        "rateMinor": 50000, "receivedMinor": 50000, "paymentStatus": "paid",
    }  # fmt: skip
    assert provider.post("/visits", visit).status == 201
    assert (
        provider.post("/references", {"clientId": known["id"], "name": "Third Party"}).status == 201
    )
    leo.ask()
    subjects.invoke(ASK)
    (case,) = cases(provider)
    summary = provider.get(f"{CASES}/{case['id']}/summary").json["sections"]
    assert [(one["name"], one["given"]) for one in summary] == [
        ("details", True), ("visits", True), ("notes", False),
    ]  # fmt: skip
    assert "Third Party" not in json.dumps(summary)
    path = f"{CASES}/{case['id']}"
    assert provider.post(f"{path}/erase").problem["code"] == "not-asked-for"
    assert provider.post(f"{path}/answer", {"sections": ["other"]}).problem["field"] == "sections"
    chosen = {"sections": [one["name"] for one in summary if one["given"]]}
    assert provider.post(f"{path}/answer", chosen).json == {"state": "answered"}
    assert provider.post(f"{path}/answer", chosen).problem["code"] == "answered-already"

    assert leo.answers() == []
    (stored,) = rows(database, "data_request_answers")
    assert b"Leo Brandt" not in stored["sealed"]
    for _ in range(2):
        subjects.invoke(HAND_OVER)
    (answer,) = leo.answers()
    assert answer["outcome"] == "answered"
    for told in ("Leo Brandt", leo.email, "01 March 2026, 21:00", "500.00 EUR"):
        assert told in answer["text"]
    for private in (
        "Mira",
        "mira-valen",
        str(provider.user_id),
        "Nora",
        "safety note",
        "Third Party",
    ):
        assert private not in json.dumps(leo.web.get(OWN).json)
    (mail,) = (one for one in mails(emulator) if leo.email in one.to)
    assert mail.subject == "An answer waits"
    assert list(mail.links) == ["https://hellomahi.test/privacy"]
    assert "Mira" not in mail.text + mail.html


def test_a_booked_client_is_known_without_an_address_and_erased(
    provider: CrmUser,
    leo: Person,
    subjects: FunctionClient,
    functions: Functions,
    database: Database,
) -> None:
    assert provider.get("/clients").json["items"] == []
    booking = BookingFixture(provider_id=provider.user_id, client_id=leo.user_id)
    deliver_events(functions("CrmConsumer"), booking.confirmed())
    leo.ask("erasure")
    subjects.invoke(ASK)
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
    subjects.invoke(HAND_OVER)
    (answer,) = leo.answers()
    assert answer["outcome"] == "erased"


def test_a_legal_hold_goes_before_and_they_are_told_so(
    provider: CrmUser, leo: Person, subjects: FunctionClient
) -> None:
    known = provider.create_client(emails=[leo.email])
    hold = {"clientId": known["id"], "reason": "A court asked."}
    assert provider.post("/holds", hold).status == 201
    leo.ask("erasure")
    subjects.invoke(ASK)
    (case,) = cases(provider)
    assert provider.post(f"{CASES}/{case['id']}/erase").json == {"state": "kept"}
    assert provider.get(f"/clients/{known['id']}").status == 200
    subjects.invoke(HAND_OVER)
    (answer,) = leo.answers()
    assert answer["outcome"] == "kept"
    assert "court" not in answer["text"]


@pytest.mark.parametrize(("reason", "told"), [("somebody-else", 0), ("others-rights", 1)])
def test_a_refusal_has_a_reason_and_silence_about_somebody_else(
    provider: CrmUser, leo: Person, subjects: FunctionClient, reason: str, told: int
) -> None:
    provider.create_client(emails=[leo.email])
    leo.ask()
    subjects.invoke(ASK)
    (case,) = cases(provider)
    path = f"{CASES}/{case['id']}/decline"
    assert provider.post(path, {"reason": "no wish"}).status == 422
    assert provider.post(path, {"reason": reason}).json == {"state": "declined"}
    subjects.invoke(HAND_OVER)
    assert len(leo.answers()) == told


def test_a_locked_book_is_asked_and_answers_once_it_is_opened(
    provider: CrmUser,
    crm_factory: CrmFactory,
    leo: Person,
    subjects: FunctionClient,
    database: Database,
) -> None:
    provider.create_client(emails=[leo.email])
    provider.enable_encryption()
    locked = crm_factory.new_session(provider)
    leo.ask("erasure")
    subjects.invoke(ASK)
    assert locked.get(CASES).status == 423
    assert len(rows(database, "inbox")) == 1
    assert rows(database, "data_request_cases") == []
    assert leo.answers() == []
    locked.unlock()
    (case,) = cases(locked)
    assert locked.post(f"{CASES}/{case['id']}/erase").json == {"state": "erased"}


def test_whoever_was_merged_since_is_still_found(
    provider: CrmUser, leo: Person, subjects: FunctionClient
) -> None:
    first, second = (
        provider.create_client("First", emails=[leo.email]),
        provider.create_client("Second"),
    )
    leo.ask()
    subjects.invoke(ASK)
    assert [one["name"] for one in cases(provider)[0]["clients"]] == ["First"]
    body = {"absorbedId": first["id"], "version": second["version"]}
    assert provider.post(f"/clients/{second['id']}/merge", body).status == 200
    (case,) = cases(provider)
    assert case["clients"] == [{"id": second["id"], "name": "Second"}]


def test_killed_in_the_middle_it_goes_on_and_asks_nobody_twice(
    provider: CrmUser,
    nora: CrmUser,
    crm_factory: CrmFactory,
    leo: Person,
    database: Database,
    database_as: Any,
) -> None:
    third = crm_factory.create_user("ada-wolf")
    keepers = {provider.user_id, nora.user_id, third.user_id}
    assert third.get("/clients").status == provider.get("/clients").status == 200
    leo.ask()

    class Dying(Inbox):
        """Dies while the third book is asked."""

        calls = 0

        def seal(self, tenant: UUID, document: Any, context: Any) -> bytes:
            self.calls += 1
            if self.calls == 3:
                raise KeyboardInterrupt
            return super().seal(tenant, document, context)

    role = database_as("crm_data_requests")
    asking = DataRequestDispatcher(role, Dying(settings.keys_table()), clock.now, slice=1)
    with pytest.raises(KeyboardInterrupt):
        asking.run()
    assert len(rows(database, "inbox")) == 2
    again = DataRequestDispatcher(role, Inbox(settings.keys_table()), clock.now, slice=1)
    assert [again.run(), again.run()] == [1, 0]
    # Told that it never happened, it puts the same rows there once more.
    with database.transaction() as work:
        work.execute("UPDATE crm.data_requests SET notified_at = NULL, dispatched_up_to = NULL")
    again.run()
    inbox = rows(database, "inbox")
    assert sorted(one["provider_id"] for one in inbox) == sorted(keepers)


def test_the_same_is_asked_once_in_thirty_days(leo: Person, database: Database) -> None:
    leo.ask()
    refused = leo.web.post(OWN, json={"kind": "access"})
    assert (refused.status, refused.problem["code"]) == (409, "asked-already")
    leo.ask("erasure")
    with database.transaction() as work:
        work.execute("UPDATE crm.data_requests SET asked_at = asked_at - interval '31 days'")
    leo.ask()
    assert len(leo.web.get(OWN).json["items"]) == 3


def test_who_leaves_is_asked_about_no_further_and_answered_no_more(
    provider: CrmUser,
    leo: Person,
    subjects: FunctionClient,
    functions: Functions,
    database: Database,
) -> None:
    provider.create_client(emails=[leo.email])
    leo.ask()
    subjects.invoke(ASK)
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
    assert subjects.invoke(ASK) == {"count": 0}
    assert rows(database, "data_requests")[0]["notified_at"] is not None


def test_what_is_over_is_forgotten(
    provider: CrmUser, leo: Person, subjects: FunctionClient, database: Database
) -> None:
    provider.create_client(emails=[leo.email])
    leo.ask()
    subjects.invoke(ASK)
    (case,) = cases(provider)
    provider.post(f"{CASES}/{case['id']}/answer", {"sections": ["details"]})
    subjects.invoke(HAND_OVER)
    age = timedelta(days=31)
    with database.transaction() as work:
        work.execute("UPDATE crm.data_request_answers SET released_at = released_at - %s", (age,))
    subjects.invoke(HAND_OVER)
    assert leo.answers() == []
    leo.ask("erasure")
    subjects.invoke(ASK)
    with database.transaction() as work:
        work.execute("UPDATE crm.data_requests SET asked_at = asked_at - interval '91 days'")
        work.execute("UPDATE crm.inbox SET received_at = received_at - interval '91 days'")
        work.execute("UPDATE crm.data_request_cases SET delete_at = now()")
    subjects.invoke(HAND_OVER)
    assert not any(rows(database, one) for one in ("data_requests", "data_request_cases", "inbox"))


def test_no_role_sees_more_than_its_own(
    provider: CrmUser, leo: Person, subjects: FunctionClient, database: Database, database_as: Any
) -> None:
    provider.create_client(emails=[leo.email])
    leo.ask()
    subjects.invoke(ASK)
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


def test_nothing_that_leaves_the_database_names_either_side(
    provider: CrmUser,
    leo: Person,
    subjects: FunctionClient,
    database: Database,
    capsys: pytest.CaptureFixture[str],
) -> None:
    known = provider.create_client("Leo Brandt", emails=[leo.email])
    capsys.readouterr()
    leo.ask("erasure")
    subjects.invoke(ASK)
    (case,) = cases(provider)
    assert provider.post(f"{CASES}/{case['id']}/erase").status == 200
    subjects.invoke(HAND_OVER)
    said = capsys.readouterr()
    with database.transaction() as work:
        outbox = work.execute("SELECT envelope::text FROM outbox.messages").fetchall()
        trail = str(work.execute("SELECT detail::text FROM crm.audit_log").fetchall())
    assert outbox == []
    for private in (leo.email, "Leo Brandt", known["id"]):
        assert private not in said.out + said.err + trail
