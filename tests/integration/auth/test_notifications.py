"""Mail notifications of other features' events: current, neutral, sent once, easy to unsubscribe."""

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
from tests.factories.auth import Mailbox, ReceivedMail, sqs_event
from tests.factories.escorts import API, DirectoryWorld, Person
from tests.factories.saved_searches import create_saved_search, matched_events, run_saved_search_job
from tests.fixtures.functions import FunctionClient
from tests.unit.auth.test_mails_rendering import REVEALING_WORDS

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


def publish_saved_search_event(database: Database, functions: Functions) -> dict[str, Any]:
    """Run the morning's search job; return the one event that it publishes."""
    run_saved_search_job(database, functions("EscortsScheduled"))
    (envelope,) = matched_events(database)
    return envelope


def mails_to(mailbox: Mailbox, person: Person) -> list[ReceivedMail]:
    return mailbox.mails_to(f"{person.user_id}@example.test")


@pytest.mark.slow
def test_saved_search_mail_is_neutral_and_sent_once(
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
    envelope = publish_saved_search_event(database, functions)
    event = sqs_event(envelope, envelope)
    assert mailbox.mailer.invoke(event) == {"batchItemFailures": []}
    mailbox.mailer.invoke(sqs_event(envelope))

    (mail,) = mails_to(mailbox, client)
    assert mail.subject == "New results for you"
    assert "2 results" in mail.text
    assert "/saved-searches\n" in mail.text
    # The token of the link is random, so it may contain any of the content.
    (unsubscribe_token,) = re.findall(r"/saved-searches/stop/(\S{43})\s", mail.text)
    text = mail.subject + mail.text.replace(unsubscribe_token, "")
    for private in ("Mine", "Berlin", "berlin", "Mira", "Nora", search_id):
        assert private not in text
    assert not REVEALING_WORDS.search(text)
    with database.transaction() as work:
        row = work.execute("SELECT purpose::text, detail FROM auth.mails").fetchone()
    assert row == {"purpose": "saved-search", "detail": "2"}


@pytest.mark.slow
def test_saved_search_mail_unsubscribe_link_ends_mails(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    database: Database,
    functions: Functions,
    mailbox: Mailbox,
) -> None:
    create_saved_search(client.web)
    directory.published(staff)
    mailbox.mailer.invoke(sqs_event(publish_saved_search_event(database, functions)))
    path = re.search(r"https://[^/]+(/saved-searches/stop/\S+)", mails_to(mailbox, client)[0].text)
    assert path
    assert functions("Gateway").post(path[1], form={}).status == 200
    assert client.web.get(f"{API}/saved-searches").json["items"][0]["mail"] is False
    directory.published(staff, name="Nora Lind")
    assert run_saved_search_job(database, functions("EscortsScheduled")) == 0


@pytest.mark.parametrize("reason", ["hidden", "stopped", "deleted", "suspended", "closed"])
def test_saved_search_mail_outdated_event_sends_nothing(
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
    envelope = publish_saved_search_event(database, functions)
    match reason:
        case "hidden":
            assert provider.do("hide").status == 200
        case "stopped":
            body = {"name": "Mine", "query": {}, "mail": False}
            assert client.web.put(f"{API}/saved-searches/{search_id}", json=body).status == 200
        case "deleted":
            assert client.web.delete(f"{API}/saved-searches/{search_id}").status == 204
        case _:
            _end_account(database, client.user_id, reason)

    assert mailbox.mailer.invoke(sqs_event(envelope)) == {"batchItemFailures": []}

    assert mails_to(mailbox, client) == []
    with database.transaction() as work:
        assert work.execute("SELECT FROM auth.mails").fetchall() == []


def _end_account(database: Database, user_id: UUID, status: str) -> None:
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
def test_saved_search_mail_uses_the_current_count(
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
    envelope = publish_saved_search_event(database, functions)
    assert envelope["data"]["count"] == 2
    provider.do("hide")
    mailbox.mailer.invoke(sqs_event(envelope))
    assert "1 result." in mails_to(mailbox, client)[0].text


def test_saved_search_mail_wrong_user_sends_nothing(
    directory: DirectoryWorld,
    staff: Person,
    client: Person,
    database: Database,
    functions: Functions,
    mailbox: Mailbox,
) -> None:
    create_saved_search(client.web)
    directory.published(staff)
    envelope = publish_saved_search_event(database, functions)
    other = directory.person("client")
    wrong = envelope | {"data": envelope["data"] | {"userId": str(other.user_id)}}
    mailbox.mailer.invoke(sqs_event(wrong))
    assert mails_to(mailbox, client) == mails_to(mailbox, other) == []


def test_inactivity_events_send_warning_and_hidden_mail(
    directory: DirectoryWorld, mailbox: Mailbox
) -> None:
    provider = directory.provider()
    warned = ProfileInactivityWarned(
        profile_id=new_id(),
        user_id=provider.user_id,
        hides_at=datetime(2031, 5, 24, 23, 30, tzinfo=UTC),
    )
    hidden_event = ProfileAutoHidden(profile_id=new_id(), user_id=provider.user_id)
    unknown_user = ProfileAutoHidden(profile_id=new_id(), user_id=new_id())
    events = sqs_event(warned.envelope(), hidden_event.envelope(), unknown_user.envelope())
    assert mailbox.mailer.invoke(events) == {"batchItemFailures": []}
    first, second = mails_to(mailbox, provider)
    assert "24 May 2031" in first.text
    assert second.subject == "Your page is hidden"
    assert "/saved-searches/stop/" not in first.text + second.text


def test_text_moderated_sends_mail_only_if_refused(
    directory: DirectoryWorld, mailbox: Mailbox
) -> None:
    provider = directory.provider()

    def moderated(decision: Literal["allowed", "refused"]) -> dict[str, Any]:
        return TextModerated(
            profile_id=new_id(), user_id=provider.user_id, review_id=new_id(), decision=decision
        ).envelope()

    events = sqs_event(moderated("allowed"), moderated("refused"))
    assert mailbox.mailer.invoke(events) == {"batchItemFailures": []}
    (mail,) = mails_to(mailbox, provider)
    assert mail.subject == "Changes needed on your page"
    assert "/login\n" in mail.text
    assert not REVEALING_WORDS.search(mail.subject + mail.text)


def test_mailer_unknown_event_is_reported_as_failure(mailbox: Mailbox) -> None:
    envelope = ProfileAutoHidden(profile_id=new_id(), user_id=new_id()).envelope()
    answer = mailbox.mailer.invoke(sqs_event(envelope | {"type": "SomethingElse"}))
    assert len(answer["batchItemFailures"]) == 1


class FakeSes:
    """SES client that stores the messages it is given."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_email(self, **message: Any) -> None:
        self.sent.append(message)


def test_ses_mailer_sends_list_unsubscribe_header(monkeypatch: pytest.MonkeyPatch) -> None:
    ses = FakeSes()
    monkeypatch.setattr("kit.aws.client", lambda _: ses)
    headers = {"List-Unsubscribe": "<https://x.test/stop>"}
    SesMailer("no-reply@x.test").send(Mail("a@x.test", "S", "T", "H", headers))
    simple = ses.sent[0]["Content"]["Simple"]
    assert simple["Headers"] == [{"Name": "List-Unsubscribe", "Value": "<https://x.test/stop>"}]
