"""Bookings through the API: people signed in at a time that a test sets."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from kit.auth import Audience
from tests.factories.bookings import NOON, Salon
from tests.factories.escorts import make_account, sign_in
from tests.fixtures.functions import Answer, FunctionClient

BOOKINGS = "/api/v1/bookings"


@dataclass
class Desk:
    """A salon whose use cases are asked through `BookingsWeb`, at a time of the test's choice."""

    salon: Salon
    cloud: dict[str, str]
    functions: Callable[..., FunctionClient]
    monkeypatch: pytest.MonkeyPatch
    now: datetime = NOON

    def at(self, moment: datetime) -> None:
        """Let it be this time."""
        self.now = moment
        self.salon.clock.to(moment)
        ahead = (moment - datetime.now(UTC)).total_seconds()
        self.monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(ahead))

    def client(self) -> "Guest":
        """Somebody who asks."""
        return Guest(self, self.salon.client(), "client")

    def provider(self, **rules: Any) -> "Guest":
        """Somebody who is asked, with a public profile."""
        escort_id = self.salon.provider(**rules)
        user_id = self.salon.owner_of(escort_id).user_id
        return Guest(self, user_id, "escort", escort_id=escort_id)

    def staff(self) -> "Guest":
        """A member of staff, in the staff's room."""
        user_id = make_account(self.salon.owner, "admin")
        return Guest(self, user_id, "admin", audience=Audience.ADMIN)

    def visitor(self) -> FunctionClient:
        """Somebody who is not signed in."""
        return self.functions("Gateway")


@dataclass
class Guest:
    """Somebody signed in; with a session of the moment, since time moves."""

    desk: Desk
    user_id: UUID
    role: str
    audience: Audience = Audience.SITE
    escort_id: UUID | None = None
    _tokens: dict[datetime, str] = field(default_factory=dict)

    def get(self, path: str, **options: Any) -> Answer:
        """Send GET."""
        return self.send("GET", path, **options)

    def post(self, path: str, json: object = None, **options: Any) -> Answer:
        """Send POST."""
        return self.send("POST", path, json=json or {}, **options)

    def put(self, path: str, json: object, **options: Any) -> Answer:
        """Send PUT."""
        return self.send("PUT", path, json=json, **options)

    def delete(self, path: str) -> Answer:
        """Send DELETE."""
        return self.send("DELETE", path)

    def send(self, method: str, path: str, **options: Any) -> Answer:
        """Send a request below the bookings' address."""
        token = self._tokens.get(self.desk.now)
        if token is None:
            token = sign_in(self.desk.cloud, self.user_id, self.role, self.audience)
            self._tokens[self.desk.now] = token
        web = self.desk.functions("Gateway", token=token)
        return web.request(method, f"{BOOKINGS}{path}", **options)

    def ask(
        self,
        provider: "Guest",
        start: datetime,
        /,
        *,
        key: str = "",
        **changes: Any,
    ) -> Answer:
        """Ask for two hours at the provider's; a change to None leaves the field out."""
        body = {
            "escortId": str(provider.escort_id),
            "start": start.isoformat(),
            "duration": 120,
            "services": ["dinner"],
            "venue": "incall",
            "policyVersion": 1,
        } | changes
        sent = {name: value for name, value in body.items() if value is not None}
        return self.post("", json=sent, headers={"idempotency-key": key} if key else {})
