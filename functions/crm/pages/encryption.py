"""The page of passphrase, recovery code and encryption keys, with all of their changes."""

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
from crm.service.encryption import EncryptionService
from crm.service.workspace_state import WorkspaceState, workspace_state
from crm.vault import UnlockToken, VaultState
from kit.http import Request as Body
from kit.i18n import N_, ngettext
from kit.i18n import gettext as _
from kit.pages import EmptyForm, Form, FormErrors

router = page_router("/settings/encryption")
PATH = "/settings/encryption"
FLASH_MESSAGES = {
    "written": N_(
        "Recovery code confirmed. Keep the paper in a safe place, away from this device."
    ),
    "changed": N_("Passphrase changed. Every other device is locked."),
    "requested": N_(
        "Removal requested. You can remove the passphrase here in 24 hours, or cancel until then."
    ),
    "removed": N_("Passphrase removed. Signing in opens your client book."),
    "cancelled": N_("Removal cancelled. Your passphrase stays."),
    "rotated": N_("New encryption keys created. Your data is being re-encrypted."),
    "deleted": N_("Your client book is deleted, with all keys and all data."),
    "recreated": N_("Your new client book is empty and has its own keys."),
}
_FORMS = ("enable", "change", "renew", "disable", "rotate", "delete", "recreate")
Confirm = Annotated[str, Field(min_length=1, max_length=200, title=N_("Confirmation"))]


class ConfirmForm(Body):
    """The words of the warning."""

    confirm: Confirm


class PassphraseForm(Body):
    """The passphrase once more."""

    passphrase: Annotated[Secret, Field(title=N_("Passphrase"))]


class DisableForm(PassphraseForm):
    """The passphrase once more, and the words of the warning."""

    confirm: Confirm


class EnableForm(DisableForm):
    """A passphrase, twice, and the words of the warning."""

    again: Annotated[Secret, Field(title=N_("Repeat the passphrase"))]


class ChangeForm(Body):
    """The current passphrase, and the new one, twice."""

    current: Annotated[Secret, Field(title=N_("Current passphrase"))]
    passphrase: Annotated[Secret, Field(title=N_("New passphrase"))]
    again: Annotated[Secret, Field(title=N_("Repeat the passphrase"))]


@router.get("")
async def keys_page(context: LockAwarePageDep) -> Response:
    """Show the state of passphrase and keys."""
    return _page(context)


@router.post("/enable", dependencies=WRITE_DEPENDENCIES)
async def enable(context: LockAwarePageDep) -> Response:
    """Set a passphrase, and show the recovery code."""

    def action(form: EnableForm) -> Response:
        passphrase = require_same_passphrases(form.passphrase, form.again)
        result = EncryptionService(context.access).enable(passphrase, form.confirm)
        unlock = UnlockToken(context.access.session.id, result.grant.secret)
        vault = context.access.keyring.open(context.access.provider_id, unlock)
        return context.with_unlock_cookie(
            code_page(context, vault, result.recovery_code), result.grant
        )

    return await context.handle_form(
        EnableForm, action, _error_renderer(context, "enable"), prefix="enable"
    )


@router.post("/change", dependencies=WRITE_DEPENDENCIES)
async def change(context: LockAwarePageDep) -> Response:
    """Change the passphrase; this session stays unlocked."""

    def action(form: ChangeForm) -> Response:
        passphrase = require_same_passphrases(form.passphrase, form.again)
        grant = EncryptionService(context.access).change(
            form.current.get_secret_value(), passphrase
        )
        return context.with_unlock_cookie(context.redirect(PATH, "changed"), grant)

    fields = {"newPassphrase": "passphrase"}
    return await context.handle_form(
        ChangeForm, action, _error_renderer(context, "change"), prefix="change", field_names=fields
    )


@router.post("/renew", dependencies=WRITE_DEPENDENCIES)
async def renew(context: LockAwarePageDep) -> Response:
    """Create a new recovery code, and show it."""

    def action(form: PassphraseForm) -> Response:
        # Before the code is created: the page needs this vault to show it.
        vault = context.access.keyring.open(context.access.provider_id, context.access.unlock)
        code = EncryptionService(context.access).new_recovery_code(
            form.passphrase.get_secret_value()
        )
        return code_page(context, vault, code)

    return await context.handle_form(
        PassphraseForm, action, _error_renderer(context, "renew"), prefix="renew"
    )


@router.post("/disable", dependencies=WRITE_DEPENDENCIES)
async def disable(context: LockAwarePageDep) -> Response:
    """Request the removal of the passphrase; a day later, remove it."""

    def action(form: DisableForm) -> Response:
        due = EncryptionService(context.access).disable(
            form.passphrase.get_secret_value(), form.confirm
        )
        return context.redirect(PATH, "removed" if due is None else "requested")

    return await context.handle_form(
        DisableForm, action, _error_renderer(context, "disable"), prefix="disable"
    )


@router.post("/cancel-disable", dependencies=WRITE_DEPENDENCIES)
async def cancel_disable(context: LockAwarePageDep) -> Response:
    """Cancel the removal of the passphrase."""

    def action(_: EmptyForm) -> Response:
        EncryptionService(context.access).cancel_disable()
        return context.redirect(PATH, "cancelled")

    return await context.handle_form(
        EmptyForm, action, _error_renderer(context, "disable"), prefix="disable"
    )


@router.post("/rotate", dependencies=WRITE_DEPENDENCIES)
async def rotate(context: LockAwarePageDep) -> Response:
    """Create new keys."""

    def action(_: EmptyForm) -> Response:
        EncryptionService(context.access).rotate()
        return context.redirect(f"{PATH}/keys", "rotated")

    return await context.handle_form(
        EmptyForm, action, _error_renderer(context, "rotate"), prefix="rotate"
    )


@router.post("/delete", dependencies=WRITE_DEPENDENCIES)
async def delete(context: LockAwarePageDep) -> Response:
    """Delete the workspace."""

    def action(form: ConfirmForm) -> Response:
        delete_workspace.delete_workspace(context.access, form.confirm)
        return context.redirect(PATH, "deleted")

    return await context.handle_form(
        ConfirmForm, action, _error_renderer(context, "delete"), prefix="delete"
    )


@router.post("/recreate", dependencies=WRITE_DEPENDENCIES)
async def recreate(context: LockAwarePageDep) -> Response:
    """Create an empty workspace in place of a deleted one."""

    def action(form: ConfirmForm) -> Response:
        delete_workspace.recreate_workspace(context.access, form.confirm)
        return context.redirect(PATH, "recreated")

    return await context.handle_form(
        ConfirmForm, action, _error_renderer(context, "recreate"), prefix="recreate"
    )


def _error_renderer(
    context: LockAwarePageContext, name: str
) -> Callable[[FormErrors, int], Response]:
    """Return the function that renders the page with one of its forms refused."""
    return lambda form, status: _page(context, status, **{name: form})


def _page(context: LockAwarePageContext, status: int = 200, **invalid_forms: Form) -> Response:
    state = workspace_state(context.access)
    forms: dict[str, Form] = {name: Form(prefix=name) for name in _FORMS}
    flash = context.request.query_params.get("done", "")
    # A form of a state that the workspace has left is not on the page any more.
    obsolete_forms = [
        form for name, form in invalid_forms.items() if name not in _available_actions(state)
    ]
    return context.render(
        "encryption.html",
        status,
        state=state,
        heading=_("Passphrase and keys"),
        page_at=f"{context.path}{PATH}",
        mode=state.mode.value,
        key_facts=_key_facts(context, state),
        due=context.format_datetime(state.disable_due_at),
        is_due=bool(state.disable_due_at and state.disable_due_at <= context.access.clock()),
        locked=state.locked,
        actions_available=_available_actions(state),
        rekey=state.rekey if state.rekey and state.rekey.running else None,
        done="" if invalid_forms else _(FLASH_MESSAGES.get(flash, "")),
        confirmations=_confirmations(context),
        forms=forms | invalid_forms,
        obsolete_forms=obsolete_forms,
    )


def _available_actions(state: WorkspaceState) -> tuple[str, ...]:
    match state.mode:
        case VaultState.SHREDDED:
            return ("recreate",)
        case VaultState.PASSPHRASE if state.locked:
            return ("delete",)
        case VaultState.PASSPHRASE:
            return ("change", "renew", "disable", "rotate", "delete")
        case VaultState.OPEN:
            return ("enable", "rotate", "delete")
        case _:
            return ("enable",)


def _confirmations(context: LockAwarePageContext) -> dict[str, Any]:
    return {
        "enable": confirmations.ENABLE,
        "disable": confirmations.DISABLE,
        "renew": confirmations.RECOVERY_CODE,
        "rotate": confirmations.ROTATE,
        "delete": confirmations.delete_workspace_confirmation(context.access.slug),
        "recreate": confirmations.RECREATE,
    }


def _key_facts(context: LockAwarePageContext, state: WorkspaceState) -> list[tuple[str, str]]:
    facts = {
        _("Passphrase since"): context.format_datetime(state.passphrase_changed_at),
        _("Recovery code created"): context.format_datetime(state.recovery_code_at),
        _("Unlocked on this device until"): context.format_datetime(state.unlocked_until),
    }
    if state.mode in (VaultState.OPEN, VaultState.PASSPHRASE) and state.generation:
        facts[_("Key rotations")] = _format_count(state.generation - 1)
    return [(term, text) for term, text in facts.items() if text]


def _format_count(number: int) -> str:
    if number == 0:
        return _("Never")
    return ngettext("Once", "%(count)s times", number)
