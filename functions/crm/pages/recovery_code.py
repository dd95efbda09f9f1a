"""The recovery code, shown once: until she types a part of it back, so that it stands on paper before it goes."""

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
from kit.pages import Form, FormErrors

router = page_router("/settings/encryption/code")
PATIENCE = timedelta(minutes=15)
_PREFIX = "code"


class ConfirmCodeForm(Body):
    """The last group of the code, and the code itself as only her open book can read it."""

    group: Annotated[str, Field(min_length=1, max_length=40, title="The last group")]
    carried: Annotated[str, Field(max_length=1_000)]


@dataclass(frozen=True, slots=True)
class PendingCode:
    """A code on its way through the browser."""

    code: str
    until: datetime


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def written(context: LockAwarePageDep) -> Response:
    """Go on once the code stands on paper; else show it again."""
    vault = context.access.keyring.open(context.access.provider_id, context.access.unlock)
    found: list[PendingCode] = []

    def go_on(form: ConfirmCodeForm) -> Response:
        carried = _opened(context, vault, form.carried)
        found.append(carried)
        if _plain(form.group) != _plain(carried.code.rpartition("-")[2]):
            raise Invalid(
                "group-wrong", "This is not the last group: look at your paper.", field="group"
            )
        return context.redirect("/settings/encryption", "written")

    def again(form: FormErrors, status: int) -> Response:
        if not found:
            return context.redirect("/settings/encryption")
        return code_page(context, vault, found[0].code, form, status)

    return await context.handle_form(ConfirmCodeForm, go_on, again, prefix=_PREFIX)


def code_page(
    context: LockAwarePageContext,
    vault: OpenVault,
    code: str,
    form: Form | None = None,
    status: int = 200,
) -> Response:
    """Show a code; the page carries it sealed, so that it can show it again."""
    return context.render(
        "code_shown.html",
        status,
        heading="Your recovery code",
        inside=True,
        locks=True,
        parts=(),
        groups=code.split("-"),
        form=form or Form(prefix=_PREFIX),
        carried=_sealed(context, vault, code),
    )


def _sealed(context: LockAwarePageContext, vault: OpenVault, code: str) -> str:
    until = context.access.clock() + PATIENCE
    document = {"code": code, "until": until.isoformat()}
    return base64.urlsafe_b64encode(vault.seal(_place(context), document)).decode()


def _opened(context: LockAwarePageContext, vault: OpenVault, carried: str) -> PendingCode:
    try:
        document = vault.open(_place(context), base64.urlsafe_b64decode(carried.encode()))
        found = PendingCode(document["code"], datetime.fromisoformat(document["until"]))
    except (DecryptionFailed, binascii.Error, KeyError, ValueError):
        raise _gone() from None
    if context.access.clock() > found.until:
        raise _gone()
    return found


def _gone() -> Invalid:
    return Invalid("code-gone", "The code is not shown any more: make a new one.")


def _place(context: LockAwarePageContext) -> DocumentRef:
    return DocumentRef("code", context.access.provider_id, None)


def _plain(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isalnum())
