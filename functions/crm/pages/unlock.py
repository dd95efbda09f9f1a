"""In front of the book: unlock, recover, lock, panic. What each state says is in the templates."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi.responses import RedirectResponse, Response
from pydantic import Field, SecretStr

from crm.dependencies import BeforeBook, InRoom
from crm.pages.context import REFUSED, WRITES, AtFrame, Frame, page_router
from crm.pages.forms import way
from crm.pages.pending_form import LONGEST, opened
from crm.service.error_mapping import refusal
from crm.service.unlock import Unlocking
from crm.service.vault_access import Door, Unlocked
from crm.vault import (
    Unlock,
    UnlockExpired,
    VaultError,
    VaultLocked,
    VaultShredded,
    VaultState,
)
from kit.auth import clear_unlock_cookie, set_unlock_cookie
from kit.errors import DomainError
from kit.http import Request as Body
from kit.pages import Form, FormErrors, read_form

router = page_router()
HARMLESS = "https://www.wikipedia.org/"
_WHY = {
    VaultLocked: "",
    UnlockExpired: "It locked itself: its time was over, or it was locked from another device.",
}


class UnlockForm(Body):
    """The passphrase."""

    passphrase: Annotated[SecretStr, Field(min_length=1, max_length=400, title="Passphrase")]
    to: Annotated[str, Field(max_length=200)] = ""
    kept: Annotated[str, Field(max_length=LONGEST)] = ""
    """A form that came while the book was locked."""


class RecoverForm(Body):
    """The recovery code, and the passphrase from now on."""

    code: Annotated[SecretStr, Field(min_length=1, max_length=100, title="Recovery code")]
    passphrase: Annotated[SecretStr, Field(min_length=1, max_length=400, title="New passphrase")]
    again: Annotated[SecretStr, Field(min_length=1, max_length=400, title="Once more")]


@router.get("/unlock")
async def unlock_page(frame: AtFrame, door: BeforeBook) -> Response:
    """Ask for the passphrase, and say why; lead on who needs none."""
    wanted = way(frame.request.query_params.get("to", ""))
    if door.state() in (VaultState.NONE, VaultState.OPEN):
        return frame.see(wanted)
    try:
        door.keyring.open(door.provider_id, door.unlock)
    except (VaultLocked, UnlockExpired) as error:
        return _unlock(frame, Form({"to": wanted}), why=_WHY[type(error)])
    return frame.see(wanted)


@router.post("/unlock", dependencies=WRITES)
async def unlock(frame: AtFrame, door: BeforeBook) -> Response:
    """Open the book for this session."""
    form = await read_form(frame.request, UnlockForm)
    if isinstance(form, FormErrors):
        return _unlock(frame, form, REFUSED)
    try:
        unlocked = Unlocking(door).unlock(form.passphrase.get_secret_value())
    except VaultShredded:
        raise
    except (VaultError, DomainError) as error:
        refused = refusal(error) if isinstance(error, VaultError) else error
        return _unlock(frame, FormErrors.from_error(refused, form), refused.status)
    answer = _send_again(frame, door, unlocked, form.kept) or frame.see(way(form.to), "unlocked")
    return _with_key(answer, frame, door, unlocked)


@router.get("/recover")
async def recover_page(frame: AtFrame, door: BeforeBook) -> Response:
    """Ask for the recovery code; lead on who needs none."""
    if door.state() is not VaultState.PASSPHRASE:
        return frame.see("/unlock")
    return _recover(frame, Form())


@router.post("/recover", dependencies=WRITES)
async def recover(frame: AtFrame, door: BeforeBook) -> Response:
    """Open the book by the code; the next code is shown once, here."""
    form = await read_form(frame.request, RecoverForm)
    if isinstance(form, FormErrors):
        return _recover(frame, form, REFUSED)
    chosen = form.passphrase.get_secret_value()
    if chosen != form.again.get_secret_value():
        wrong = {"again": "This is not what stands in the field above."}
        return _recover(frame, FormErrors({}, wrong, {"again": "Once more"}), REFUSED)
    try:
        recovered = Unlocking(door).recover(form.code.get_secret_value(), chosen)
    except VaultShredded:
        raise
    except (VaultError, DomainError) as error:
        refused = refusal(error) if isinstance(error, VaultError) else error
        if refused.field == "newPassphrase":
            refused.field = "passphrase"
        return _recover(frame, FormErrors.from_error(refused, form), refused.status)
    page = frame.show(
        "recovered.html", heading="Your new recovery code", code=recovered.recovery_code
    )
    return _with_key(page, frame, door, recovered.unlocked)


@router.post("/lock")
async def lock(frame: AtFrame, door: BeforeBook) -> Response:
    """Close the book for this session."""
    Unlocking(door).lock()
    answer = frame.see("/unlock")
    clear_unlock_cookie(answer, path=frame.path)
    return answer


@router.post("/leave")
async def leave(frame: AtFrame, door: BeforeBook) -> Response:
    """Close the book for this session, and sign out of it: no key of a session stays behind that is over."""
    Unlocking(door).lock()
    # 307: the same form is sent on, to whoever ends sessions.
    answer = RedirectResponse(f"{frame.path}/logout", status_code=307)
    clear_unlock_cookie(answer, path=frame.path)
    return answer


@router.post("/panic")
async def panic(frame: AtFrame, door: BeforeBook) -> Response:
    """Close the book everywhere, and lead elsewhere at once."""
    Unlocking(door).panic()
    # No redirect: the content security policy keeps forms from leading to another site.
    headers = {"refresh": f"0; url={HARMLESS}"}
    answer = frame.show("gone.html", heading="One moment", headers=headers)
    clear_unlock_cookie(answer, path=frame.path)
    return answer


@router.post("/_alive", status_code=204)
async def stay(room: InRoom) -> Response:  # noqa: ARG001 - being let in is all
    """Hear that somebody is there, although the page asks for nothing: the session goes on."""
    return Response(status_code=204)


def _unlock(frame: Frame, form: Form, status: int = 200, *, why: str = "") -> Response:
    return frame.show("unlock.html", status, heading="Locked", form=form, why=why)


def _send_again(frame: Frame, door: Door, unlocked: Unlocked, carried: str) -> Response | None:
    if not carried:
        return None
    try:
        vault = door.keyring.open(door.provider_id, Unlock(door.stay.id, unlocked.secret))
    except (VaultLocked, UnlockExpired):
        return None
    kept = opened(vault, door.stay.id, carried)
    if kept is None:
        return None
    return frame.show(
        "send_again.html",
        heading="Your book is open",
        action=f"{frame.path}{kept.part}",
        fields=kept.fields,
    )


def _recover(frame: Frame, form: Form, status: int = 200) -> Response:
    return frame.show("recover.html", status, heading="Open it with the recovery code", form=form)


def _with_key[R: Response](answer: R, frame: Frame, door: Door, unlocked: Unlocked) -> R:
    seconds = _seconds(door.clock(), unlocked.until)
    set_unlock_cookie(answer, unlocked.secret, max_age=seconds, path=frame.path)
    return answer


def _seconds(now: datetime, until: datetime) -> int:
    return max(1, int((until - now).total_seconds()))


def unlock_address(path: str, part: str) -> str:
    """Return where a browser is sent that asks for `part` of a locked book."""
    wanted = way(part)
    return f"{path}/unlock?{urlencode({'to': wanted})}" if wanted else f"{path}/unlock"
