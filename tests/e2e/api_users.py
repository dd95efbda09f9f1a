"""Users of the API, and their mail."""

import itertools
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from tests.e2e.network import new_network

PASSWORD = "a kettle, two moons and 7 owls"
STAFF = "staff@example.org"
# Timeout for a busy machine; no passing test waits this long.
PATIENCE = 120.0
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
_NUMBERS = itertools.count(1)
ALL_WEEK = [{"weekday": day, "start": "00:00", "end": "00:00"} for day in range(1, 8)]
_SYLLABLES = ("la", "mi", "no", "re", "su", "to", "va", "li", "ne", "ro")
type Json = dict[str, Any]


@dataclass
class ApiUser:
    """User with an HTTP client; `token` is sent after signing in."""

    url: str
    email: str = ""
    token: str | None = None
    refresh_token: str = ""
    user_id: str = ""
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.use_site(self.url)

    def use_site(self, url: str) -> None:
        """Use the site at `url` from now on, signed in as before."""
        self.url = url
        transport = httpx.HTTPTransport(local_address=new_network())
        self.client = httpx.Client(base_url=url, transport=transport, timeout=PATIENCE)

    def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send one request under /api/v1, with the token if signed in."""
        answer = self._send(method, path, body, headers)
        if answer.status_code == 401 and self.token and answer.json()["code"] == "token-expired":
            # On a busy machine a test takes longer than the token's lifetime.
            self.token = None
            self.store_tokens(self.post("/auth/refresh", {"refreshToken": self.refresh_token}))
            answer = self._send(method, path, body, headers)
        return answer

    def _send(
        self, method: str, path: str, body: object, headers: Mapping[str, str] | None
    ) -> httpx.Response:
        sent = dict(headers or {})
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        return self.client.request(method, f"/api/v1{path}", json=body, headers=sent)

    def get(self, path: str) -> Any:
        """Return the body of a GET response; fail unless it succeeds."""
        return _succeeded(self.call("GET", path))

    def post(self, path: str, body: object = None) -> Any:
        """Return the body of a POST response; fail unless it succeeds."""
        return _succeeded(self.call("POST", path, body))

    def sign_in(self, audience: str = "site", **more: str) -> None:
        """Sign in with the e-mail and the usual password."""
        self.token = None
        body = {"email": self.email, "password": PASSWORD, "audience": audience, **more}
        self.store_tokens(self.post("/auth/login", body))

    def store_tokens(self, answer: Json) -> None:
        """Store a pair of tokens."""
        self.token, self.refresh_token = answer["accessToken"], answer["refreshToken"]
        self.user_id = answer["user"]["id"]


@dataclass
class Mailbox:
    """Mail captured by the local cloud."""

    url: str

    def list_mails(self, to: str) -> list[Json]:
        """Return the mails to one address, newest first."""
        answer = httpx.get(f"{self.url}/_local/api/mail", params={"to": to}, timeout=PATIENCE)
        mails: list[Json] = _succeeded(answer)
        return mails

    def wait_for_link(self, to: str, path: str, *, within: float = PATIENCE) -> str:
        """Return the newest link to `path` in a mail to `to`, waiting for it."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for mail in self.list_mails(to):
                for link in mail["links"]:
                    if link.startswith(f"{self.url}{path}"):
                        return str(link)
            time.sleep(0.1)
        raise AssertionError(f"no mail to {to} leads to {path}")


def new_address(kind: str) -> str:
    """Return an unused e-mail address."""
    return f"{kind}.{_WORKER}.{next(_NUMBERS)}.{time.time_ns() % 10**9}@example.org"


def new_name(first_name: str) -> str:
    """Return a name that no other profile of the run has, not even an earlier attempt's."""
    worker, number = int(_WORKER.removeprefix("gw")), next(_NUMBERS)
    last_name = "".join(_SYLLABLES[int(digit)] for digit in f"{worker}{number:03}")
    return f"{first_name} {last_name.capitalize()}"


def register_user(url: str, role: str) -> ApiUser:
    """Return a user with a new account and confirmed address, signed in."""
    person = ApiUser(url, new_address(role))
    person.post("/auth/register", {"email": person.email, "password": PASSWORD, "role": role})
    token = Mailbox(url).wait_for_link(person.email, "/verify/").rpartition("/")[2]
    _verify_address(person, token)
    person.sign_in()
    return person


def _verify_address(person: ApiUser, token: str) -> None:
    """Use the token of a mail, repeatedly while it is unknown.

    The mailer commits the token after sending: on a busy machine the mail arrives before the commit.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = person.call("POST", "/auth/verify-email", {"token": token})
        if answer.status_code != 409 or time.monotonic() > deadline:
            _succeeded(answer)
            return
        time.sleep(0.1)


def past_day() -> date:
    """Return a day that is past in every time zone."""
    return datetime.now(UTC).date() - timedelta(days=40)


def staff_member(url: str) -> ApiUser:
    """Return the demo data's administrator, signed in to the staff dashboard."""
    person = ApiUser(url, STAFF)
    person.sign_in("admin")
    return person


def complete_profile(**changes: object) -> Json:
    """Return the body of a profile that is complete for publication."""
    return {
        "name": "Ilse Marchetti",
        "city": "vienna",
        "dateOfBirth": "1994-05-20",
        "bio": "Dinners that run late, opera when it is good. I listen more than I talk.",
        "languages": ["en", "de"],
        "services": ["dinner", "culture"],
        "rates": [
            {
                "service": "dinner",
                "durationMinutes": 180,
                "amountMinor": 45000,
                "currency": "EUR",
                "venue": "outcall",
            }
        ],
        "locations": [{"place": "Neubau"}],
        "availability": [{"weekday": 5, "start": "18:00", "end": "02:00"}],
        **changes,
    }


def verification_decision() -> Json:
    """Return the body of a positive verification with both checks made just now."""
    moment = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    return {"decision": "verified", "documentCheckedAt": moment, "livenessCheckedAt": moment}


def publish(provider: ApiUser, staff: ApiUser, **changes: object) -> Json:
    """Create, submit and verify a profile; return it."""
    profile: Json = provider.post("/escorts", complete_profile(**changes))
    consent = {"consentVersion": profile["consentRequired"]}
    provider.post(f"/escorts/{profile['id']}/submit", consent)
    staff.post(f"/escorts/{profile['id']}/verification", verification_decision())
    return profile


def problem(answer: httpx.Response, status: int, code: str, field: str | None = None) -> Json:
    """Return the body of an error; fail unless it is problem+json with advice."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: Json = answer.json()
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"].endswith(f":{code}")
    assert body.get("field") == field
    assert len(body["detail"]) > 10
    assert body["detail"][-1] in ".?"
    assert body["instance"].rpartition(":")[2] == answer.headers["x-request-id"]
    return body


def _succeeded(answer: httpx.Response) -> Any:
    assert answer.is_success, f"{answer.request.method} {answer.url}: {answer.text}"
    return answer.json() if answer.content else None
