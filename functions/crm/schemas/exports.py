"""Leaving and emptying a book, as the API takes and shows it."""

from typing import Annotated

from pydantic import Field, StringConstraints

from crm.schemas.encryption import ConfirmText, PassphraseText
from crm.schemas.fields import Cursor
from crm.service.clear_workspace import ClearResult
from kit.http import Request, Response

ExportPassphrase = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class ExportBody(Request):
    """How an archive is to be sealed, and which part of the book."""

    export_passphrase: ExportPassphrase = Field(
        description="Of the archive, at least 12 characters; not your book's own."
    )
    passphrase: PassphraseText | None = Field(
        default=None, description="Your book's own, once more, if it has one."
    )
    part: Cursor | None = Field(
        default=None, description="`x-next-part` of the answer before; the first part without it."
    )


class ClearBody(Request):
    """The words of the warning, and the passphrase once more, if there is one."""

    confirm: ConfirmText
    passphrase: PassphraseText | None = None


class ClearView(Response):
    """What went."""

    counts: dict[str, int]
    held: int = Field(description="Clients that stay, under a legal hold.")
    keys_waiting: bool = Field(description="Whether some keys are destroyed only by night.")

    @classmethod
    def from_domain(cls, emptied: ClearResult) -> "ClearView":
        """Return it as it is shown."""
        return cls(counts=emptied.counts, held=emptied.held, keys_waiting=emptied.keys_pending)
