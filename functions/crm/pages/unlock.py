"""Pages of the locked workspace: unlock, recover, lock, lock everywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from urllib.parse import urlencode

from fastapi.responses import RedirectResponse, Response
from pydantic import Field, SecretStr

from crm.dependencies import ProviderDep
from crm.pages.context import (
    WRITE_DEPENDENCIES,
    LockAwarePageContext,
    LockAwarePageDep,
    page_router,
    require_same_passphrases,
)
from crm.pages.forms import safe_path
from crm.pages.pending_form import MAX_SEALED_CHARACTERS, restore
from crm.service.error_mapping import to_domain_error
from crm.service.unlock import UnlockService
from crm.service.vault_access import UnlockGrant
from crm.vault import (
    UnlockExpired,
    UnlockToken,
    VaultDestroyed,
    VaultError,
    VaultLocked,
    VaultState,
)
from kit.auth import clear_unlock_cookie
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, handle_form

router = page_router()
SAFE_EXIT_URL = "https://www.wikipedia.org/"
_WHY = {
    VaultLocked: "",
    UnlockExpired: N_(
        "Your client book was locked: its time was over, or it was locked from another device."
    ),
}


class UnlockForm(Body):
    """The passphrase."""

    passphrase: Annotated[SecretStr, Field(min_length=1, max_length=400, title=N_("Passphrase"))]
    to: Annotated[str, Field(max_length=200)] = ""
    pending_form: Annotated[str, Field(max_length=MAX_SEALED_CHARACTERS)] = ""
    """A form that was sent while the workspace was locked."""


class RecoverForm(Body):
    """The recovery code, and the new passphrase."""

    code: Annotated[SecretStr, Field(min_length=1, max_length=100, title=N_("Recovery code"))]
    passphrase: Annotated[
        SecretStr, Field(min_length=1, max_length=400, title=N_("New passphrase"))
    ]
    again: Annotated[
        SecretStr, Field(min_length=1, max_length=400, title=N_("Repeat the passphrase"))
    ]


@router.get("/unlock")
async def unlock_page(context: LockAwarePageDep) -> Response:
    """Ask for the passphrase and give the reason; redirect if the workspace is unlocked."""
    target = safe_path(context.request.query_params.get("to", ""))
    if context.access.state() in (VaultState.NONE, VaultState.OPEN):
        return context.redirect(target)
    try:
        context.access.keyring.open(context.access.provider_id, context.access.unlock)
    except (VaultLocked, UnlockExpired) as error:
        return _render_unlock(context, Form({"to": target}), reason=_(_WHY[type(error)]))
    return context.redirect(target)


@router.post("/unlock", dependencies=WRITE_DEPENDENCIES)
async def unlock(context: LockAwarePageDep) -> Response:
    """Unlock the workspace for this session."""

    def action(form: UnlockForm) -> Response:
        with _domain_errors():
            grant = UnlockService(context.access).unlock(form.passphrase.get_secret_value())
        response = _resubmit_page(context, grant, form.pending_form) or context.redirect(
            safe_path(form.to), "unlocked"
        )
        return context.with_unlock_cookie(response, grant)

    return await handle_form(
        context.request,
        UnlockForm,
        action,
        lambda form, status: _render_unlock(context, form, status),
    )


@router.get("/recover")
async def recover_page(context: LockAwarePageDep) -> Response:
    """Ask for the recovery code; redirect if there is no passphrase."""
    if context.access.state() is not VaultState.PASSPHRASE:
        return context.redirect("/unlock")
    return _render_recover(context, Form())


@router.post("/recover", dependencies=WRITE_DEPENDENCIES)
async def recover(context: LockAwarePageDep) -> Response:
    """Unlock by the recovery code; the next code is shown once, here."""

    def action(form: RecoverForm) -> Response:
        passphrase = require_same_passphrases(form.passphrase, form.again)
        with _domain_errors():
            result = UnlockService(context.access).recover(form.code.get_secret_value(), passphrase)
        response = context.render_in_layout(
            "recovery_code_new.html", heading=_("Your new recovery code"), code=result.recovery_code
        )
        return context.with_unlock_cookie(response, result.grant)

    return await handle_form(
        context.request,
        RecoverForm,
        action,
        lambda form, status: _render_recover(context, form, status),
        field_names={"newPassphrase": "passphrase"},
    )


@contextmanager
def _domain_errors() -> Iterator[None]:
    """Map the vault's errors for the form; a deleted workspace has an error page of its own."""
    try:
        yield
    except VaultDestroyed:
        raise
    except VaultError as error:
        raise to_domain_error(error) from error


@router.post("/lock")
async def lock(context: LockAwarePageDep) -> Response:
    """Lock the workspace for this session."""
    UnlockService(context.access).lock()
    response = context.redirect("/unlock")
    clear_unlock_cookie(response, path=context.path)
    return response


@router.post("/lock-and-logout")
async def lock_and_logout(context: LockAwarePageDep) -> Response:
    """Lock the workspace for this session and log out: no unlock of an ended session stays behind."""
    UnlockService(context.access).lock()
    # 307: the browser sends the same form on to the logout.
    response = RedirectResponse(f"{context.path}/logout", status_code=307)
    clear_unlock_cookie(response, path=context.path)
    return response


@router.post("/lock-all")
async def lock_all(context: LockAwarePageDep) -> Response:
    """Lock the workspace for every session, and leave the site at once."""
    UnlockService(context.access).lock_all()
    # No redirect: the content security policy keeps forms from leading to another site.
    headers = {"refresh": f"0; url={SAFE_EXIT_URL}"}
    response = context.render_in_layout(
        "locked_everywhere.html", heading=_("Locked"), headers=headers
    )
    clear_unlock_cookie(response, path=context.path)
    return response


@router.post("/_alive", status_code=204)
async def keepalive(provider: ProviderDep) -> Response:  # noqa: ARG001 - being let in is all
    """Keep the session alive while the visitor is active on a page without requests."""
    return Response(status_code=204)


def _render_unlock(
    context: LockAwarePageContext, form: Form, status: int = 200, *, reason: str = ""
) -> Response:
    return context.render_in_layout(
        "unlock.html", status, heading=_("Locked"), form=form, reason=reason
    )


def _resubmit_page(
    context: LockAwarePageContext, grant: UnlockGrant, encoded_form: str
) -> Response | None:
    if not encoded_form:
        return None
    try:
        vault = context.access.keyring.open(
            context.access.provider_id, UnlockToken(context.access.session.id, grant.secret)
        )
    except (VaultLocked, UnlockExpired):
        return None
    pending_form = restore(vault, context.access.session.id, encoded_form)
    if pending_form is None:
        return None
    return context.render_in_layout(
        "resubmit_form.html",
        heading=_("Unlocked"),
        action=f"{context.path}{pending_form.part}",
        fields=pending_form.fields,
    )


def _render_recover(context: LockAwarePageContext, form: Form, status: int = 200) -> Response:
    return context.render_in_layout(
        "recover.html", status, heading=_("Unlock with the recovery code"), form=form
    )


def unlock_address(path: str, part: str) -> str:
    """Return the unlock page's address that leads on to `part`."""
    target = safe_path(part)
    return f"{path}/unlock?{urlencode({'to': target})}" if target else f"{path}/unlock"
