"""Page contexts of the client book: provider, layout variables, rendering, redirects and forms.

    router = page_router("/visits")

    @router.get("")
    async def visits_page(context: UnlockedPageDep) -> Response:
        return context.render("visits.html", heading="Visits", ...)     # extends "layout.html"

`UnlockedPageDep` unlocks the workspace, or redirects the browser to the unlock page. `LockAwarePageDep` is for pages
that work locked and unlocked. Both derive from `PageContext`. Forms answer `context.redirect("/visits", "added")`, or
render themselves again with status 422.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
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
from kit.errors import DomainError, Invalid
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.ids import new_id
from kit.pages import FormErrors, TemplateRenderer, handle_form, redirect

pages = TemplateRenderer("crm")
WRITE_DEPENDENCIES = [Depends(limit_writes)]
IDLE_MINUTES = int(LIFETIMES[Audience.CRM].idle.total_seconds() // 60)
MAIN_NAV = (
    ("", N_("Dashboard")),
    ("clients", N_("Clients")),
    ("visits", N_("Visits")),
    ("tasks", N_("Tasks")),
    ("screening", N_("Screening")),
    ("financial", N_("Finance")),
    ("area-subscriptions", N_("Subscriptions")),
    ("settings", N_("Settings")),
)
"""The main navigation: (address below `/crm`, label)."""
FLASH_MESSAGES = {
    "added": N_("Added."),
    "saved": N_("Saved."),
    "removed": N_("Deleted."),
    "archived": N_("Archived. Choose “Archived clients” in the filters to find the client."),
    "restored": N_("Restored."),
    "erased": N_("Deleted. The key is destroyed, so the data cannot be read again."),
    "merged": N_("Clients merged."),
    "paid": N_("Payment saved."),
    "done": N_("Done."),
    "unlocked": N_("Unlocked."),
}
"""Success messages, by the value of the query parameter `done`."""


def page_router(part: str = "") -> APIRouter:
    """Return a router for pages below `/{slug}/crm`; each of them requires a CRM session."""
    return APIRouter(
        prefix=f"/{{slug}}/crm{part}", dependencies=[PROVIDER_ONLY], include_in_schema=False
    )


@dataclass(frozen=True)
class PageContext(ABC):
    """One page request of a provider: address, layout variables, rendering and redirects. Base of both contexts."""

    request: Request
    provider: ProviderContext

    @property
    def path(self) -> str:
        """Return the address of the client book."""
        return f"/{self.provider.slug}/crm"

    def render_in_layout(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Render a page, as of a locked workspace unless `context` says otherwise; from status 400 on, the transaction
        is rolled back.
        """
        done = FLASH_MESSAGES.get(self.request.query_params.get("done", ""), "")
        layout_context = locked_layout(self.path) | {
            "nav": [(part, _(name)) for part, name in MAIN_NAV],
            "done": _(done),
            "idle_minutes": IDLE_MINUTES,
        }
        return pages.render(self.request, template, status, **(layout_context | context))

    def redirect(self, part: str, flash: str = "") -> RedirectResponse:
        """Redirect after a form (303), so that reloading repeats nothing."""
        query = f"?done={flash}" if flash else ""
        return redirect(f"{self.path}{part}{query}")

    async def handle_form[F: BaseModel](
        self,
        model: type[F],
        action: Callable[[F], Response],
        render_errors: Callable[[FormErrors, int], Response],
        *,
        prefix: str = "",
        field_names: Mapping[str, str] | None = None,
    ) -> Response:
        """Handle a form with the kit: run `action`, or render the page again with the errors."""
        return await handle_form(
            self.request,
            model,
            action,
            render_errors,
            savepoint=self._part_of_transaction,
            prefix=prefix,
            field_names=field_names,
        )

    @abstractmethod
    def _part_of_transaction(self) -> AbstractContextManager[None]:
        """Return the part of the transaction that a refused form undoes."""


def locked_layout(path: str) -> dict[str, Any]:
    """Return the layout variables of a page outside an unlocked workspace; `path` is the client book's address."""
    return {
        "base_path": path,
        "nav": (),
        "done": "",
        "idle_minutes": 0,
        "is_unlocked": False,
        "has_passphrase": False,
    }


@dataclass(frozen=True)
class UnlockedPageContext(PageContext):
    """One page request of a provider with an unlocked workspace."""

    unlocked: UnlockedContext

    def render(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Render a page of the unlocked workspace; from status 400 on the transaction is rolled back."""
        settings = load_settings(self.unlocked.work, self.unlocked.provider_id)
        layout_context = {
            "is_unlocked": True,
            "has_passphrase": self.unlocked.vault.has_passphrase,
            "idle_minutes": min(IDLE_MINUTES, settings.auto_lock_minutes),
            "form_id": new_id(),
        }
        return self.render_in_layout(template, status, **(layout_context | context))

    def _part_of_transaction(self) -> AbstractContextManager[None]:
        # The error page reads on in the same transaction, even if the database refused a statement.
        return self.unlocked.work.savepoint()


async def unlocked_page_context(
    request: Request, provider: ProviderDep, unlocked: UnlockedDep
) -> UnlockedPageContext:
    """Return the context of a page that needs an unlocked workspace."""
    return UnlockedPageContext(request, provider, unlocked)


type UnlockedPageDep = Annotated[UnlockedPageContext, Depends(unlocked_page_context)]


Secret = Annotated[SecretStr, Field(min_length=1, max_length=400)]
FORBIDDEN = 403
SETTINGS_NAV = (
    ("settings", N_("General")),
    ("settings/encryption", N_("Passphrase and keys")),
    ("settings/holds", N_("Legal holds")),
    ("audit", N_("Activity log")),
    ("export", N_("Export")),
    ("import", N_("Import")),
    ("clear", N_("Delete all clients")),
)
"""The navigation of the settings pages: (address below `/crm`, label)."""


@dataclass(frozen=True)
class LockAwarePageContext(PageContext):
    """One page request that works locked and unlocked."""

    access: VaultAccess

    @cached_property
    def time_zone(self) -> str:
        """Return the time zone of the provider's last visit, or the default."""
        defaults = DashboardRepository(
            self.access.work, self.access.provider_id
        ).last_used_defaults()
        return defaults[0] if defaults else DEFAULT_ZONE

    def format_datetime(self, at: datetime | None) -> str:
        """Format a time in the provider's time zone; return an empty text for None."""
        return format_datetime(at, self.time_zone) if at else ""

    def render(self, template: str, status: int = 200, /, **context: Any) -> HTMLResponse:
        """Render a page; from status 400 on the transaction is rolled back."""
        state: WorkspaceState = context.pop("state", None) or workspace_state(self.access)
        has_passphrase = state.mode is VaultState.PASSPHRASE
        is_unlocked = state.mode is VaultState.OPEN or (has_passphrase and not state.locked)
        layout_context = {
            "is_unlocked": is_unlocked,
            "has_passphrase": has_passphrase,
            "settings_nav": SETTINGS_NAV,
            "sign_in_again": self._sign_in_again(status, context, has_passphrase=has_passphrase),
        }
        return self.render_in_layout(template, status, **(layout_context | context))

    def _sign_in_again(self, status: int, context: dict[str, Any], *, has_passphrase: bool) -> str:
        """Return the login address that comes back here if a recent login is required, or an empty text.

        `page_at`: the page's address, for forms that are sent elsewhere. `reauthenticates`: the page asks for the
        passphrase, or for a recent login where there is none.
        """
        page_at = context.pop("page_at", self.request.url.path)
        reauthenticates = context.pop("reauthenticates", False)
        if status != FORBIDDEN and not (
            reauthenticates and not has_passphrase and not self.access.has_recent_login()
        ):
            return ""
        return f"{self.path}/login?{urlencode({'next': page_at})}"

    def with_unlock_cookie[R: Response](self, response: R, unlocked: UnlockGrant) -> R:
        """Set the unlock cookie."""
        seconds = max(1, int((unlocked.until - self.access.clock()).total_seconds()))
        set_unlock_cookie(response, unlocked.secret, max_age=seconds, path=self.path)
        return response

    @contextmanager
    def _part_of_transaction(self) -> Iterator[None]:
        try:
            yield
        except VaultError as error:
            self.roll_back()
            raise to_domain_error(error) from error
        except DomainError:
            self.roll_back()
            raise

    def roll_back(self) -> None:
        """Roll back the transaction; the error page reads on with the same tenant."""
        self.access.work.rollback()
        set_tenant(self.access.work, self.access.provider_id)


async def lock_aware_page_context(
    request: Request, provider: ProviderDep, access: VaultAccessDep
) -> LockAwarePageContext:
    """Return the context of a page that works locked and unlocked."""
    return LockAwarePageContext(request, provider, access)


type LockAwarePageDep = Annotated[LockAwarePageContext, Depends(lock_aware_page_context)]


def require_same_passphrases(passphrase: SecretStr, repeated: SecretStr) -> str:
    """Return the repeated passphrase; raise `Invalid` if the two differ."""
    if passphrase.get_secret_value() != repeated.get_secret_value():
        raise Invalid("not-the-same", _("The two passphrases differ."), field="again")
    return passphrase.get_secret_value()
