"""Export and clearing of a workspace: bodies and views of the API."""

from typing import Annotated

from pydantic import Field, StringConstraints

from crm.schemas.encryption import ConfirmText, PassphraseText
from crm.schemas.fields import Cursor
from crm.service.clear_workspace import ClearResult
from kit.http import Request, Response

ExportPassphrase = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class ExportBody(Request):
    """Body of an export: passphrases, and the part."""

    export_passphrase: ExportPassphrase = Field(
        description="Archive passphrase, at least 12 characters; not the client book's own."
    )
    passphrase: PassphraseText | None = Field(
        default=None, description="Passphrase of the client book, if it has one."
    )
    part: Cursor | None = Field(
        default=None,
        description="`x-next-part` of the previous answer; empty for the first part.",
    )


class ClearBody(Request):
    """Body of a clear request: typed confirmation, and the passphrase, if there is one."""

    confirm: ConfirmText
    passphrase: PassphraseText | None = None


class ClearView(Response):
    """Result of a cleared workspace."""

    counts: dict[str, int]
    held: int = Field(description="Clients that stay, under a legal hold.")
    keys_waiting: bool = Field(description="Whether some keys are destroyed only by night.")

    @classmethod
    def from_domain(cls, emptied: ClearResult) -> "ClearView":
        """Return the view of the result."""
        return cls(counts=emptied.counts, held=emptied.held, keys_waiting=emptied.keys_pending)
