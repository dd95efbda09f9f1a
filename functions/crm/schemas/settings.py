"""How a book behaves, as the API takes and shows it; and what happened to it."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from crm.domain.audit_log import AuditAction, AuditEntry
from crm.domain.settings import WorkspaceSettings
from crm.schemas.fields import Currency, Cursor, Limit
from kit.http import Request, Response

Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class SettingsBody(Request):
    """All of it."""

    auto_lock_minutes: Annotated[int, Field(ge=1, le=15)] = Field(
        description="Untouched for so long, a page locks the book; a session ends after 15 anyway."
    )
    unlock_minutes: Annotated[int, Field(ge=5, le=480)] = Field(
        description="How long an unlock holds, used or not."
    )
    default_currency: Currency
    default_region: Region = Field(description="Of phone numbers without a country code.")

    def to_settings(self) -> WorkspaceSettings:
        """Return it as the use case takes it."""
        return WorkspaceSettings(**self.model_dump())


class SettingsView(Response):
    """How the book behaves."""

    auto_lock_minutes: int
    unlock_minutes: int
    default_currency: str
    default_region: str


class AuditQuery(Request):
    """Which entries."""

    action: AuditAction | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class AuditEntryView(Response):
    """One entry; `detail` holds ids and counts."""

    sequence: int
    action: AuditAction
    said: str
    at: datetime
    network: str
    this_session: bool
    detail: dict[str, Any]

    @classmethod
    def from_domain(cls, one: AuditEntry, said: str, session_id: str) -> "AuditEntryView":
        """Return it as it is shown."""
        return cls(
            sequence=one.sequence,
            action=one.action,
            said=said,
            at=one.at,
            network=one.network,
            this_session=one.session_id == session_id,
            detail=dict(one.detail),
        )


class AuditView(Response):
    """What happened, the latest first. `intact` and `brokenAt` are told with the first page."""

    items: list[AuditEntryView]
    next_cursor: str | None
    intact: bool | None
    broken_at: int | None


class ActionView(Response):
    """Something that is written down."""

    action: AuditAction
    said: str
