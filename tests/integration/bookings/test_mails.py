"""Booking mails: to the concerned participants, in neutral words, once, and only if still true."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from kit.db import Database
from kit.mail import Mail, SesMailer
from local.services.emulator import Emulator
from tests.factories.auth import Mailbox, ReceivedMail, sqs_event
from tests.factories.booking_api import ApiUser, ApiWorld
from tests.factories.bookings import DAY, HOUR, NO_DEPOSIT, NOON, POLICY
from tests.fixtures.functions import FunctionClient
from tests.unit.auth.test_mails_rendering import REVEALING_WORDS

START = NOON + 3 * DAY


class MailDelivery:
    """Delivery of booking events to the mailer, as by bus and queue."""

    def __init__(self, api: ApiWorld, mailbox: Mailbox) -> None:
        self._desk, self._mailbox = api, mailbox
        self._seen: set[UUID] = set()

    def deliver(self) -> None:
        """Give the mailer every event that it has not had, twice."""
        fresh = [row for row in self._desk.bookings.outbox() if row["id"] not in self._seen]
        envelopes = [row["envelope"] for row in fresh if row["type"] != "BookingRescheduled"]
        self._seen |= {row["id"] for row in fresh}
        for _ in range(2):
            assert self._mailbox.mailer.invoke(sqs_event(*envelopes)) == {"batchItemFailures": []}

    @property
    def mailer(self) -> FunctionClient:
        """The function itself."""
        return self._mailbox.mailer

    def subjects(self, guest: ApiUser) -> list[str]:
        """Return the subjects of a user's mails, oldest first."""
        return [letter.subject for letter in self.mails_to(guest)]

    def mails_to(self, guest: ApiUser) -> list[ReceivedMail]:
        """Return a user's mails."""
        return self._mailbox.mails_to(f"{guest.user_id}@example.test")


@pytest.fixture
def mails(
    api: ApiWorld, database: Database, functions: Callable[..., FunctionClient], emulator: Emulator
) -> MailDelivery:
    return MailDelivery(api, Mailbox(database, functions("AuthMailer"), emulator))


def send_request(
    api: ApiWorld, policy: Any = POLICY, **changes: Any
) -> tuple[ApiUser, ApiUser, str]:
    provider, client = api.provider(policy=policy), api.client()
    answer = client.ask(provider, START, **changes)
    assert answer.status == 201, answer.text
    return provider, client, f"/{answer.json['id']}"


def test_booking_mails_reach_concerned_participants(api: ApiWorld, mails: MailDelivery) -> None:
    provider, client, path = send_request(api, notes="I like tea.")
    mails.deliver()
    provider.post(f"{path}/accept")
    mails.deliver()
    provider.post(f"{path}/deposit-received")
    mails.deliver()
    client.post(f"{path}/cancel", {"reason": "A fever."})
    mails.deliver()

    assert mails.subjects(provider) == [
        "You have a new request", "Your appointment is confirmed",
        "An appointment was cancelled",
    ]  # fmt: skip
    assert mails.subjects(client) == [
        "Your request was accepted", "Your appointment is confirmed",
    ]  # fmt: skip
    first, second = mails.mails_to(provider)[0], mails.mails_to(client)[0]
    assert "within 24 hours" in first.text
    assert "within 6 hours" in second.text
    for letter in (*mails.mails_to(provider), *mails.mails_to(client)):
        link = f"https://hellomahi.test/bookings{path}\n"
        assert link in letter.text
        words_of_mail = (letter.subject + letter.text).replace(link, "")
        assert not REVEALING_WORDS.search(words_of_mail)
        for private in ("Mira", "tea", "fever", "Berlin", "berlin", "dinner", "EUR", "2027"):
            assert private not in words_of_mail


def test_booking_mails_outdated_event_sends_nothing(api: ApiWorld, mails: MailDelivery) -> None:
    provider, client, path = send_request(api)
    client.post(f"{path}/cancel")
    mails.deliver()

    assert mails.subjects(provider) == ["An appointment was cancelled"]


def test_booking_mails_proposal_and_reschedule(api: ApiWorld, mails: MailDelivery) -> None:
    provider, client, path = send_request(api, NO_DEPOSIT)
    proposal = provider.post(f"{path}/propose", {"start": (START + DAY).isoformat()}).json
    mails.deliver()
    assert mails.subjects(client) == ["A new time was proposed"]
    client.post(f"{path}/accept-proposal", {"proposalId": proposal["id"]})
    mails.deliver()

    for side in (provider, client):
        assert mails.subjects(side)[-1] == "Your appointment has a new time"


def test_booking_mails_declined_and_expired_requests(api: ApiWorld, mails: MailDelivery) -> None:
    provider, client, path = send_request(api)
    provider.post(f"{path}/decline", {"reason": "Away."})
    client.ask(provider, START + DAY)
    api.at(NOON + 25 * HOUR)
    api.functions("BookingsScheduled").invoke({"job": "fire-due-timers"})
    mails.deliver()

    assert mails.subjects(client) == ["Your request was declined", "A request has expired"]


def test_booking_mails_reminders_reach_both_participants(
    api: ApiWorld, mails: MailDelivery
) -> None:
    provider, client, path = send_request(api, NO_DEPOSIT)
    provider.post(f"{path}/accept")
    for before in (24, 2):
        api.at(START - before * HOUR)
        api.functions("BookingsScheduled").invoke({"job": "fire-due-timers"})
    mails.deliver()

    for side in (provider, client):
        texts = [one.text for one in mails.mails_to(side) if one.subject == "A reminder"]
        assert [text.split(" in about ")[1].split(".")[0] for text in texts] == [
            "24 hours", "2 hours",
        ]  # fmt: skip


def test_booking_mails_one_failure_does_not_resend_other(
    api: ApiWorld, mails: MailDelivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, client, path = send_request(api, NO_DEPOSIT)
    mails.deliver()
    provider.post(f"{path}/accept")
    (confirmed,) = [
        row["envelope"] for row in api.bookings.outbox() if row["type"] == "BookingConfirmed"
    ]
    send, broken = SesMailer.send, [f"{provider.user_id}@example.test"]

    def failing(self: SesMailer, mail: Mail) -> None:
        if mail.to in broken:
            raise OSError("the carrier is away")
        send(self, mail)

    monkeypatch.setattr(SesMailer, "send", failing)
    event = sqs_event(confirmed)
    (failed,) = mails.mailer.invoke(event)["batchItemFailures"]
    assert failed == {"itemIdentifier": event["Records"][0]["messageId"]}
    assert mails.subjects(client) == ["Your appointment is confirmed"]
    broken.clear()
    mails.deliver()

    assert mails.subjects(client) == ["Your appointment is confirmed"]
    assert mails.subjects(provider) == ["You have a new request", "Your appointment is confirmed"]


def test_booking_mails_malformed_record_fails_alone(api: ApiWorld, mails: MailDelivery) -> None:
    odd = {"messageId": "odd", "body": "[]"}

    assert mails.mailer.invoke({"Records": [odd]}) == {
        "batchItemFailures": [{"itemIdentifier": "odd"}]
    }


def test_booking_mails_waitlist_entry_is_notified(api: ApiWorld, mails: MailDelivery) -> None:
    provider, client, path = send_request(api, NO_DEPOSIT)
    provider.post(f"{path}/accept")
    other = api.client()
    waits = {
        "escortId": str(provider.profile_id), "from": START.isoformat(),
        "to": (START + DAY).isoformat(),
    }  # fmt: skip
    assert other.post("/waitlist", waits).status == 201
    client.post(f"{path}/cancel")
    mails.deliver()

    assert mails.subjects(other) == ["A time is available again"]
