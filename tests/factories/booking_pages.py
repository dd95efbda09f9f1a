"""Bookings through their pages: people at a browser, without scripts."""

import re
from dataclasses import dataclass, field
from html import unescape
from uuid import UUID

from kit.auth import Audience
from tests.factories.booking_api import Desk, Guest
from tests.factories.escorts import sign_in
from tests.fixtures.functions import Answer

HTML = {"accept": "text/html"}
type Values = dict[str, str | list[str]]
_INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"[^>]*>')


def escort_of(guest: Guest) -> UUID:
    """Return a provider's profile."""
    assert guest.escort_id is not None
    return guest.escort_id


def whole(answer: Answer, status: int = 200) -> str:
    """Return an answer that is a whole private page: one heading, no id twice, kept by nobody."""
    assert answer.status == status, (answer.status, words(answer.text)[-1500:-400])
    assert answer.text.count("<h1") == 1
    ids = re.findall(r' id="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids)), sorted(one for one in ids if ids.count(one) > 1)
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.text or status in {403, 404}
    assert "data-exit" in answer.text
    return answer.text


def words(html: str) -> str:
    """Return what a page says, in one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def hidden(html: str, action: str = "") -> Values:
    """Return the hidden fields of a page's forms, or of the one that is sent to `action`."""
    part = html.partition(f'action="{action}"')[2].partition("</form>")[0] if action else html
    return {name: unescape(value) for name, value in _INPUT.findall(part)}


def wrong(html: str, field: str) -> str:
    """Return what is wrong with a field, as it stands beside it."""
    found = re.search(rf'id="error-field-{re.escape(field)}">(.*?)</p>', html, re.DOTALL)
    assert found, f"nothing is wrong with {field}"
    assert re.search(rf'id="field-{re.escape(field)}"[^>]*aria-invalid="true"', html)
    return words(found[1])


@dataclass
class Seat:
    """Somebody at a browser; `room` for a provider in her own."""

    desk: Desk
    user_id: UUID
    role: str
    audience: Audience = Audience.SITE
    slug: str = ""
    _tokens: dict[object, str] = field(default_factory=dict)

    @classmethod
    def of(cls, guest: Guest, audience: Audience = Audience.SITE) -> "Seat":
        """Seat somebody known."""
        slug = f"p-{guest.escort_id}" if guest.escort_id else ""
        return cls(guest.desk, guest.user_id, guest.role, audience, slug)

    @property
    def room(self) -> str:
        """Where her bookings are."""
        return f"/{self.slug}/admin/bookings"

    def get(self, path: str) -> Answer:
        """Open an address."""
        return self._send("GET", path)

    def page(self, path: str, status: int = 200) -> str:
        """Open a page."""
        return whole(self.get(path), status)

    def post(self, path: str, values: Values | None = None, **more: str | list[str]) -> Answer:
        """Send a form."""
        return self._send("POST", path, form=(values or {}) | more)

    def follow(self, answer: Answer) -> str:
        """Go where a form leads."""
        assert answer.status == 303, (answer.status, words(answer.text)[-1500:-400])
        return self.page(answer.headers["location"])

    def _send(self, method: str, path: str, form: Values | None = None) -> Answer:
        token = self._tokens.get(self.desk.now)
        if token is None:
            token = sign_in(self.desk.cloud, self.user_id, self.role, self.audience)
            self._tokens[self.desk.now] = token
        web = self.desk.functions("Gateway", token=token)
        return web.request(method, path, form=form, headers=HTML)
