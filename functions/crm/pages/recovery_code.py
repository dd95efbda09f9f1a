"""The recovery code page: shows the code once, until its last group was typed back from paper."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi.responses import Response
from pydantic import Field

from crm.pages.context import (
    WRITE_DEPENDENCIES,
    LockAwarePageContext,
    LockAwarePageDep,
    page_router,
)
from crm.vault import DecryptionFailed, DocumentRef, OpenVault
from kit.errors import Invalid
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors

router = page_router("/settings/encryption/code")
LIFETIME = timedelta(minutes=15)
_PREFIX = "code"


class ConfirmCodeForm(Body):
    """The last group of the code, and the code itself, encrypted for the unlocked workspace."""

    group: Annotated[str, Field(min_length=1, max_length=40, title=N_("The last group"))]
    pending_code: Annotated[str, Field(max_length=1_000)]


@dataclass(frozen=True, slots=True)
class PendingCode:
    """A recovery code that the page carries, and its expiry."""

    code: str
    until: datetime


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def confirm_code(context: LockAwarePageDep) -> Response:
    """Go on if the typed group is right; else show the code again."""
    vault = context.access.keyring.open(context.access.provider_id, context.access.unlock)
    pending: list[PendingCode] = []

    def action(form: ConfirmCodeForm) -> Response:
        pending_code = _decrypt(context, vault, form.pending_code)
        pending.append(pending_code)
        if _plain(form.group) != _plain(pending_code.code.rpartition("-")[2]):
            raise Invalid(
                "group-wrong",
                _("This is not the last group: compare it with your note."),
                field="group",
            )
        return context.redirect("/settings/encryption", "written")

    def render_errors(form: FormErrors, status: int) -> Response:
        if not pending:
            return context.redirect("/settings/encryption")
        return code_page(context, vault, pending[0].code, form, status)

    return await context.handle_form(ConfirmCodeForm, action, render_errors, prefix=_PREFIX)


def code_page(
    context: LockAwarePageContext,
    vault: OpenVault,
    code: str,
    form: Form | None = None,
    status: int = 200,
) -> Response:
    """Render the page of a code, which carries the encrypted code to show it again."""
    return context.render(
        "recovery_code.html",
        status,
        heading=_("Your recovery code"),
        is_unlocked=True,
        has_passphrase=True,
        nav=(),
        groups=code.split("-"),
        form=form or Form(prefix=_PREFIX),
        pending_code=_encrypt(context, vault, code),
    )


def _encrypt(context: LockAwarePageContext, vault: OpenVault, code: str) -> str:
    until = context.access.clock() + LIFETIME
    document = {"code": code, "until": until.isoformat()}
    return base64.urlsafe_b64encode(vault.seal(_document_ref(context), document)).decode()


def _decrypt(context: LockAwarePageContext, vault: OpenVault, pending_code: str) -> PendingCode:
    try:
        document = vault.open(
            _document_ref(context), base64.urlsafe_b64decode(pending_code.encode())
        )
        pending = PendingCode(document["code"], datetime.fromisoformat(document["until"]))
    except (DecryptionFailed, binascii.Error, KeyError, ValueError):
        raise _code_expired() from None
    if context.access.clock() > pending.until:
        raise _code_expired()
    return pending


def _code_expired() -> Invalid:
    return Invalid("code-gone", _("The code has expired: create a new one."))


def _document_ref(context: LockAwarePageContext) -> DocumentRef:
    return DocumentRef("code", context.access.provider_id, None)


def _plain(value: str) -> str:
    return "".join(character for character in value.upper() if character.isalnum())
