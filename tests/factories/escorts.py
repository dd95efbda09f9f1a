"""Accounts, sessions and profiles for tests of the directory and of features around it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from kit import clock
from kit.auth import Audience, SessionStore
from kit.auth.tokens import sign
from kit.db import Database
from kit.ids import new_id
from tests.fixtures.functions import Answer, FunctionClient

API = "/api/v1/escorts"
PROFILE: dict[str, Any] = {
    "name": "Mira Valen",
    "city": "berlin",
    "dateOfBirth": "1994-06-15",
    "bio": "Curious, calm, and fond of long dinners.",
    "heightCm": 172,
    "languages": ["de", "en"],
    "services": ["dinner", "overnight"],
    "rates": [
        {
            "service": "dinner",
            "durationMinutes": 120,
            "amountMinor": 50000,
            "currency": "EUR",
            "venue": "outcall",
        },
        {
            "service": "overnight",
            "durationMinutes": 720,
            "amountMinor": 180000,
            "currency": "EUR",
            "venue": "incall",
        },
    ],
    "locations": [{"place": "Mitte", "latitude": 52.523123, "longitude": 13.401234}],
    "availability": [{"weekday": 5, "start": "18:00", "end": "02:00"}],
}


def make_account(
    owner: Database, role: str, *, status: str = "active", user_id: UUID | None = None
) -> UUID:
    """Store an account as auth would; `owner` is the database's owner."""
    user_id = user_id or new_id()
    with owner.transaction() as work:
        work.execute(
            """
            INSERT INTO auth.users (id, email, role, status, email_verified_at)
            VALUES (%s, %s, %s, %s, now())
            """,
            (user_id, f"{user_id}@example.test", role, status),
        )
    return user_id


def set_account_status(owner: Database, user_id: UUID, status: str) -> None:
    """Set an account's status, as auth's staff would."""
    with owner.transaction() as work:
        work.execute("UPDATE auth.users SET status = %s WHERE id = %s", (status, user_id))


def sign_in(cloud: dict[str, str], user_id: UUID, role: str, audience: Audience) -> str:
    """Return an access token of a new session."""
    store = SessionStore(cloud["SESSIONS_TABLE"])
    session, _ = store.create(
        user_id=user_id, role=role, audience=audience, device="tests", network="203.0.113.7"
    )
    return sign(session, issuer="https://hellomahi.test", key_arn=cloud["SIGNING_KEY_ARNS"])


@dataclass
class Person:
    """Signed-in user with a client of the function under test."""

    user_id: UUID
    web: FunctionClient
    profile_id: str = ""

    @property
    def path(self) -> str:
        """Return the profile's path in the API."""
        return f"{API}/{self.profile_id}"

    def create(self, **changes: Any) -> Answer:
        """Create the user's profile."""
        answer = self.web.post(API, json=PROFILE | changes)
        if answer.status == 201:
            self.profile_id = answer.json["id"]
        return answer

    def do(self, action: str, **body: Any) -> Answer:
        """POST `action` on the user's profile."""
        return self.web.post(f"{self.path}/{action}", json=body or None)

    def submit(self) -> Answer:
        """Agree, publish, and request verification."""
        return self.do("submit", consentVersion=1)


class DirectoryWorld:
    """Users and profiles of one test."""

    def __init__(
        self,
        owner: Database,
        cloud: dict[str, str],
        functions: Callable[..., FunctionClient],
        function: str = "Gateway",
    ) -> None:
        self.owner = owner
        self._cloud = cloud
        self._functions = functions
        self._function = function

    def visitor(self) -> FunctionClient:
        """Return a client without a session."""
        return self._functions(self._function)

    def person(self, role: str, audience: Audience = Audience.SITE) -> Person:
        """Return a user of `role`, signed in to `audience`."""
        user_id = make_account(self.owner, role)
        token = sign_in(self._cloud, user_id, role, audience)
        return Person(user_id, self._functions(self._function, token=token))

    def provider(self) -> Person:
        """Return a provider without a profile."""
        return self.person("escort")

    def at_home(self, provider: Person) -> Person:
        """Return the same provider with a session of the dashboard."""
        token = sign_in(self._cloud, provider.user_id, "escort", Audience.ADMIN)
        web = self._functions(self._function, token=token)
        return Person(provider.user_id, web, provider.profile_id)

    def staff(self) -> Person:
        """Return a staff member with a session of the staff pages."""
        return self.person("admin", Audience.ADMIN)

    def published(self, staff: Person, **changes: Any) -> Person:
        """Return a provider with a public profile."""
        provider = self.provider()
        assert provider.create(**changes).status == 201
        assert provider.submit().status == 200
        answer = verify(staff, provider)
        assert answer.status == 200, answer.text
        return provider


def verify(
    staff: Person, provider: Person, *, days: int = 300, decision: str = "verified"
) -> Answer:
    """Decide about the provider's request; `verified` for `days` days."""
    return staff.web.post(f"{provider.path}/verification", json=decision_body(decision, days=days))


def decision_body(decision: str = "verified", *, days: int = 300) -> dict[str, Any]:
    """Return the body of a decision."""
    if decision != "verified":
        return {"decision": decision, "reason": "The document does not match."}
    now = clock.now()
    return {
        "decision": decision,
        "documentCheckedAt": (now - timedelta(days=1)).isoformat(),
        "livenessCheckedAt": (now - timedelta(hours=1)).isoformat(),
        "expiresAt": (now + timedelta(days=days)).isoformat(),
    }


def age_of(birth_date: str) -> int:
    """Return the age that the directory derives today."""
    from escorts.domain.ages import age_on, date_everywhere

    return age_on(datetime.fromisoformat(birth_date).date(), date_everywhere(datetime.now(UTC)))
