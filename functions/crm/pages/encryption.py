"""Passphrase and keys: what opens the book, and everything that can be done about it."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi.responses import Response
from pydantic import Field

from crm.domain import confirmations
from crm.pages.context import WRITES, AtHall, Hall, Secret, chosen_twice, page_router
from crm.pages.recovery_code import code_page
from crm.service import delete_workspace
from crm.service.encryption import Encryption
from crm.service.workspace_state import BookState, book_state
from crm.vault import Unlock, VaultState
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
async def keys_page(hall: AtHall) -> Response:
    """Show what opens the book."""
    return _page(hall)


@router.post("/enable", dependencies=WRITES)
async def enable(hall: AtHall) -> Response:
    """Put a passphrase on the book, and show its recovery code."""

    def do(form: EnableForm) -> Response:
        chosen = chosen_twice(form.passphrase, form.again)
        done = Encryption(hall.door).enable(chosen, form.confirm)
        unlock = Unlock(hall.door.stay.id, done.unlocked.secret)
        vault = hall.door.keyring.open(hall.door.provider_id, unlock)
        return hall.with_key(code_page(hall, vault, done.recovery_code), done.unlocked)

    return await hall.take(EnableForm, do, _again(hall, "enable"), prefix="enable")


@router.post("/change", dependencies=WRITES)
async def change(hall: AtHall) -> Response:
    """Change the passphrase; this session goes on unlocked."""

    def do(form: ChangeForm) -> Response:
        chosen = chosen_twice(form.passphrase, form.again)
        unlocked = Encryption(hall.door).change(form.current.get_secret_value(), chosen)
        return hall.with_key(hall.see(HERE, "changed"), unlocked)

    fields = {"newPassphrase": "passphrase"}
    return await hall.take(ChangeForm, do, _again(hall, "change"), prefix="change", fields=fields)


@router.post("/renew", dependencies=WRITES)
async def renew(hall: AtHall) -> Response:
    """Make another recovery code, and show it."""

    def do(form: ProveForm) -> Response:
        # Before the code: it is shown with what opens here.
        vault = hall.door.keyring.open(hall.door.provider_id, hall.door.unlock)
        code = Encryption(hall.door).new_recovery_code(form.passphrase.get_secret_value())
        return code_page(hall, vault, code)

    return await hall.take(ProveForm, do, _again(hall, "renew"), prefix="renew")


@router.post("/disable", dependencies=WRITES)
async def disable(hall: AtHall) -> Response:
    """Ask to take the passphrase off; a day later, take it off."""

    def do(form: DisableForm) -> Response:
        due = Encryption(hall.door).disable(form.passphrase.get_secret_value(), form.confirm)
        return hall.see(HERE, "off" if due is None else "asked")

    return await hall.take(DisableForm, do, _again(hall, "disable"), prefix="disable")


@router.post("/keep", dependencies=WRITES)
async def keep(hall: AtHall) -> Response:
    """Keep the passphrase after all."""

    def do(_: NothingForm) -> Response:
        Encryption(hall.door).keep()
        return hall.see(HERE, "kept")

    return await hall.take(NothingForm, do, _again(hall, "disable"), prefix="disable")


@router.post("/rotate", dependencies=WRITES)
async def rotate(hall: AtHall) -> Response:
    """Begin new keys."""

    def do(_: NothingForm) -> Response:
        Encryption(hall.door).rotate()
        return hall.see(f"{HERE}/keys", "rotated")

    return await hall.take(NothingForm, do, _again(hall, "rotate"), prefix="rotate")


@router.post("/destroy", dependencies=WRITES)
async def destroy(hall: AtHall) -> Response:
    """Destroy the book."""

    def do(form: ConfirmForm) -> Response:
        delete_workspace.destroy(hall.door, form.confirm)
        return hall.see(HERE, "destroyed")

    return await hall.take(ConfirmForm, do, _again(hall, "destroy"), prefix="destroy")


@router.post("/begin", dependencies=WRITES)
async def begin(hall: AtHall) -> Response:
    """Begin an empty book in place of one that was destroyed."""

    def do(form: ConfirmForm) -> Response:
        delete_workspace.begin_again(hall.door, form.confirm)
        return hall.see(HERE, "begun")

    return await hall.take(ConfirmForm, do, _again(hall, "begin"), prefix="begin")


def _again(hall: Hall, name: str) -> Callable[[FormErrors, int], Response]:
    """Return what shows the page with one of its forms refused."""
    return lambda form, status: _page(hall, status, **{name: form})


def _page(hall: Hall, status: int = 200, **refused: Form) -> Response:
    state = book_state(hall.door)
    forms: dict[str, Form] = {name: Form(prefix=name) for name in _FORMS}
    asked = hall.request.query_params.get("done", "")
    # What was asked for in a state that the book has left: there is no such form any more.
    stray = [form for name, form in refused.items() if name not in _offered(state)]
    return hall.show(
        "encryption.html",
        status,
        state=state,
        heading="Passphrase and keys",
        page_at=f"{hall.path}{HERE}",
        mode=state.mode.value,
        facts_of_it=_facts(hall, state),
        due=hall.when(state.disable_due_at),
        is_due=bool(state.disable_due_at and state.disable_due_at <= hall.door.clock()),
        locked=state.locked,
        offered=_offered(state),
        rekey=state.rekey if state.rekey and state.rekey.running else None,
        done="" if refused else DONE.get(asked, ""),
        warned=_warned(hall),
        forms=forms | refused,
        stray=stray,
    )


def _offered(state: BookState) -> tuple[str, ...]:
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


def _warned(hall: Hall) -> dict[str, Any]:
    return {
        "enable": confirmations.ENABLE,
        "disable": confirmations.DISABLE,
        "renew": confirmations.RECOVERY_CODE,
        "rotate": confirmations.ROTATE,
        "destroy": confirmations.shred(hall.door.slug),
        "begin": confirmations.BEGIN,
    }


def _facts(hall: Hall, state: BookState) -> list[tuple[str, str]]:
    said = {
        "Passphrase since": hall.when(state.passphrase_changed_at),
        "Recovery code made": hall.when(state.recovery_code_at),
        "Unlocked here until": hall.when(state.unlocked_until),
    }
    if state.mode in (VaultState.OPEN, VaultState.PASSPHRASE) and state.generation:
        said["Keys changed so far"] = _times(state.generation - 1)
    return [(term, text) for term, text in said.items() if text]


def _times(number: int) -> str:
    return {0: "Never", 1: "Once"}.get(number, f"{number} times")
