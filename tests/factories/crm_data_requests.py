"""Account that submits data requests."""

from collections.abc import Callable
from typing import Any

from kit.auth import Audience
from kit.db import Database
from tests.factories.escorts import make_account, sign_in
from tests.fixtures.functions import FunctionClient

type Functions = Callable[..., FunctionClient]
OWN_REQUESTS = "/api/v1/privacy/requests"


class Requester:
    """Signed-in client account."""

    def __init__(self, owner: Database, cloud: dict[str, str], functions: Functions) -> None:
        self.user_id = make_account(owner, "client")
        self.email = f"{self.user_id}@example.test"
        token = sign_in(cloud, self.user_id, "client", Audience.SITE)
        self.web = functions("Gateway", token=token)

    def submit(self, kind: str = "access") -> dict[str, Any]:
        """Submit a data request."""
        answer = self.web.post(OWN_REQUESTS, json={"kind": kind})
        assert answer.status == 202, answer.text
        asked: dict[str, Any] = answer.json
        return asked

    def answers(self) -> list[dict[str, Any]]:
        """Return the answers to all requests."""
        found = self.web.get(OWN_REQUESTS)
        assert found.status == 200, found.text
        return [answer for one in found.json["items"] for answer in one["answers"]]
