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

from crm.dependencies import (
    PROVIDER_ONLY,
    ProviderContext,
    ProviderDep,
    UnlockedDep,
    VaultAccessDep,
    limit_writes,
)
from crm.pages.labels import format_datetime
from crm.repository.dashboard import DashboardRepository
from crm.service.dashboard import DEFAULT_ZONE
from crm.service.error_mapping import to_domain_error
from crm.service.settings import load_settings
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.service.vault_access import UnlockGrant, VaultAccess
from crm.service.workspace_state import WorkspaceState, workspace_state
from crm.vault import VaultError, VaultState
from kit.auth import LIFETIMES, Audience, set_unlock_cookie
from kit.errors import DomainError, Invalid, NotFound
from kit.ids import new_id
from kit.pages import FormErrors, TemplateRenderer, read_form

pages = TemplateRenderer("crm")
UNPROCESSABLE = 422
WRITE_DEPENDENCIES = [Depends(limit_writes)]
IDLE_MINUTES = int(LIFETIMES[Audience.CRM].idle.total_seconds() // 60)
MAIN_NAV = (
    ("", "Today"),
    ("clients", "People"),
    ("visits", "Visits"),
    ("tasks", "Tasks"),
    ("screening", "Checks"),
    ("financial", "Money"),
    ("area-subscriptions", "Subscriptions"),
    ("settings", "Settings"),
)
"""The pages that stand in the list beside each other: (address below the room's, name)."""
FLASH_MESSAGES = {
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
    return APIRouter(
        prefix=f"/{{slug}}/crm{part}", dependencies=[PROVIDER_ONLY], include_in_schema=False
    )


@dataclass(frozen=True, slots=True)
class PageContext:
    """One request of a provider behind the door of her book."""

    request: Request
    provider: ProviderContext

    @property
    def path(self) -> str:
        """Where the room is."""
        return f"/{self.provider.slug}/crm"

    def render(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Answer with a page; from 400 on the transaction is undone."""
        headers: dict[str, str] | None = context.pop("headers", None)
        surroundings: dict[str, Any] = {
            "room": self.path,
            "parts": MAIN_NAV,
            "done": FLASH_MESSAGES.get(self.request.query_params.get("done", ""), ""),
            "idle_minutes": IDLE_MINUTES,
            "inside": False,
            "locks": False,
        }
        return pages.render(
            self.request, template, status, headers=headers, **(surroundings | context)
        )

    def redirect(self, part: str, done: str = "") -> RedirectResponse:
        """Lead the browser on after a form, so that reloading repeats nothing."""
        said = f"?done={done}" if done else ""
        return RedirectResponse(f"{self.path}{part}{said}", status_code=303)


@dataclass(frozen=True, slots=True)
class UnlockedPageContext:
    """One request of a provider at her open book."""

    page: PageContext
    unlocked: UnlockedContext

    @property
    def request(self) -> Request:
        """What was sent."""
        return self.page.request

    @property
    def path(self) -> str:
        """Where the room is."""
        return self.page.path

    def render(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Answer with a page of the open book; from 400 on the transaction is undone."""
        settings = load_settings(self.unlocked.work, self.unlocked.provider_id)
        inside = {
            "inside": True,
            "locks": self.unlocked.vault.has_passphrase,
            "idle_minutes": min(IDLE_MINUTES, settings.auto_lock_minutes),
            "fresh": new_id(),
        }
        return self.page.render(template, status, **(inside | context))

    def redirect(self, part: str, done: str = "") -> RedirectResponse:
        """Lead the browser on after a form."""
        return self.page.redirect(part, done)

    async def handle_form[F: BaseModel](
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
            return again(form, UNPROCESSABLE)
        try:
            # The database may refuse halfway: the page that says so reads on.
            with self.unlocked.work.savepoint():
                return do(form)
        except NotFound:
            raise
        except DomainError as error:
            error.field = (fields or {}).get(error.field or "", error.field)
            return again(FormErrors.from_error(error, form, prefix=prefix), error.status)


async def page_context(request: Request, provider: ProviderDep) -> PageContext:
    """Let a provider in."""
    return PageContext(request, provider)


type PageDep = Annotated[PageContext, Depends(page_context)]


async def unlocked_page_context(at: PageDep, unlocked: UnlockedDep) -> UnlockedPageContext:
    """Open the book."""
    return UnlockedPageContext(at, unlocked)


type UnlockedPageDep = Annotated[UnlockedPageContext, Depends(unlocked_page_context)]


Secret = Annotated[SecretStr, Field(min_length=1, max_length=400)]
FORBIDDEN = 403
SETTINGS_NAV = (
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
class LockAwarePageContext:
    """One request of a provider before her book."""

    page: PageContext
    access: VaultAccess

    @property
    def request(self) -> Request:
        """What was sent."""
        return self.page.request

    @property
    def path(self) -> str:
        """Where the room is."""
        return self.page.path

    @cached_property
    def time_zone(self) -> str:
        """On whose clock the book's days are."""
        habits = DashboardRepository(self.access.work, self.access.provider_id).last_used_defaults()
        return habits[0] if habits else DEFAULT_ZONE

    def format_datetime(self, at: datetime | None) -> str:
        """Return a moment as it is shown; nothing for none."""
        return format_datetime(at, self.time_zone) if at else ""

    def render(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Answer with a page; from 400 on the transaction is undone."""
        state: WorkspaceState = context.pop("state", None) or workspace_state(self.access)
        locks = state.mode is VaultState.PASSPHRASE
        inside = state.mode is VaultState.OPEN or (locks and not state.locked)
        surroundings = {
            "inside": inside,
            "locks": locks,
            "corners": SETTINGS_NAV,
            "sign_in_again": self._sign_in_again(status, context, locks=locks),
        }
        return self.page.render(template, status, **(surroundings | context))

    def _sign_in_again(self, status: int, context: dict[str, Any], *, locks: bool) -> str:
        """Return where she signs in again and comes back here, where that is asked for; nothing otherwise.

        `page_at`: the page's address, for forms that are sent elsewhere. `leaves`: it asks for what a passphrase would.
        """
        page_at = context.pop("page_at", self.request.url.path)
        leaves = context.pop("leaves", False)
        if status != FORBIDDEN and not (
            leaves and not locks and not self.access.has_recent_login()
        ):
            return ""
        return f"{self.path}/login?{urlencode({'next': page_at})}"

    def redirect(self, part: str, done: str = "") -> RedirectResponse:
        """Lead the browser on after a form."""
        return self.page.redirect(part, done)

    def with_unlock_cookie[R: Response](self, answer: R, unlocked: UnlockGrant) -> R:
        """Give the browser what opens the book."""
        seconds = max(1, int((unlocked.until - self.access.clock()).total_seconds()))
        set_unlock_cookie(answer, unlocked.secret, max_age=seconds, path=self.path)
        return answer

    async def handle_form[F: BaseModel](
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
            return again(form, UNPROCESSABLE)
        try:
            return do(form)
        except (VaultError, DomainError) as error:
            refused = to_domain_error(error) if isinstance(error, VaultError) else error
        refused.field = (fields or {}).get(refused.field or "", refused.field)
        self.roll_back()
        return again(FormErrors.from_error(refused, form, prefix=prefix), refused.status)

    def roll_back(self) -> None:
        """Undo what was begun; the page that says so reads on."""
        self.access.work.rollback()
        set_tenant(self.access.work, self.access.provider_id)


async def lock_aware_page_context(page: PageDep, access: VaultAccessDep) -> LockAwarePageContext:
    """Let a provider stand before her book."""
    return LockAwarePageContext(page, access)


type LockAwarePageDep = Annotated[LockAwarePageContext, Depends(lock_aware_page_context)]


def require_same_passphrases(first: SecretStr, again: SecretStr) -> str:
    """Return what was typed twice; raise `Invalid` where it is not the same."""
    if first.get_secret_value() != again.get_secret_value():
        raise Invalid("not-the-same", "This is not what stands in the field above.", field="again")
    return first.get_secret_value()
