"""Request and response models of the settings and the audit log."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from crm.domain.audit_log import AuditAction, AuditEntry
from crm.domain.settings import WorkspaceSettings
from crm.schemas.fields import Currency, Cursor, Limit
from kit.http import Request, Response

Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class SettingsBody(Request):
    """All settings of a workspace."""

    auto_lock_minutes: Annotated[int, Field(ge=1, le=15)] = Field(
        description="Minutes without input after which a page locks; a session ends after 15 anyway."
    )
    unlock_minutes: Annotated[int, Field(ge=5, le=480)] = Field(
        description="Minutes after which an unlock ends, used or not."
    )
    default_currency: Currency
    default_region: Region = Field(description="Country of phone numbers without a country code.")

    def to_settings(self) -> WorkspaceSettings:
        """Return the settings for the use case."""
        return WorkspaceSettings(**self.model_dump())


class SettingsView(Response):
    """The settings of a workspace."""

    auto_lock_minutes: int
    unlock_minutes: int
    default_currency: str
    default_region: str


class AuditQuery(Request):
    """Filter and position in the audit log."""

    action: AuditAction | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class AuditEntryView(Response):
    """An audit log entry; `detail` holds ids and counts."""

    sequence: int
    action: AuditAction
    label: str
    at: datetime
    network: str
    this_session: bool
    detail: dict[str, Any]

    @classmethod
    def from_domain(cls, entry: AuditEntry, label: str, session_id: str) -> "AuditEntryView":
        """Build the response from an entry."""
        return cls(
            sequence=entry.sequence,
            action=entry.action,
            label=label,
            at=entry.at,
            network=entry.network,
            this_session=entry.session_id == session_id,
            detail=dict(entry.detail),
        )


class AuditView(Response):
    """Audit log entries, the latest first. `intact` and `brokenAt` are set on the first page."""

    items: list[AuditEntryView]
    next_cursor: str | None
    intact: bool | None
    broken_at: int | None


class ActionView(Response):
    """An audited action and its label."""

    action: AuditAction
    label: str
