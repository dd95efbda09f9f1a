"""Factories of providers who are logged in to their workspace, with an API client."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kit.auth import Audience
from kit.db import Database
from kit.ids import new_id
from tests.factories.escorts import make_account, sign_in
from tests.fixtures.functions import Answer, FunctionClient

PASSPHRASE = "violet anchor meadow lantern"


@dataclass
class CrmUser:
    """Provider logged in to the CRM API."""

    user_id: UUID
    slug: str
    http: FunctionClient
    unlock_token: str | None = None
    """Unlock token of this session, once the workspace is unlocked."""

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send a request below the workspace's API address."""
        headers = dict(options.pop("headers", {}))
        if self.unlock_token:
            headers.setdefault("x-crm-unlock-token", self.unlock_token)
        return self.http.request(
            method, f"/api/v1/crm/{self.slug}{path}", headers=headers, **options
        )

    def get(self, path: str, **options: Any) -> Answer:
        """Send GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, json: object = None, **options: Any) -> Answer:
        """Send POST."""
        return self.request("POST", path, json={} if json is None else json, **options)

    def put(self, path: str, json: object, **options: Any) -> Answer:
        """Send PUT."""
        return self.request("PUT", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        """Send DELETE."""
        return self.request("DELETE", path, **options)

    def create_client(self, name: str = "Leo Brandt", **changes: Any) -> dict[str, Any]:
        """Add a client; return it as the API shows it."""
        answer = self.post("/clients", {"name": name, **changes})
        assert answer.status == 201, answer.text
        kept: dict[str, Any] = answer.json
        return kept

    def enable_encryption(self, passphrase: str = PASSPHRASE) -> str:
        """Set a passphrase, unlocked for this session; return the recovery code."""
        body = {"passphrase": passphrase, "confirm": "I will keep my recovery code"}
        answer = self.post("/encryption/enable", body)
        assert answer.status == 200, answer.text
        self.unlock_token = answer.json["vaultKey"]
        code: str = answer.json["recoveryCode"]
        return code

    def unlock(self, passphrase: str = PASSPHRASE) -> None:
        """Unlock the workspace for this session."""
        answer = self.post("/unlock", {"passphrase": passphrase})
        assert answer.status == 200, answer.text
        self.unlock_token = answer.json["vaultKey"]


class CrmFactory:
    """Creates providers with workspaces for one test."""

    def __init__(
        self,
        owner: Database,
        cloud: dict[str, str],
        functions: Callable[..., FunctionClient],
    ) -> None:
        self.database = owner
        self._cloud = cloud
        self._functions = functions

    def create_user(self, slug: str = "mira-valen") -> CrmUser:
        """Return a provider with an empty workspace."""
        user_id = make_account(self.database, "escort")
        make_profile(self.database, user_id, slug)
        return self.new_session(CrmUser(user_id, slug, self._functions("Gateway")))

    def new_session(self, user: CrmUser) -> CrmUser:
        """Return the same provider in another session, as on another device."""
        token = sign_in(self._cloud, user.user_id, "escort", Audience.CRM)
        return CrmUser(user.user_id, user.slug, self._functions("Gateway", token=token))


def make_profile(owner: Database, user_id: UUID, slug: str) -> UUID:
    """Store a draft profile: enough for the CRM, invisible to visitors."""
    profile_id = new_id()
    with owner.transaction() as work:
        work.execute(
            "INSERT INTO escorts.slugs (slug, profile_id, claimed_at) VALUES (%s, %s, now())",
            (slug, profile_id),
        )
        work.execute(
            """
            INSERT INTO escorts.profiles (id, user_id, slug, name, city, birth_date_sealed, age,
                age_checked_on, over18, over18_attested_at, created_at, updated_at)
            VALUES (%s, %s, %s, %s, 'berlin', 'none', 30, '2026-01-01', true, now(), now(), now())
            """,
            (profile_id, user_id, slug, slug.replace("-", " ").title()),
        )
    return profile_id
