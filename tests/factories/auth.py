"""Accounts, logins and mailboxes for tests of auth and of features that use it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from auth.domain.totp import DIGITS, code_at, step_at
from kit import clock
from kit.db import Database
from local.services.emulator import ACCOUNT, Emulator
from tests.fixtures.functions import Answer, FunctionClient

AUTH = "/api/v1/auth"
USERS = "/api/v1/users"
PASSWORD = "correct horse battery"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

_PENDING_MAILS = """
SELECT envelope FROM outbox.messages WHERE type = 'MailQueued' AND id <> ALL(%s)
ORDER BY created_at, id
"""


@dataclass(frozen=True)
class ReceivedMail:
    """Mail that an address received."""

    to: str
    subject: str
    text: str

    @property
    def token(self) -> str:
        """Token in the link of the mail."""
        found = re.search(r"/(?:verify|reset)/([\w-]+)", self.text)
        assert found, self.subject
        return found[1]


@dataclass
class Mailbox:
    """Mailer, invoked by the test, and the mails that it sent."""

    database: Database
    mailer: FunctionClient
    emulator: Emulator
    _delivered_ids: list[str] = field(default_factory=list)

    def deliver(self) -> Any:
        """Invoke the mailer with the pending events of the outbox, as the bus and the queue would."""
        with self.database.transaction() as work:
            rows = work.execute(_PENDING_MAILS, (self._delivered_ids,)).fetchall()
        envelopes = [row["envelope"] for row in rows]
        self._delivered_ids += [envelope["id"] for envelope in envelopes]
        return self.mailer.invoke(sqs_event(*envelopes))

    def mails_to(self, address: str) -> list[ReceivedMail]:
        """Deliver pending mails; return all mails to `address`, the oldest first."""
        self.deliver()
        accounts = self.emulator.request("GET", "/_ministack/ses/messages")["messages"]
        return [
            ReceivedMail(mail["To"][0], mail["Subject"], mail["BodyText"])
            for mail in accounts.get(ACCOUNT, [])
            if mail["To"] == [address]
        ]

    def last_mail(self, address: str) -> ReceivedMail:
        """Deliver pending mails; return the newest mail to `address`."""
        return self.mails_to(address)[-1]


@dataclass
class User:
    """User with credentials and a client of AuthWeb."""

    web: FunctionClient
    email: str
    password: str = PASSWORD
    id: str = ""
    refresh_token: str = ""

    def log_in(self, *, audience: str = "site", code: str | None = None) -> Answer:
        """Log in through the API; store the tokens on success."""
        body = {"email": self.email, "password": self.password, "audience": audience}
        answer = self.web.post(f"{AUTH}/login", json=body | ({"totpCode": code} if code else {}))
        if answer.status == 200:
            self.web.token = answer.json["accessToken"]
            self.refresh_token = answer.json["refreshToken"]
            self.id = answer.json["user"]["id"]
        return answer


@dataclass
class AuthWorld:
    """Factory of users, each in its own network, so that rate limits count them separately."""

    functions: Callable[..., FunctionClient]
    mailbox: Mailbox
    _count: int = 0

    def new_client(self) -> FunctionClient:
        """Return a client in a network of its own."""
        self._count += 1
        return self.functions("AuthWeb", ip=f"198.51.100.{self._count}")

    def unregistered_user(self) -> User:
        """Return a user without an account."""
        return User(self.new_client(), f"Someone.{uuid4().hex[:12]}@example.com")

    def unverified_user(self, role: str = "client", **more: str) -> User:
        """Register a user, whose address is not confirmed yet."""
        user = self.unregistered_user()
        body = {"email": user.email, "password": user.password, "role": role, **more}
        answer = user.web.post(f"{AUTH}/register", json=body)
        assert answer.status == 202, answer.text
        return user

    def verified_user(self, role: str = "client", **more: str) -> User:
        """Register a user and confirm the address."""
        user = self.unverified_user(role, **more)
        token = self.mailbox.last_mail(user.email).token
        answer = user.web.post(f"{AUTH}/verify-email", json={"token": token})
        assert answer.status == 200, answer.text
        return user

    def signed_in_user(self, role: str = "client", **more: str) -> User:
        """Register a user, confirm the address and log in through the API."""
        user = self.verified_user(role, **more)
        answer = user.log_in()
        assert answer.status == 200, answer.text
        return user

    def signed_in_admin(self, *, audience: str = "admin") -> User:
        """Create an administrator and log in to the staff pages."""
        user = self.unregistered_user()
        made = self.functions("AuthAdminCommand").invoke(
            {"command": "create-admin", "email": user.email}
        )
        body = {"token": made["link"].rpartition("/")[2], "newPassword": user.password}
        answer = user.web.post(f"{AUTH}/reset-password", json=body)
        assert answer.status == 200, answer.text
        answer = user.log_in(audience=audience)
        assert answer.status == 200, answer.text
        return user


def wrong_code(secret: bytes) -> str:
    """Return a code of no time step around now; a constant would be right once in a while."""
    now = step_at(clock.now())
    near = {code_at(secret, now + number) for number in range(-3, 4)}
    return next(code for code in (f"{n:0{DIGITS}}" for n in range(8)) if code not in near)


def sqs_event(*envelopes: dict[str, Any]) -> dict[str, Any]:
    """Return an SQS event with one record per envelope from the bus."""
    return {
        "Records": [
            {"messageId": str(uuid4()), "body": json.dumps({"detail": envelope})}
            for envelope in envelopes
        ]
    }
