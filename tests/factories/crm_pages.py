"""A provider at the pages of her book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.factories.booking_pages import words
from tests.factories.crm import Keeper
from tests.fixtures.functions import Answer, FunctionClient

HTML = {"accept": "text/html"}


@dataclass
class Reader:
    """A browser in her room: sends forms, follows where they lead."""

    keeper: Keeper

    @property
    def room(self) -> str:
        """Where the book is."""
        return f"/{self.keeper.slug}/crm"

    def stranger(self) -> FunctionClient:
        """Return somebody who is not signed in."""
        return FunctionClient("Gateway", self.keeper.web.enter)

    def get(self, part: str) -> Answer:
        """Open an address below the room's."""
        return self.keeper.web.request("GET", f"{self.room}{part}", headers=HTML)

    def page(self, part: str, status: int = 200) -> str:
        """Open a page."""
        answer = self.get(part)
        assert answer.status == status, (answer.status, words(answer.text)[:400])
        return answer.text

    def post(self, part: str, values: Mapping[str, str | Sequence[str]] | None = None) -> Answer:
        """Send a form."""
        form = {
            name: text if isinstance(text, str) else list(text)
            for name, text in (values or {}).items()
        }
        return self.keeper.web.request("POST", f"{self.room}{part}", form=form, headers=HTML)

    def follow(self, answer: Answer, status: int = 200) -> str:
        """Go where a form leads."""
        assert answer.status == 303, (answer.status, words(answer.text)[:400])
        assert answer.headers["location"].startswith(self.room)
        return self.page(answer.headers["location"].removeprefix(self.room), status)
