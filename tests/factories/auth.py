"""People who open accounts, sign in and read their mail, for tests of auth and of what uses it."""

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

_PENDING = """
SELECT envelope FROM outbox.messages WHERE type = 'MailQueued' AND id <> ALL(%s)
ORDER BY created_at, id
"""


@dataclass(frozen=True)
class Letter:
    """A mail that somebody got."""

    to: str
    subject: str
    text: str

    @property
    def token(self) -> str:
        """The token of its link."""
        found = re.search(r"/(?:verify|reset)/([\w-]+)", self.text)
        assert found, self.subject
        return found[1]


@dataclass
class Mailbox:
    """The mailer, run by hand, and what it sent."""

    database: Database
    mailer: FunctionClient
    emulator: Emulator
    _seen: list[str] = field(default_factory=list)

    def deliver(self) -> Any:
        """Give the mailer what waits in the outbox, as the bus and the queue would."""
        with self.database.transaction() as work:
            rows = work.execute(_PENDING, (self._seen,)).fetchall()
        envelopes = [row["envelope"] for row in rows]
        self._seen += [envelope["id"] for envelope in envelopes]
        return self.mailer.invoke(records(*envelopes))

    def letters(self, address: str) -> list[Letter]:
        """Deliver what waits; return what `address` has got so far, the oldest first."""
        self.deliver()
        accounts = self.emulator.request("GET", "/_ministack/ses/messages")["messages"]
        return [
            Letter(mail["To"][0], mail["Subject"], mail["BodyText"])
            for mail in accounts.get(ACCOUNT, [])
            if mail["To"] == [address]
        ]

    def last(self, address: str) -> Letter:
        """Return the newest mail to `address`."""
        return self.letters(address)[-1]


@dataclass
class User:
    """Somebody with an account, and a client of auth of their own."""

    web: FunctionClient
    email: str
    password: str = PASSWORD
    id: str = ""
    refresh_token: str = ""

    def log_in(self, *, audience: str = "site", code: str | None = None) -> Answer:
        """Sign in through the API; keep the tokens of a success."""
        body = {"email": self.email, "password": self.password, "audience": audience}
        answer = self.web.post(f"{AUTH}/login", json=body | ({"totpCode": code} if code else {}))
        if answer.status == 200:
            self.web.token = answer.json["accessToken"]
            self.refresh_token = answer.json["refreshToken"]
            self.id = answer.json["user"]["id"]
        return answer


@dataclass
class Town:
    """Makes users; each has a network of their own, so that throttles tell them apart."""

    functions: Callable[..., FunctionClient]
    mailbox: Mailbox
    _count: int = 0

    def client(self) -> FunctionClient:
        """Return a client from a network that nobody else is in."""
        self._count += 1
        return self.functions("AuthWeb", ip=f"198.51.100.{self._count}")

    def stranger(self) -> User:
        """Return somebody without an account."""
        return User(self.client(), f"Someone.{uuid4().hex[:12]}@example.com")

    def registered(self, role: str = "client", **more: str) -> User:
        """Return somebody whose address is not confirmed yet."""
        user = self.stranger()
        body = {"email": user.email, "password": user.password, "role": role, **more}
        answer = user.web.post(f"{AUTH}/register", json=body)
        assert answer.status == 202, answer.text
        return user

    def member(self, role: str = "client", **more: str) -> User:
        """Return somebody whose address is confirmed."""
        user = self.registered(role, **more)
        token = self.mailbox.last(user.email).token
        answer = user.web.post(f"{AUTH}/verify-email", json={"token": token})
        assert answer.status == 200, answer.text
        return user

    def signed_in(self, role: str = "client", **more: str) -> User:
        """Return somebody who is signed in through the API."""
        user = self.member(role, **more)
        answer = user.log_in()
        assert answer.status == 200, answer.text
        return user

    def admin(self, *, audience: str = "admin") -> User:
        """Return an administrator, signed in to the staff's room."""
        user = self.stranger()
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
    """Return a code that belongs to no step around now; a constant would be right once in a while."""
    now = step_at(clock.now())
    near = {code_at(secret, now + number) for number in range(-3, 4)}
    return next(code for code in (f"{n:0{DIGITS}}" for n in range(8)) if code not in near)


def records(*envelopes: dict[str, Any]) -> dict[str, Any]:
    """Return the SQS event that carries these envelopes from the bus."""
    return {
        "Records": [
            {"messageId": str(uuid4()), "body": json.dumps({"detail": envelope})}
            for envelope in envelopes
        ]
    }
