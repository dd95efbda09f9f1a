"""Booking pages for users with a browser without scripts."""

import re
from dataclasses import dataclass, field
from html import unescape
from uuid import UUID

from kit.auth import Audience
from tests.factories.booking_api import ApiUser, ApiWorld
from tests.factories.escorts import sign_in
from tests.fixtures.functions import Answer, FunctionClient

HTML = {"accept": "text/html"}
type Values = dict[str, str | list[str]]
_INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"[^>]*>')


def profile_id_of(user: ApiUser) -> UUID:
    """Return the profile of a provider."""
    assert user.profile_id is not None
    return user.profile_id


def private_page(answer: Answer, status: int = 200) -> str:
    """Return the HTML of a private page, after checking its status, heading, ids and cache header."""
    assert answer.status == status, (answer.status, words(answer.text)[-1500:-400])
    assert answer.text.count("<h1") == 1
    ids = re.findall(r' id="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids)), sorted(one for one in ids if ids.count(one) > 1)
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.text or status in {403, 404}
    assert "data-exit" in answer.text
    return answer.text


def words(html: str) -> str:
    """Return the text of a page in one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def hidden(html: str, action: str = "") -> Values:
    """Return the hidden fields of a page's forms, or of the form with this `action`."""
    part = html.partition(f'action="{action}"')[2].partition("</form>")[0] if action else html
    return {name: unescape(value) for name, value in _INPUT.findall(part)}


def wrong(html: str, field: str) -> str:
    """Return the error beside a field."""
    found = re.search(rf'id="error-field-{re.escape(field)}">(.*?)</p>', html, re.DOTALL)
    assert found, f"nothing is wrong with {field}"
    assert re.search(rf'id="field-{re.escape(field)}"[^>]*aria-invalid="true"', html)
    return words(found[1])


@dataclass
class PageClient:
    """A signed-in user with a browser; `bookings_path` is the path of a provider's booking pages."""

    api: ApiWorld
    user_id: UUID
    role: str
    audience: Audience = Audience.SITE
    slug: str = ""
    _tokens: dict[object, str] = field(default_factory=dict)

    @classmethod
    def from_user(cls, user: ApiUser, audience: Audience = Audience.SITE) -> "PageClient":
        """Return the page client of an API user."""
        slug = f"p-{user.profile_id}" if user.profile_id else ""
        return cls(user.api, user.user_id, user.role, audience, slug)

    @property
    def bookings_path(self) -> str:
        """Path of the provider's booking pages."""
        return f"/{self.slug}/admin/bookings"

    def get(self, path: str) -> Answer:
        """Send GET."""
        return self._send("GET", path)

    def page(self, path: str, status: int = 200) -> str:
        """Return the page at a path."""
        return private_page(self.get(path), status)

    def post(self, path: str, values: Values | None = None, **more: str | list[str]) -> Answer:
        """Submit a form."""
        return self._send("POST", path, form=(values or {}) | more)

    def follow(self, answer: Answer) -> str:
        """Return the page that a form redirects to."""
        assert answer.status == 303, (answer.status, words(answer.text)[-1500:-400])
        return self.page(answer.headers["location"])

    def _send(self, method: str, path: str, form: Values | None = None) -> Answer:
        token = self._tokens.get(self.api.now)
        if token is None:
            token = sign_in(self.api.cloud, self.user_id, self.role, self.audience)
            self._tokens[self.api.now] = token
        return self._client(token).request(method, path, form=form, headers=HTML)

    def _client(self, token: str) -> FunctionClient:
        return self.api.functions("Gateway", token=token)
