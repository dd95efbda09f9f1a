"""Pages of the locked workspace: unlock, recover, lock, lock everywhere."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi.responses import RedirectResponse, Response
from pydantic import Field, SecretStr

from crm.dependencies import ProviderDep, VaultAccessDep
from crm.pages.context import UNPROCESSABLE, WRITE_DEPENDENCIES, PageContext, PageDep, page_router
from crm.pages.forms import safe_path
from crm.pages.pending_form import MAX_SEALED_CHARACTERS, restore
from crm.service.error_mapping import to_domain_error
from crm.service.unlock import UnlockService
from crm.service.vault_access import UnlockGrant, VaultAccess
from crm.vault import (
    UnlockExpired,
    UnlockToken,
    VaultDestroyed,
    VaultError,
    VaultLocked,
    VaultState,
)
from kit.auth import clear_unlock_cookie, set_unlock_cookie
from kit.errors import DomainError
from kit.http import Request as Body
from kit.pages import Form, FormErrors, read_form

router = page_router()
SAFE_EXIT_URL = "https://www.wikipedia.org/"
_WHY = {
    VaultLocked: "",
    UnlockExpired: "Your client book was locked: its time was over, or it was locked from another device.",
}


class UnlockForm(Body):
    """The passphrase."""

    passphrase: Annotated[SecretStr, Field(min_length=1, max_length=400, title="Passphrase")]
    to: Annotated[str, Field(max_length=200)] = ""
    pending_form: Annotated[str, Field(max_length=MAX_SEALED_CHARACTERS)] = ""
    """A form that was sent while the workspace was locked."""


class RecoverForm(Body):
    """The recovery code, and the new passphrase."""

    code: Annotated[SecretStr, Field(min_length=1, max_length=100, title="Recovery code")]
    passphrase: Annotated[SecretStr, Field(min_length=1, max_length=400, title="New passphrase")]
    again: Annotated[SecretStr, Field(min_length=1, max_length=400, title="Repeat the passphrase")]


@router.get("/unlock")
async def unlock_page(page: PageDep, access: VaultAccessDep) -> Response:
    """Ask for the passphrase and give the reason; redirect if the workspace is unlocked."""
    target = safe_path(page.request.query_params.get("to", ""))
    if access.state() in (VaultState.NONE, VaultState.OPEN):
        return page.redirect(target)
    try:
        access.keyring.open(access.provider_id, access.unlock)
    except (VaultLocked, UnlockExpired) as error:
        return _render_unlock(page, Form({"to": target}), reason=_WHY[type(error)])
    return page.redirect(target)


@router.post("/unlock", dependencies=WRITE_DEPENDENCIES)
async def unlock(page: PageDep, access: VaultAccessDep) -> Response:
    """Unlock the workspace for this session."""
    form = await read_form(page.request, UnlockForm)
    if isinstance(form, FormErrors):
        return _render_unlock(page, form, UNPROCESSABLE)
    try:
        grant = UnlockService(access).unlock(form.passphrase.get_secret_value())
    except VaultDestroyed:
        raise
    except (VaultError, DomainError) as error:
        domain_error = to_domain_error(error) if isinstance(error, VaultError) else error
        return _render_unlock(page, FormErrors.from_error(domain_error, form), domain_error.status)
    response = _resubmit_page(page, access, grant, form.pending_form) or page.redirect(
        safe_path(form.to), "unlocked"
    )
    return _with_unlock_cookie(response, page, access, grant)


@router.get("/recover")
async def recover_page(page: PageDep, access: VaultAccessDep) -> Response:
    """Ask for the recovery code; redirect if there is no passphrase."""
    if access.state() is not VaultState.PASSPHRASE:
        return page.redirect("/unlock")
    return _render_recover(page, Form())


@router.post("/recover", dependencies=WRITE_DEPENDENCIES)
async def recover(page: PageDep, access: VaultAccessDep) -> Response:
    """Unlock by the recovery code; the next code is shown once, here."""
    form = await read_form(page.request, RecoverForm)
    if isinstance(form, FormErrors):
        return _render_recover(page, form, UNPROCESSABLE)
    passphrase = form.passphrase.get_secret_value()
    if passphrase != form.again.get_secret_value():
        errors = {"again": "The two passphrases differ."}
        return _render_recover(
            page, FormErrors({}, errors, {"again": "Repeat the passphrase"}), UNPROCESSABLE
        )
    try:
        result = UnlockService(access).recover(form.code.get_secret_value(), passphrase)
    except VaultDestroyed:
        raise
    except (VaultError, DomainError) as error:
        domain_error = to_domain_error(error) if isinstance(error, VaultError) else error
        if domain_error.field == "newPassphrase":
            domain_error.field = "passphrase"
        return _render_recover(page, FormErrors.from_error(domain_error, form), domain_error.status)
    response = page.render(
        "recovery_code_new.html", heading="Your new recovery code", code=result.recovery_code
    )
    return _with_unlock_cookie(response, page, access, result.grant)


@router.post("/lock")
async def lock(page: PageDep, access: VaultAccessDep) -> Response:
    """Lock the workspace for this session."""
    UnlockService(access).lock()
    response = page.redirect("/unlock")
    clear_unlock_cookie(response, path=page.path)
    return response


@router.post("/lock-and-logout")
async def lock_and_logout(page: PageDep, access: VaultAccessDep) -> Response:
    """Lock the workspace for this session and log out: no unlock of an ended session stays behind."""
    UnlockService(access).lock()
    # 307: the browser sends the same form on to the logout.
    response = RedirectResponse(f"{page.path}/logout", status_code=307)
    clear_unlock_cookie(response, path=page.path)
    return response


@router.post("/lock-all")
async def lock_all(page: PageDep, access: VaultAccessDep) -> Response:
    """Lock the workspace for every session, and leave the site at once."""
    UnlockService(access).lock_all()
    # No redirect: the content security policy keeps forms from leading to another site.
    headers = {"refresh": f"0; url={SAFE_EXIT_URL}"}
    response = page.render("locked_everywhere.html", heading="Locked", headers=headers)
    clear_unlock_cookie(response, path=page.path)
    return response


@router.post("/_alive", status_code=204)
async def keepalive(provider: ProviderDep) -> Response:  # noqa: ARG001 - being let in is all
    """Keep the session alive while the visitor is active on a page without requests."""
    return Response(status_code=204)


def _render_unlock(
    page: PageContext, form: Form, status: int = 200, *, reason: str = ""
) -> Response:
    return page.render("unlock.html", status, heading="Locked", form=form, reason=reason)


def _resubmit_page(
    page: PageContext, access: VaultAccess, grant: UnlockGrant, encoded_form: str
) -> Response | None:
    if not encoded_form:
        return None
    try:
        vault = access.keyring.open(
            access.provider_id, UnlockToken(access.session.id, grant.secret)
        )
    except (VaultLocked, UnlockExpired):
        return None
    pending_form = restore(vault, access.session.id, encoded_form)
    if pending_form is None:
        return None
    return page.render(
        "resubmit_form.html",
        heading="Unlocked",
        action=f"{page.path}{pending_form.part}",
        fields=pending_form.fields,
    )


def _render_recover(page: PageContext, form: Form, status: int = 200) -> Response:
    return page.render("recover.html", status, heading="Unlock with the recovery code", form=form)


def _with_unlock_cookie[R: Response](
    response: R, page: PageContext, access: VaultAccess, grant: UnlockGrant
) -> R:
    seconds = _seconds(access.clock(), grant.until)
    set_unlock_cookie(response, grant.secret, max_age=seconds, path=page.path)
    return response


def _seconds(now: datetime, until: datetime) -> int:
    return max(1, int((until - now).total_seconds()))


def unlock_address(path: str, part: str) -> str:
    """Return the unlock page's address that leads on to `part`."""
    target = safe_path(part)
    return f"{path}/unlock?{urlencode({'to': target})}" if target else f"{path}/unlock"
