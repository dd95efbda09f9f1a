"""Mails to inactive providers: every function on the way, over a bus and a queue."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from kit import aws
from kit.auth import Audience
from local.servers import Server, reserve
from local.services.asynchronous import AsynchronousInvoker
from local.services.bus import EventBus
from local.services.emulator import ACCOUNT, Emulator
from local.services.provision import provision
from local.services.targets import Queues, Targets
from local.template import Physical, Template
from tests.factories.escorts import DirectoryWorld, Person, sign_in
from tests.factories.waiting import PATIENCE
from tests.fixtures.functions import FunctionClient
from tests.unit.auth.test_mails_rendering import REVEALING_WORDS

type Functions = Callable[..., FunctionClient]
# The same rule as in stacks/auth_stack.py (tests/infrastructure/test_functions.py compares the template).
HEARD = [
    "MailQueued", "SavedSearchMatched", "ProfileInactivityWarned", "ProfileAutoHidden", "TextModerated",
]  # fmt: skip


def resources(bus: str) -> dict[str, Any]:
    pattern = {"source": ["hellomahi.auth", "hellomahi.escorts"], "detail-type": HEARD}
    return {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": bus}},
        "AuthMail": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "ToMailer": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventBusName": bus,
                "EventPattern": pattern,
                "Targets": [{"Arn": {"Fn::GetAtt": ["AuthMail", "Arn"]}}],
            },
        },
    }


class MailDelivery:
    """Way from the bus to the mailer, and the mails that were sent."""

    def __init__(self, emulator: Emulator, mailer: FunctionClient) -> None:
        self.bus = f"bus-{uuid4().hex[:8]}"
        self._emulator, self._mailer = emulator, mailer
        template = Template.from_templates(**{self.bus: {"Resources": resources(self.bus)}})
        physical = Physical(region=emulator.region)
        provision(template, emulator, physical)
        resolver = template.resolver(physical)
        self._sqs = emulator.client("sqs")
        known = physical.get(template.queues[0].resource)
        assert known is not None
        self._queue = known.ref
        queues = Queues(self._sqs, resolver)
        # No rule of this template calls a function directly.
        invoker = AsynchronousInvoker(_NoRuntime(), template.functions, queues.send)
        targets = Targets(template, resolver, queues.send, invoker)
        self.listener = reserve(0)
        self.server = Server(EventBus(template, physical, targets), self.listener)

    def deliver(self) -> list[str]:
        """Hand the queue's messages to the mailer; return the types of the events."""
        answer = self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=1
        )
        found = answer.get("Messages", [])
        records = [{"messageId": one["MessageId"], "body": one["Body"]} for one in found]
        if records:
            assert self._mailer.invoke({"Records": records}) == {"batchItemFailures": []}
        for one in found:
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=one["ReceiptHandle"])
        return [json.loads(one["Body"])["detail-type"] for one in found]

    def mails(self, person: Person) -> list[dict[str, Any]]:
        """Return the mails to a provider, the oldest first."""
        address = f"{person.user_id}@example.test"
        messages = self._emulator.request("GET", "/_ministack/ses/messages")["messages"]
        return [mail for mail in messages.get(ACCOUNT, []) if mail["To"] == [address]]


class _NoRuntime:
    """Runtime that runs no function."""

    async def invoke(self, *_: Any) -> Any:
        raise AssertionError("nothing is called but by the test")


@pytest.fixture
def mail_delivery(
    emulator: Emulator, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MailDelivery]:
    mail_delivery, loop = MailDelivery(emulator, functions("AuthMailer")), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(mail_delivery.server.start(), loop).result(PATIENCE)
    endpoint = f"http://127.0.0.1:{mail_delivery.listener.getsockname()[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", endpoint)
    monkeypatch.setenv("EVENT_BUS_NAME", mail_delivery.bus)
    monkeypatch.setenv("PUBLIC_ORIGIN", "https://hellomahi.test")
    aws.reset_clients()
    yield mail_delivery
    aws.reset_clients()
    asyncio.run_coroutine_threadsafe(mail_delivery.server.stop(), loop).result(PATIENCE)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(PATIENCE)


@pytest.fixture
def run_daily_job(functions: Functions, mail_delivery: MailDelivery) -> Callable[[], list[str]]:
    """Return a function that runs the daily job, relays its events to the bus, and runs the mailer."""

    def run() -> list[str]:
        functions("EscortsScheduled").invoke({"job": "hide-inactive-profiles"})
        functions("OperationsRelay").invoke({"job": "relay"})
        return mail_delivery.deliver()

    return run


@pytest.mark.slow
def test_inactive_provider_gets_two_discreet_mails(
    directory: DirectoryWorld,
    staff: Person,
    mail_delivery: MailDelivery,
    run_daily_job: Callable[[], list[str]],
    shift: Callable[[float], None],
) -> None:
    provider = directory.published(staff)
    shift(82)
    assert run_daily_job() == []
    shift(84)
    assert run_daily_job() == ["ProfileInactivityWarned"]
    assert run_daily_job() == []
    shift(91.5)
    assert run_daily_job() == ["ProfileAutoHidden"]

    warned, hidden = mail_delivery.mails(provider)
    assert warned["Subject"] == "We have not seen you for a while"
    assert "will be hidden on" in warned["BodyText"]
    assert "https://hellomahi.test/login" in warned["BodyText"]
    assert hidden["Subject"] == "Your page is hidden"
    for letter in (warned, hidden):
        words = letter["Subject"] + letter["BodyText"]
        assert not REVEALING_WORDS.search(words)
        for private_text in ("Mira", "mira-valen", "Berlin", provider.profile_id):
            assert private_text not in words


@pytest.mark.slow
def test_returning_provider_is_not_hidden_and_gets_no_mail(
    directory: DirectoryWorld,
    staff: Person,
    mail_delivery: MailDelivery,
    run_daily_job: Callable[[], list[str]],
    shift: Callable[[float], None],
    functions: Functions,
    cloud: dict[str, str],
) -> None:
    provider = directory.published(staff)
    shift(84)
    assert run_daily_job() == ["ProfileInactivityWarned"]
    token = sign_in(cloud, provider.user_id, "escort", Audience.SITE)
    assert functions(provider.web.name, token=token).get("/api/v1/escorts/me").status == 200
    shift(92)
    assert run_daily_job() == []
    assert len(mail_delivery.mails(provider)) == 1
