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
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from crm.dependencies import OWNER, AtDesk, InRoom, Room, limit_writes
from crm.service.desk import Desk
from crm.service.settings import settings_of
from kit.auth import LIFETIMES, Audience
from kit.errors import DomainError, NotFound
from kit.ids import new_id
from kit.pages import FormErrors, Pages, read_form

pages = Pages("crm")
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
            return again(FormErrors.of(error, form, prefix=prefix), error.status)


async def frame(request: Request, room: InRoom) -> Frame:
    """Let a provider in."""
    return Frame(request, room)


type AtFrame = Annotated[Frame, Depends(frame)]


async def sheet(at: AtFrame, desk: AtDesk) -> Sheet:
    """Open the book."""
    return Sheet(at, desk)


type AtSheet = Annotated[Sheet, Depends(sheet)]
