"""A page in front of the book that works in every state of it: open, locked, destroyed.

@router.get("")
async def keys_page(hall: AtHall) -> Response:
    return hall.show("keys.html", heading="Passphrase and keys", ...)     # extends "book_layout.html"
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field, SecretStr

from crm.dependencies import BeforeBook
from crm.pages.frame import REFUSED, AtFrame, Frame
from crm.pages.words import moment
from crm.repository.overview import Overview
from crm.service.desk import enter_as
from crm.service.door import Door, Unlocked
from crm.service.overview import NOWHERE
from crm.service.refusals import refusal
from crm.service.standing import BookState, book_state
from crm.vault import VaultError, VaultState
from kit.auth import set_unlock_cookie
from kit.errors import DomainError, Invalid
from kit.pages import FormErrors, read_form

Secret = Annotated[SecretStr, Field(min_length=1, max_length=400)]
FORBIDDEN = 403
CORNERS = (
    ("settings", "How it behaves"),
    ("settings/encryption", "Passphrase and keys"),
    ("settings/holds", "Legal holds"),
    ("audit", "What happened"),
    ("export", "Take out"),
    ("import", "Bring in"),
    ("wipe", "Empty it"),
)
"""The pages behind “Settings”."""


@dataclass(frozen=True)
class Hall:
    """One request of a provider before her book."""

    frame: Frame
    door: Door

    @property
    def request(self) -> Request:
        """What was sent."""
        return self.frame.request

    @property
    def path(self) -> str:
        """Where the room is."""
        return self.frame.path

    @cached_property
    def zone(self) -> str:
        """On whose clock the book's days are."""
        habits = Overview(self.door.work, self.door.provider_id).latest_habits()
        return habits[0] if habits else NOWHERE

    def when(self, at: datetime | None) -> str:
        """Return a moment as it is shown; nothing for none."""
        return moment(at, self.zone) if at else ""

    def show(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Answer with a page; from 400 on the transaction is undone."""
        state: BookState = context.pop("state", None) or book_state(self.door)
        locks = state.mode is VaultState.PASSPHRASE
        inside = state.mode is VaultState.OPEN or (locks and not state.locked)
        surroundings = {
            "inside": inside,
            "locks": locks,
            "corners": CORNERS,
            "sign_in_again": self._sign_in_again(status, context, locks=locks),
        }
        return self.frame.show(template, status, **(surroundings | context))

    def _sign_in_again(self, status: int, context: dict[str, Any], *, locks: bool) -> str:
        """Return where she signs in again and comes back here, where that is asked for; nothing otherwise.

        `page_at`: the page's address, for forms that are sent elsewhere. `leaves`: it asks for what a passphrase would.
        """
        page_at = context.pop("page_at", self.request.url.path)
        leaves = context.pop("leaves", False)
        if status != FORBIDDEN and not (leaves and not locks and not self.door.is_fresh()):
            return ""
        return f"{self.path}/login?{urlencode({'next': page_at})}"

    def see(self, part: str, done: str = "") -> RedirectResponse:
        """Lead the browser on after a form."""
        return self.frame.see(part, done)

    def with_key[R: Response](self, answer: R, unlocked: Unlocked) -> R:
        """Give the browser what opens the book."""
        seconds = max(1, int((unlocked.until - self.door.clock()).total_seconds()))
        set_unlock_cookie(answer, unlocked.secret, max_age=seconds, path=self.path)
        return answer

    async def take[F: BaseModel](
        self,
        model: type[F],
        do: Callable[[F], Response],
        again: Callable[[FormErrors, int], Response],
        *,
        prefix: str = "",
        fields: Mapping[str, str] | None = None,
    ) -> Response:
        """Read a form and do what it asks for; where that is refused, show it `again` without its secrets.

        `fields`: what the form calls a field that the use case calls otherwise.
        """
        form = await read_form(self.request, model, prefix=prefix)
        if isinstance(form, FormErrors):
            return again(form, REFUSED)
        try:
            return do(form)
        except (VaultError, DomainError) as error:
            refused = refusal(error) if isinstance(error, VaultError) else error
        refused.field = (fields or {}).get(refused.field or "", refused.field)
        self.undo()
        return again(FormErrors.of(refused, form, prefix=prefix), refused.status)

    def undo(self) -> None:
        """Undo what was begun; the page that says so reads on."""
        self.door.work.rollback()
        enter_as(self.door.work, self.door.provider_id)


async def hall(frame: AtFrame, door: BeforeBook) -> Hall:
    """Let a provider stand before her book."""
    return Hall(frame, door)


type AtHall = Annotated[Hall, Depends(hall)]


def chosen_twice(first: SecretStr, again: SecretStr) -> str:
    """Return what was typed twice; raise `Invalid` where it is not the same."""
    if first.get_secret_value() != again.get_secret_value():
        raise Invalid("not-the-same", "This is not what stands in the field above.", field="again")
    return first.get_secret_value()
