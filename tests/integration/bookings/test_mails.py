"""What happens to bookings is told by mail: to whom it concerns, neutrally, once, if still so."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from kit.db import Database
from kit.mail import Mail, SesMailer
from local.services.emulator import Emulator
from tests.factories.auth import Mailbox, ReceivedMail, sqs_event
from tests.factories.booking_api import Desk, Guest
from tests.factories.bookings import DAY, HOUR, NO_DEPOSIT, NOON, POLICY
from tests.fixtures.functions import FunctionClient
from tests.unit.auth.test_mails_rendering import REVEALING_WORDS

START = NOON + 3 * DAY


class Post:
    """The mailer, given what bookings say, as the bus and the queue would."""

    def __init__(self, desk: Desk, mailbox: Mailbox) -> None:
        self._desk, self._mailbox = desk, mailbox
        self._seen: set[UUID] = set()

    def deliver(self) -> None:
        """Give the mailer every event that it has not had, twice."""
        fresh = [row for row in self._desk.salon.outbox() if row["id"] not in self._seen]
        told = [row["envelope"] for row in fresh if row["type"] != "BookingRescheduled"]
        self._seen |= {row["id"] for row in fresh}
        for _ in range(2):
            assert self._mailbox.mailer.invoke(sqs_event(*told)) == {"batchItemFailures": []}

    @property
    def mailer(self) -> FunctionClient:
        """The function itself."""
        return self._mailbox.mailer

    def subjects(self, guest: Guest) -> list[str]:
        """Return the subjects of somebody's mails, the oldest first."""
        return [letter.subject for letter in self.letters(guest)]

    def letters(self, guest: Guest) -> list[ReceivedMail]:
        """Return somebody's mails."""
        return self._mailbox.mails_to(f"{guest.user_id}@example.test")


@pytest.fixture
def post(
    desk: Desk, database: Database, functions: Callable[..., FunctionClient], emulator: Emulator
) -> Post:
    return Post(desk, Mailbox(database, functions("AuthMailer"), emulator))


def asked(desk: Desk, policy: Any = POLICY, **changes: Any) -> tuple[Guest, Guest, str]:
    mira, client = desk.provider(policy=policy), desk.client()
    answer = client.ask(mira, START, **changes)
    assert answer.status == 201, answer.text
    return mira, client, f"/{answer.json['id']}"


def test_each_side_hears_what_concerns_it(desk: Desk, post: Post) -> None:
    mira, client, path = asked(desk, notes="I like tea.")
    post.deliver()
    mira.post(f"{path}/accept")
    post.deliver()
    mira.post(f"{path}/deposit-received")
    post.deliver()
    client.post(f"{path}/cancel", {"reason": "A fever."})
    post.deliver()

    assert post.subjects(mira) == [
        "You have a new request", "Your appointment is confirmed",
        "An appointment was cancelled",
    ]  # fmt: skip
    assert post.subjects(client) == [
        "Your request was accepted", "Your appointment is confirmed",
    ]  # fmt: skip
    first, second = post.letters(mira)[0], post.letters(client)[0]
    assert "within 24 hours" in first.text
    assert "within 6 hours" in second.text
    for letter in (*post.letters(mira), *post.letters(client)):
        link = f"https://hellomahi.test/bookings{path}\n"
        assert link in letter.text
        said = (letter.subject + letter.text).replace(link, "")
        assert not REVEALING_WORDS.search(said)
        for private in ("Mira", "tea", "fever", "Berlin", "berlin", "dinner", "EUR", "2027"):
            assert private not in said


def test_what_is_not_so_any_more_is_not_written(desk: Desk, post: Post) -> None:
    mira, client, path = asked(desk)
    client.post(f"{path}/cancel")
    post.deliver()

    assert post.subjects(mira) == ["An appointment was cancelled"]


def test_another_time(desk: Desk, post: Post) -> None:
    mira, client, path = asked(desk, NO_DEPOSIT)
    proposal = mira.post(f"{path}/propose", {"start": (START + DAY).isoformat()}).json
    post.deliver()
    assert post.subjects(client) == ["A new time was proposed"]
    client.post(f"{path}/accept-proposal", {"proposalId": proposal["id"]})
    post.deliver()

    for side in (mira, client):
        assert post.subjects(side)[-1] == "Your appointment has a new time"


def test_no_and_nothing_at_all(desk: Desk, post: Post) -> None:
    mira, client, path = asked(desk)
    mira.post(f"{path}/decline", {"reason": "Away."})
    client.ask(mira, START + DAY)
    desk.at(NOON + 25 * HOUR)
    desk.functions("BookingsScheduled").invoke({"job": "fire-due-timers"})
    post.deliver()

    assert post.subjects(client) == ["Your request was declined", "A request has expired"]


def test_reminders_go_to_both(desk: Desk, post: Post) -> None:
    mira, client, path = asked(desk, NO_DEPOSIT)
    mira.post(f"{path}/accept")
    for before in (24, 2):
        desk.at(START - before * HOUR)
        desk.functions("BookingsScheduled").invoke({"job": "fire-due-timers"})
    post.deliver()

    for side in (mira, client):
        texts = [one.text for one in post.letters(side) if one.subject == "Appointment reminder"]
        assert [text.split(" in about ")[1].split(".")[0] for text in texts] == [
            "24 hours", "2 hours",
        ]  # fmt: skip


def test_a_mail_that_fails_does_not_send_the_other_again(
    desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    mira, client, path = asked(desk, NO_DEPOSIT)
    post.deliver()
    mira.post(f"{path}/accept")
    (confirmed,) = [
        row["envelope"] for row in desk.salon.outbox() if row["type"] == "BookingConfirmed"
    ]
    send, broken = SesMailer.send, [f"{mira.user_id}@example.test"]

    def failing(self: SesMailer, mail: Mail) -> None:
        if mail.to in broken:
            raise OSError("the carrier is away")
        send(self, mail)

    monkeypatch.setattr(SesMailer, "send", failing)
    event = sqs_event(confirmed)
    (failed,) = post.mailer.invoke(event)["batchItemFailures"]
    assert failed == {"itemIdentifier": event["Records"][0]["messageId"]}
    assert post.subjects(client) == ["Your appointment is confirmed"]
    broken.clear()
    post.deliver()

    assert post.subjects(client) == ["Your appointment is confirmed"]
    assert post.subjects(mira) == ["You have a new request", "Your appointment is confirmed"]


def test_what_is_no_event_fails_alone(desk: Desk, post: Post) -> None:
    odd = {"messageId": "odd", "body": "[]"}

    assert post.mailer.invoke({"Records": [odd]}) == {
        "batchItemFailures": [{"itemIdentifier": "odd"}]
    }


def test_who_waits_hears_that_it_is_free(desk: Desk, post: Post) -> None:
    mira, client, path = asked(desk, NO_DEPOSIT)
    mira.post(f"{path}/accept")
    other = desk.client()
    waits = {
        "escortId": str(mira.escort_id), "from": START.isoformat(),
        "to": (START + DAY).isoformat(),
    }  # fmt: skip
    assert other.post("/waitlist", waits).status == 201
    client.post(f"{path}/cancel")
    post.deliver()

    assert post.subjects(other) == ["A time is available again"]
