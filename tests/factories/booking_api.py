"""Booking API with signed-in users, at a time that a test sets."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from kit.auth import Audience
from tests.factories.bookings import NOON, BookingWorld
from tests.factories.escorts import make_account, sign_in
from tests.fixtures.functions import Answer, FunctionClient

BOOKINGS = "/api/v1/bookings"


@dataclass
class ApiWorld:
    """A booking world whose use cases are called through `BookingsWeb`, at a time of the test's choice."""

    bookings: BookingWorld
    cloud: dict[str, str]
    functions: Callable[..., FunctionClient]
    monkeypatch: pytest.MonkeyPatch
    now: datetime = NOON

    def at(self, moment: datetime) -> None:
        """Set the current time."""
        self.now = moment
        self.bookings.clock.set_time(moment)
        ahead = (moment - datetime.now(UTC)).total_seconds()
        self.monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(ahead))

    def client(self) -> "ApiUser":
        """Return a client."""
        return ApiUser(self, self.bookings.client(), "client")

    def provider(self, **rules: Any) -> "ApiUser":
        """Return a provider with a public profile."""
        profile_id = self.bookings.provider(**rules)
        user_id = self.bookings.owner_of(profile_id).user_id
        return ApiUser(self, user_id, "escort", profile_id=profile_id)

    def staff(self) -> "ApiUser":
        """Return a staff member in the staff realm."""
        user_id = make_account(self.bookings.owner, "admin")
        return ApiUser(self, user_id, "admin", audience=Audience.ADMIN)

    def visitor(self) -> FunctionClient:
        """Return a visitor without a session."""
        return self.functions("Gateway")


@dataclass
class ApiUser:
    """A signed-in user; with a session per point in time, since tests move the clock."""

    api: ApiWorld
    user_id: UUID
    role: str
    audience: Audience = Audience.SITE
    profile_id: UUID | None = None
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
        """Send a request below the path of bookings."""
        token = self._tokens.get(self.api.now)
        if token is None:
            token = sign_in(self.api.cloud, self.user_id, self.role, self.audience)
            self._tokens[self.api.now] = token
        web = self.api.functions("Gateway", token=token)
        return web.request(method, f"{BOOKINGS}{path}", **options)

    def ask(
        self,
        provider: "ApiUser",
        start: datetime,
        /,
        *,
        key: str = "",
        **changes: Any,
    ) -> Answer:
        """Request two hours at the provider's; a change to None omits the field."""
        body = {
            "escortId": str(provider.profile_id),
            "start": start.isoformat(),
            "duration": 120,
            "services": ["dinner"],
            "venue": "incall",
            "policyVersion": 1,
        } | changes
        sent = {name: value for name, value in body.items() if value is not None}
        return self.post("", json=sent, headers={"idempotency-key": key} if key else {})
