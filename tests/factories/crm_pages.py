"""Browser of a provider on the CRM pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.factories.booking_pages import words
from tests.factories.crm import CrmUser
from tests.fixtures.functions import Answer, FunctionClient

HTML = {"accept": "text/html"}


@dataclass
class PageClient:
    """Browser session of a provider: sends forms and follows redirects."""

    user: CrmUser

    @property
    def base_path(self) -> str:
        """Return the address of the workspace."""
        return f"/{self.user.slug}/crm"

    def anonymous(self) -> FunctionClient:
        """Return a browser without a session."""
        return FunctionClient("Gateway", self.user.http.enter)

    def get(self, part: str) -> Answer:
        """Request an address below the workspace's."""
        return self.user.http.request("GET", f"{self.base_path}{part}", headers=HTML)

    def page(self, part: str, status: int = 200) -> str:
        """Return the text of a page."""
        answer = self.get(part)
        assert answer.status == status, (answer.status, words(answer.text)[:400])
        return answer.text

    def post(self, part: str, values: Mapping[str, str | Sequence[str]] | None = None) -> Answer:
        """Send a form."""
        form = {
            name: text if isinstance(text, str) else list(text)
            for name, text in (values or {}).items()
        }
        return self.user.http.request("POST", f"{self.base_path}{part}", form=form, headers=HTML)

    def follow(self, answer: Answer, status: int = 200) -> str:
        """Follow the redirect of a form."""
        assert answer.status == 303, (answer.status, words(answer.text)[:400])
        assert answer.headers["location"].startswith(self.base_path)
        return self.page(answer.headers["location"].removeprefix(self.base_path), status)
