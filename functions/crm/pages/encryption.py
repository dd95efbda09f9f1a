"""Passphrase and keys: what opens the book, and everything that can be done about it."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi.responses import Response
from pydantic import Field

from crm.domain import confirmations
from crm.pages.context import (
    WRITE_DEPENDENCIES,
    LockAwarePageContext,
    LockAwarePageDep,
    Secret,
    page_router,
    require_same_passphrases,
)
from crm.pages.recovery_code import code_page
from crm.service import delete_workspace
from crm.service.encryption import Encryption
from crm.service.workspace_state import WorkspaceState, workspace_state
from crm.vault import UnlockToken, VaultState
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/settings/encryption")
HERE = "/settings/encryption"
DONE = {
    "written": "Good. Keep the paper where nobody looks for it, apart from this device.",
    "changed": "Your passphrase is changed. Every other device is locked.",
    "asked": "Noted. In 24 hours you can take it off here; until then you can change your mind.",
    "off": "The passphrase is off. Your book opens with your sign-in.",
    "kept": "Your passphrase stays.",
    "rotated": "New keys. Every entry is being sealed under them.",
    "destroyed": "Your book is destroyed: its keys are gone, and so is every entry.",
    "begun": "Your new book is empty and has keys of its own.",
}
_FORMS = ("enable", "change", "renew", "disable", "rotate", "destroy", "begin")
Confirm = Annotated[str, Field(min_length=1, max_length=200, title="The words")]


class ConfirmForm(Body):
    """The words of the warning."""

    confirm: Confirm


class ProveForm(Body):
    """The passphrase once more."""

    passphrase: Annotated[Secret, Field(title="Passphrase")]


class DisableForm(ProveForm):
    """The passphrase once more, and the words of the warning."""

    confirm: Confirm


class EnableForm(DisableForm):
    """A passphrase, twice, and the words of the warning."""

    again: Annotated[Secret, Field(title="Once more")]


class ChangeForm(Body):
    """The passphrase of now, and the one from now on, twice."""

    current: Annotated[Secret, Field(title="Passphrase of now")]
    passphrase: Annotated[Secret, Field(title="New passphrase")]
    again: Annotated[Secret, Field(title="Once more")]


class NothingForm(Body):
    """A button alone."""


@router.get("")
async def keys_page(context: LockAwarePageDep) -> Response:
    """Show what opens the book."""
    return _page(context)


@router.post("/enable", dependencies=WRITE_DEPENDENCIES)
async def enable(context: LockAwarePageDep) -> Response:
    """Put a passphrase on the book, and show its recovery code."""

    def do(form: EnableForm) -> Response:
        chosen = require_same_passphrases(form.passphrase, form.again)
        done = Encryption(context.access).enable(chosen, form.confirm)
        unlock = UnlockToken(context.access.session.id, done.grant.secret)
        vault = context.access.keyring.open(context.access.provider_id, unlock)
        return context.with_unlock_cookie(code_page(context, vault, done.recovery_code), done.grant)

    return await context.handle_form(EnableForm, do, _again(context, "enable"), prefix="enable")


@router.post("/change", dependencies=WRITE_DEPENDENCIES)
async def change(context: LockAwarePageDep) -> Response:
    """Change the passphrase; this session goes on unlocked."""

    def do(form: ChangeForm) -> Response:
        chosen = require_same_passphrases(form.passphrase, form.again)
        grant = Encryption(context.access).change(form.current.get_secret_value(), chosen)
        return context.with_unlock_cookie(context.redirect(HERE, "changed"), grant)

    fields = {"newPassphrase": "passphrase"}
    return await context.handle_form(
        ChangeForm, do, _again(context, "change"), prefix="change", fields=fields
    )


@router.post("/renew", dependencies=WRITE_DEPENDENCIES)
async def renew(context: LockAwarePageDep) -> Response:
    """Make another recovery code, and show it."""

    def do(form: ProveForm) -> Response:
        # Before the code: it is shown with what opens here.
        vault = context.access.keyring.open(context.access.provider_id, context.access.unlock)
        code = Encryption(context.access).new_recovery_code(form.passphrase.get_secret_value())
        return code_page(context, vault, code)

    return await context.handle_form(ProveForm, do, _again(context, "renew"), prefix="renew")


@router.post("/disable", dependencies=WRITE_DEPENDENCIES)
async def disable(context: LockAwarePageDep) -> Response:
    """Ask to take the passphrase off; a day later, take it off."""

    def do(form: DisableForm) -> Response:
        due = Encryption(context.access).disable(form.passphrase.get_secret_value(), form.confirm)
        return context.redirect(HERE, "off" if due is None else "asked")

    return await context.handle_form(DisableForm, do, _again(context, "disable"), prefix="disable")


@router.post("/keep", dependencies=WRITE_DEPENDENCIES)
async def keep(context: LockAwarePageDep) -> Response:
    """Keep the passphrase after all."""

    def do(_: NothingForm) -> Response:
        Encryption(context.access).keep()
        return context.redirect(HERE, "kept")

    return await context.handle_form(NothingForm, do, _again(context, "disable"), prefix="disable")


@router.post("/rotate", dependencies=WRITE_DEPENDENCIES)
async def rotate(context: LockAwarePageDep) -> Response:
    """Begin new keys."""

    def do(_: NothingForm) -> Response:
        Encryption(context.access).rotate()
        return context.redirect(f"{HERE}/keys", "rotated")

    return await context.handle_form(NothingForm, do, _again(context, "rotate"), prefix="rotate")


@router.post("/destroy", dependencies=WRITE_DEPENDENCIES)
async def destroy(context: LockAwarePageDep) -> Response:
    """Destroy the book."""

    def do(form: ConfirmForm) -> Response:
        delete_workspace.delete_workspace(context.access, form.confirm)
        return context.redirect(HERE, "destroyed")

    return await context.handle_form(ConfirmForm, do, _again(context, "destroy"), prefix="destroy")


@router.post("/begin", dependencies=WRITE_DEPENDENCIES)
async def begin(context: LockAwarePageDep) -> Response:
    """Begin an empty book in place of one that was destroyed."""

    def do(form: ConfirmForm) -> Response:
        delete_workspace.recreate_workspace(context.access, form.confirm)
        return context.redirect(HERE, "begun")

    return await context.handle_form(ConfirmForm, do, _again(context, "begin"), prefix="begin")


def _again(context: LockAwarePageContext, name: str) -> Callable[[FormErrors, int], Response]:
    """Return what shows the page with one of its forms refused."""
    return lambda form, status: _page(context, status, **{name: form})


def _page(context: LockAwarePageContext, status: int = 200, **refused: Form) -> Response:
    state = workspace_state(context.access)
    forms: dict[str, Form] = {name: Form(prefix=name) for name in _FORMS}
    asked = context.request.query_params.get("done", "")
    # What was asked for in a state that the book has left: there is no such form any more.
    stray = [form for name, form in refused.items() if name not in _offered(state)]
    return context.render(
        "encryption.html",
        status,
        state=state,
        heading="Passphrase and keys",
        page_at=f"{context.path}{HERE}",
        mode=state.mode.value,
        facts_of_it=_facts(context, state),
        due=context.format_datetime(state.disable_due_at),
        is_due=bool(state.disable_due_at and state.disable_due_at <= context.access.clock()),
        locked=state.locked,
        offered=_offered(state),
        rekey=state.rekey if state.rekey and state.rekey.running else None,
        done="" if refused else DONE.get(asked, ""),
        warned=_warned(context),
        forms=forms | refused,
        stray=stray,
    )


def _offered(state: WorkspaceState) -> tuple[str, ...]:
    match state.mode:
        case VaultState.SHREDDED:
            return ("begin",)
        case VaultState.PASSPHRASE if state.locked:
            return ("destroy",)
        case VaultState.PASSPHRASE:
            return ("change", "renew", "disable", "rotate", "destroy")
        case VaultState.OPEN:
            return ("enable", "rotate", "destroy")
        case _:
            return ("enable",)


def _warned(context: LockAwarePageContext) -> dict[str, Any]:
    return {
        "enable": confirmations.ENABLE,
        "disable": confirmations.DISABLE,
        "renew": confirmations.RECOVERY_CODE,
        "rotate": confirmations.ROTATE,
        "destroy": confirmations.delete_workspace_confirmation(context.access.slug),
        "begin": confirmations.RECREATE,
    }


def _facts(context: LockAwarePageContext, state: WorkspaceState) -> list[tuple[str, str]]:
    said = {
        "Passphrase since": context.format_datetime(state.passphrase_changed_at),
        "Recovery code made": context.format_datetime(state.recovery_code_at),
        "Unlocked here until": context.format_datetime(state.unlocked_until),
    }
    if state.mode in (VaultState.OPEN, VaultState.PASSPHRASE) and state.generation:
        said["Keys changed so far"] = _times(state.generation - 1)
    return [(term, text) for term, text in said.items() if text]


def _times(number: int) -> str:
    return {0: "Never", 1: "Once"}.get(number, f"{number} times")
