"""The recovery code, shown once: until she types a part of it back, so that it stands on paper before it goes."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi.responses import Response
from pydantic import Field

from crm.pages.context import WRITES, AtHall, Hall, page_router
from crm.vault import OpenVault, Place, Unreadable
from kit.errors import Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/settings/encryption/code")
PATIENCE = timedelta(minutes=15)
_PREFIX = "code"


class WrittenForm(Body):
    """The last group of the code, and the code itself as only her open book can read it."""

    group: Annotated[str, Field(min_length=1, max_length=40, title="The last group")]
    carried: Annotated[str, Field(max_length=1_000)]


@dataclass(frozen=True, slots=True)
class Carried:
    """A code on its way through the browser."""

    code: str
    until: datetime


@router.post("", dependencies=WRITES)
async def written(hall: AtHall) -> Response:
    """Go on once the code stands on paper; else show it again."""
    vault = hall.door.keyring.open(hall.door.provider_id, hall.door.unlock)
    found: list[Carried] = []

    def go_on(form: WrittenForm) -> Response:
        carried = _opened(hall, vault, form.carried)
        found.append(carried)
        if _plain(form.group) != _plain(carried.code.rpartition("-")[2]):
            raise Invalid(
                "group-wrong", "This is not the last group: look at your paper.", field="group"
            )
        return hall.see("/settings/encryption", "written")

    def again(form: FormErrors, status: int) -> Response:
        if not found:
            return hall.see("/settings/encryption")
        return code_page(hall, vault, found[0].code, form, status)

    return await hall.take(WrittenForm, go_on, again, prefix=_PREFIX)


def code_page(
    hall: Hall, vault: OpenVault, code: str, form: Form | None = None, status: int = 200
) -> Response:
    """Show a code; the page carries it sealed, so that it can show it again."""
    return hall.show(
        "code_shown.html",
        status,
        heading="Your recovery code",
        inside=True,
        locks=True,
        parts=(),
        groups=code.split("-"),
        form=form or Form(prefix=_PREFIX),
        carried=_sealed(hall, vault, code),
    )


def _sealed(hall: Hall, vault: OpenVault, code: str) -> str:
    until = hall.door.clock() + PATIENCE
    document = {"code": code, "until": until.isoformat()}
    return base64.urlsafe_b64encode(vault.seal(_place(hall), document)).decode()


def _opened(hall: Hall, vault: OpenVault, carried: str) -> Carried:
    try:
        document = vault.open(_place(hall), base64.urlsafe_b64decode(carried.encode()))
        found = Carried(document["code"], datetime.fromisoformat(document["until"]))
    except (Unreadable, binascii.Error, KeyError, ValueError):
        raise _gone() from None
    if hall.door.clock() > found.until:
        raise _gone()
    return found


def _gone() -> Invalid:
    return Invalid("code-gone", "The code is not shown any more: make a new one.")


def _place(hall: Hall) -> Place:
    return Place("code", hall.door.provider_id, None)


def _plain(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isalnum())
