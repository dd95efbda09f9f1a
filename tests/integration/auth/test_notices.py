"""Mails that other features' events lead to: still due, neutral, once, and easy to end."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import pytest

from contracts.escorts import ProfileAutoHidden, ProfileInactivityWarned, TextModerated
from kit.db import Database
from kit.ids import new_id
from kit.mail import Mail, SesMailer
from tests.factories.auth import Letter, Mailbox, records
from tests.factories.escorts import API, DirectoryWorld, Person
from tests.factories.saved_searches import create_saved_search, matched_events, run_saved_search_job
from tests.fixtures.functions import FunctionClient
from tests.unit.auth.test_mails import TRADE

type Functions = Callable[..., FunctionClient]


@pytest.fixture
def directory(database: Database, cloud: dict[str, str], functions: Functions) -> DirectoryWorld:
    return DirectoryWorld(database, cloud, functions)


@pytest.fixture
def staff(directory: DirectoryWorld) -> Person:
    return directory.staff()


@pytest.fixture
def client(directory: DirectoryWorld) -> Person:
    return directory.person("client")


def found(database: Database, functions: Functions) -> dict[str, Any]:
    """Let the morning come; return the one event that it leads to."""
    run_saved_search_job(database, functions("EscortsScheduled"))
    (envelope,) = matched_events(database)
    return envelope


def letters(mailbox: Mailbox, person: Person) -> list[Letter]:
    return mailbox.letters(f"{person.user_id}@example.test")


@pytest.mark.slow
def test_news_of_a_saved_search(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    database: Database,
    functions: Functions,
    mailbox: Mailbox,
) -> None:
    search_id = create_saved_search(client.web, location="berlin")
    directory.published(staff)
    directory.published(staff, name="Nora Lind")
    envelope = found(database, functions)
    event = records(envelope, envelope)
    assert mailbox.mailer.invoke(event) == {"batchItemFailures": []}
    mailbox.mailer.invoke(records(envelope))

    (letter,) = letters(mailbox, client)
    assert letter.subject == "Something new for you"
    assert "2 results" in letter.text
    assert "/saved-searches\n" in letter.text
    # The token of the link is random: any three letters may stand in it.
    (stop,) = re.findall(r"/saved-searches/stop/(\S{43})\s", letter.text)
    said = letter.subject + letter.text.replace(stop, "")
    for told in ("Mine", "Berlin", "berlin", "Mira", "Nora", search_id):
        assert told not in said
    assert not TRADE.search(said)
    with database.transaction() as work:
        row = work.execute("SELECT purpose::text, detail FROM auth.mails").fetchone()
    assert row == {"purpose": "saved-search", "detail": "2 results"}


@pytest.mark.slow
def test_the_link_in_it_ends_it(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    database: Database,
    functions: Functions,
    mailbox: Mailbox,
) -> None:
    create_saved_search(client.web)
    directory.published(staff)
    mailbox.mailer.invoke(records(found(database, functions)))
    path = re.search(r"https://[^/]+(/saved-searches/stop/\S+)", letters(mailbox, client)[0].text)
    assert path
    assert functions("Gateway").post(path[1], form={}).status == 200
    assert client.web.get(f"{API}/saved-searches").json["items"][0]["mail"] is False
    directory.published(staff, name="Nora Lind")
    assert run_saved_search_job(database, functions("EscortsScheduled")) == 0


@pytest.mark.parametrize("reason", ["hidden", "stopped", "deleted", "suspended", "closed"])
def test_what_changes_before_it_is_sent_counts(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    database: Database,
    functions: Functions,
    mailbox: Mailbox,
    reason: str,
) -> None:
    search_id = create_saved_search(client.web)
    provider = directory.published(staff)
    envelope = found(database, functions)
    match reason:
        case "hidden":
            assert provider.do("hide").status == 200
        case "stopped":
            body = {"name": "Mine", "query": {}, "mail": False}
            assert client.web.put(f"{API}/saved-searches/{search_id}", json=body).status == 200
        case "deleted":
            assert client.web.delete(f"{API}/saved-searches/{search_id}").status == 204
        case _:
            _end(database, client.user_id, reason)

    assert mailbox.mailer.invoke(records(envelope)) == {"batchItemFailures": []}

    assert letters(mailbox, client) == []
    with database.transaction() as work:
        assert work.execute("SELECT FROM auth.mails").fetchall() == []


def _end(database: Database, user_id: UUID, status: str) -> None:
    with database.transaction() as work:
        work.execute(
            """
            UPDATE auth.users SET status = %(status)s::auth.user_status,
                email = CASE WHEN %(status)s = 'closed' THEN NULL ELSE email END,
                closed_at = CASE WHEN %(status)s = 'closed' THEN now() END
            WHERE id = %(id)s
            """,
            {"status": status, "id": user_id},
        )


@pytest.mark.slow
def test_one_of_two_left_is_one(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    database: Database,
    functions: Functions,
    mailbox: Mailbox,
) -> None:
    create_saved_search(client.web)
    provider = directory.published(staff)
    directory.published(staff, name="Nora Lind")
    envelope = found(database, functions)
    assert envelope["data"]["count"] == 2
    provider.do("hide")
    mailbox.mailer.invoke(records(envelope))
    assert "1 result." in letters(mailbox, client)[0].text


def test_an_event_about_somebody_else_s_search_reaches_nobody(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    database: Database,
    functions: Functions,
    mailbox: Mailbox,
) -> None:
    create_saved_search(client.web)
    directory.published(staff)
    envelope = found(database, functions)
    other = directory.person("client")
    wrong = envelope | {"data": envelope["data"] | {"userId": str(other.user_id)}}
    mailbox.mailer.invoke(records(wrong))
    assert letters(mailbox, client) == letters(mailbox, other) == []


def test_an_owner_long_gone_is_warned_and_told(directory: DirectoryWorld, mailbox: Mailbox) -> None:
    provider = directory.provider()
    soon = ProfileInactivityWarned(
        profile_id=new_id(),
        user_id=provider.user_id,
        hides_at=datetime(2031, 5, 24, 23, 30, tzinfo=UTC),
    )
    hidden = ProfileAutoHidden(profile_id=new_id(), user_id=provider.user_id)
    nobody = ProfileAutoHidden(profile_id=new_id(), user_id=new_id())
    events = records(soon.envelope(), hidden.envelope(), nobody.envelope())
    assert mailbox.mailer.invoke(events) == {"batchItemFailures": []}
    first, second = letters(mailbox, provider)
    assert "24 May 2031" in first.text
    assert second.subject == "Your page is hidden"
    assert "/saved-searches/stop/" not in first.text + second.text


def test_whoever_has_to_change_a_text_is_told_and_not_who_need_not(
    directory: DirectoryWorld, mailbox: Mailbox
) -> None:
    provider = directory.provider()

    def read(decision: Literal["allowed", "refused"]) -> dict[str, Any]:
        return TextModerated(
            profile_id=new_id(), user_id=provider.user_id, review_id=new_id(), decision=decision
        ).envelope()

    events = records(read("allowed"), read("refused"))
    assert mailbox.mailer.invoke(events) == {"batchItemFailures": []}
    (letter,) = letters(mailbox, provider)
    assert letter.subject == "Something on your page has to change"
    assert "/login\n" in letter.text
    assert not TRADE.search(letter.subject + letter.text)


def test_an_unknown_event_waits_for_a_person(mailbox: Mailbox) -> None:
    envelope = ProfileAutoHidden(profile_id=new_id(), user_id=new_id()).envelope()
    answer = mailbox.mailer.invoke(records(envelope | {"type": "SomethingElse"}))
    assert len(answer["batchItemFailures"]) == 1


class Carrier:
    """Stands for SES: keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_email(self, **message: Any) -> None:
        self.sent.append(message)


def test_mail_programs_find_the_way_to_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    carrier = Carrier()
    monkeypatch.setattr("kit.aws.client", lambda _: carrier)
    headers = {"List-Unsubscribe": "<https://x.test/stop>"}
    SesMailer("no-reply@x.test").send(Mail("a@x.test", "S", "T", "H", headers))
    simple = carrier.sent[0]["Content"]["Simple"]
    assert simple["Headers"] == [{"Name": "List-Unsubscribe", "Value": "<https://x.test/stop>"}]
