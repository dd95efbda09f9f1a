"""What every page of the book shares: who is at it, what surrounds it, and how it answers.

    router = page_router("/visits")

    @router.get("")
    async def visits_page(sheet: AtSheet) -> Response:
        return sheet.show("visits.html", heading="Visits", ...)     # extends "book_layout.html"

`AtSheet` opens the book; where it stays shut, the browser is led to where it is opened. `AtFrame` is for pages that
need the door alone. Forms answer `sheet.see("/visits", "added")`, or show themselves again with status 422.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field, SecretStr

from crm.dependencies import OWNER, AtDesk, BeforeBook, InRoom, Room, limit_writes
from crm.pages.labels import moment
from crm.repository.dashboard import Overview
from crm.service.dashboard import NOWHERE
from crm.service.error_mapping import refusal
from crm.service.settings import settings_of
from crm.service.unlocked_context import Desk, enter_as
from crm.service.vault_access import Door, Unlocked
from crm.service.workspace_state import BookState, book_state
from crm.vault import VaultError, VaultState
from kit.auth import LIFETIMES, Audience, set_unlock_cookie
from kit.errors import DomainError, Invalid, NotFound
from kit.ids import new_id
from kit.pages import FormErrors, TemplateRenderer, read_form

pages = TemplateRenderer("crm")
REFUSED = 422
WRITES = [Depends(limit_writes)]
IDLE_MINUTES = int(LIFETIMES[Audience.CRM].idle.total_seconds() // 60)
PARTS = (
    ("", "Today"),
    ("clients", "People"),
    ("visits", "Visits"),
    ("tasks", "Tasks"),
    ("screening", "Checks"),
    ("financial", "Money"),
    ("areas", "Areas"),
    ("settings", "Settings"),
)
"""The pages that stand in the list beside each other: (address below the room's, name)."""
DONE = {
    "added": "It is in your book.",
    "saved": "Saved.",
    "removed": "Removed.",
    "archived": "Put away. You find it under “Put away”.",
    "back": "Back in the list.",
    "forgotten": "Forgotten: the key is destroyed, nobody can read it again.",
    "merged": "Two entries are one now.",
    "paid": "The payment is noted.",
    "done": "Done.",
    "unlocked": "Your book is open.",
}
"""What has just been done, by the word that the address carries."""


def page_router(part: str = "") -> APIRouter:
    """Return a router for pages below the room's address; each of them is behind its door."""
    return APIRouter(prefix=f"/{{slug}}/crm{part}", dependencies=[OWNER], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """One request of a provider behind the door of her book."""

    request: Request
    room: Room

    @property
    def path(self) -> str:
        """Where the room is."""
        return f"/{self.room.slug}/crm"

    def show(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Answer with a page; from 400 on the transaction is undone."""
        headers: dict[str, str] | None = context.pop("headers", None)
        surroundings: dict[str, Any] = {
            "room": self.path,
            "parts": PARTS,
            "done": DONE.get(self.request.query_params.get("done", ""), ""),
            "idle_minutes": IDLE_MINUTES,
            "inside": False,
            "locks": False,
        }
        return pages.render(
            self.request, template, status, headers=headers, **(surroundings | context)
        )

    def see(self, part: str, done: str = "") -> RedirectResponse:
        """Lead the browser on after a form, so that reloading repeats nothing."""
        said = f"?done={done}" if done else ""
        return RedirectResponse(f"{self.path}{part}{said}", status_code=303)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One request of a provider at her open book."""

    frame: Frame
    desk: Desk

    @property
    def request(self) -> Request:
        """What was sent."""
        return self.frame.request

    @property
    def path(self) -> str:
        """Where the room is."""
        return self.frame.path

    def show(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Answer with a page of the open book; from 400 on the transaction is undone."""
        settings = settings_of(self.desk.work, self.desk.provider_id)
        inside = {
            "inside": True,
            "locks": self.desk.vault.has_passphrase,
            "idle_minutes": min(IDLE_MINUTES, settings.auto_lock_minutes),
            "fresh": new_id(),
        }
        return self.frame.show(template, status, **(inside | context))

    def see(self, part: str, done: str = "") -> RedirectResponse:
        """Lead the browser on after a form."""
        return self.frame.see(part, done)

    async def take[F: BaseModel](
        self,
        model: type[F],
        do: Callable[[F], Response],
        again: Callable[[FormErrors, int], Response],
        *,
        prefix: str = "",
        fields: Mapping[str, str] | None = None,
    ) -> Response:
        """Read a form and do what it asks for; where that is refused, show it `again` with what was entered.

        `fields`: what the form calls a field that the use case calls otherwise.
        """
        form = await read_form(self.request, model, prefix=prefix)
        if isinstance(form, FormErrors):
            return again(form, REFUSED)
        try:
            # The database may refuse halfway: the page that says so reads on.
            with self.desk.work.savepoint():
                return do(form)
        except NotFound:
            raise
        except DomainError as error:
            error.field = (fields or {}).get(error.field or "", error.field)
            return again(FormErrors.from_error(error, form, prefix=prefix), error.status)


async def frame(request: Request, room: InRoom) -> Frame:
    """Let a provider in."""
    return Frame(request, room)


type AtFrame = Annotated[Frame, Depends(frame)]


async def sheet(at: AtFrame, desk: AtDesk) -> Sheet:
    """Open the book."""
    return Sheet(at, desk)


type AtSheet = Annotated[Sheet, Depends(sheet)]


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
        return again(FormErrors.from_error(refused, form, prefix=prefix), refused.status)

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
