"""In front of the book: unlock, recover, lock, panic. What each state says is in the templates."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi.responses import RedirectResponse, Response
from pydantic import Field, SecretStr

from crm.dependencies import ProviderDep, VaultAccessDep
from crm.pages.context import UNPROCESSABLE, WRITE_DEPENDENCIES, PageContext, PageDep, page_router
from crm.pages.forms import safe_path
from crm.pages.pending_form import LONGEST, restore
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
    UnlockExpired: "It locked itself: its time was over, or it was locked from another device.",
}


class UnlockForm(Body):
    """The passphrase."""

    passphrase: Annotated[SecretStr, Field(min_length=1, max_length=400, title="Passphrase")]
    to: Annotated[str, Field(max_length=200)] = ""
    stored: Annotated[str, Field(max_length=LONGEST)] = ""
    """A form that came while the book was locked."""


class RecoverForm(Body):
    """The recovery code, and the passphrase from now on."""

    code: Annotated[SecretStr, Field(min_length=1, max_length=100, title="Recovery code")]
    passphrase: Annotated[SecretStr, Field(min_length=1, max_length=400, title="New passphrase")]
    again: Annotated[SecretStr, Field(min_length=1, max_length=400, title="Once more")]


@router.get("/unlock")
async def unlock_page(page: PageDep, access: VaultAccessDep) -> Response:
    """Ask for the passphrase, and say why; lead on who needs none."""
    wanted = safe_path(page.request.query_params.get("to", ""))
    if access.state() in (VaultState.NONE, VaultState.OPEN):
        return page.redirect(wanted)
    try:
        access.keyring.open(access.provider_id, access.unlock)
    except (VaultLocked, UnlockExpired) as error:
        return _unlock(page, Form({"to": wanted}), why=_WHY[type(error)])
    return page.redirect(wanted)


@router.post("/unlock", dependencies=WRITE_DEPENDENCIES)
async def unlock(page: PageDep, access: VaultAccessDep) -> Response:
    """Open the book for this session."""
    form = await read_form(page.request, UnlockForm)
    if isinstance(form, FormErrors):
        return _unlock(page, form, UNPROCESSABLE)
    try:
        grant = UnlockService(access).unlock(form.passphrase.get_secret_value())
    except VaultDestroyed:
        raise
    except (VaultError, DomainError) as error:
        refused = to_domain_error(error) if isinstance(error, VaultError) else error
        return _unlock(page, FormErrors.from_error(refused, form), refused.status)
    answer = _send_again(page, access, grant, form.stored) or page.redirect(
        safe_path(form.to), "unlocked"
    )
    return _with_key(answer, page, access, grant)


@router.get("/recover")
async def recover_page(page: PageDep, access: VaultAccessDep) -> Response:
    """Ask for the recovery code; lead on who needs none."""
    if access.state() is not VaultState.PASSPHRASE:
        return page.redirect("/unlock")
    return _recover(page, Form())


@router.post("/recover", dependencies=WRITE_DEPENDENCIES)
async def recover(page: PageDep, access: VaultAccessDep) -> Response:
    """Open the book by the code; the next code is shown once, here."""
    form = await read_form(page.request, RecoverForm)
    if isinstance(form, FormErrors):
        return _recover(page, form, UNPROCESSABLE)
    chosen = form.passphrase.get_secret_value()
    if chosen != form.again.get_secret_value():
        wrong = {"again": "This is not what stands in the field above."}
        return _recover(page, FormErrors({}, wrong, {"again": "Once more"}), UNPROCESSABLE)
    try:
        recovered = UnlockService(access).recover(form.code.get_secret_value(), chosen)
    except VaultDestroyed:
        raise
    except (VaultError, DomainError) as error:
        refused = to_domain_error(error) if isinstance(error, VaultError) else error
        if refused.field == "newPassphrase":
            refused.field = "passphrase"
        return _recover(page, FormErrors.from_error(refused, form), refused.status)
    response = page.render(
        "recovered.html", heading="Your new recovery code", code=recovered.recovery_code
    )
    return _with_key(response, page, access, recovered.grant)


@router.post("/lock")
async def lock(page: PageDep, access: VaultAccessDep) -> Response:
    """Close the book for this session."""
    UnlockService(access).lock()
    answer = page.redirect("/unlock")
    clear_unlock_cookie(answer, path=page.path)
    return answer


@router.post("/leave")
async def lock_and_logout(page: PageDep, access: VaultAccessDep) -> Response:
    """Close the book for this session, and sign out of it: no key of a session stays behind that is over."""
    UnlockService(access).lock()
    # 307: the same form is sent on, to whoever ends sessions.
    answer = RedirectResponse(f"{page.path}/logout", status_code=307)
    clear_unlock_cookie(answer, path=page.path)
    return answer


@router.post("/panic")
async def panic(page: PageDep, access: VaultAccessDep) -> Response:
    """Close the book everywhere, and lead elsewhere at once."""
    UnlockService(access).panic()
    # No redirect: the content security policy keeps forms from leading to another site.
    headers = {"refresh": f"0; url={SAFE_EXIT_URL}"}
    answer = page.render("gone.html", heading="One moment", headers=headers)
    clear_unlock_cookie(answer, path=page.path)
    return answer


@router.post("/_alive", status_code=204)
async def keepalive(provider: ProviderDep) -> Response:  # noqa: ARG001 - being let in is all
    """Hear that somebody is there, although the page asks for nothing: the session goes on."""
    return Response(status_code=204)


def _unlock(page: PageContext, form: Form, status: int = 200, *, why: str = "") -> Response:
    return page.render("unlock.html", status, heading="Locked", form=form, why=why)


def _send_again(
    page: PageContext, access: VaultAccess, grant: UnlockGrant, carried: str
) -> Response | None:
    if not carried:
        return None
    try:
        vault = access.keyring.open(
            access.provider_id, UnlockToken(access.session.id, grant.secret)
        )
    except (VaultLocked, UnlockExpired):
        return None
    stored = restore(vault, access.session.id, carried)
    if stored is None:
        return None
    return page.render(
        "send_again.html",
        heading="Your book is open",
        action=f"{page.path}{stored.part}",
        fields=stored.fields,
    )


def _recover(page: PageContext, form: Form, status: int = 200) -> Response:
    return page.render("recover.html", status, heading="Open it with the recovery code", form=form)


def _with_key[R: Response](
    answer: R, page: PageContext, access: VaultAccess, grant: UnlockGrant
) -> R:
    seconds = _seconds(access.clock(), grant.until)
    set_unlock_cookie(answer, grant.secret, max_age=seconds, path=page.path)
    return answer


def _seconds(now: datetime, until: datetime) -> int:
    return max(1, int((until - now).total_seconds()))


def unlock_address(path: str, part: str) -> str:
    """Return where a browser is sent that asks for `part` of a locked book."""
    wanted = safe_path(part)
    return f"{path}/unlock?{urlencode({'to': wanted})}" if wanted else f"{path}/unlock"
