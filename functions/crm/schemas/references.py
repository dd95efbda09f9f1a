"""Referees, as the API takes and shows them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from crm.domain.enums import ReferenceStatus
from crm.domain.references import DELETE_AFTER_DAYS, Reference
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.schemas.fields import Cursor, Limit, Name, ShortText, Text, Version
from crm.service.records import RecordPage
from kit import clock
from kit.datetime_fields import Moment
from kit.http import Request, Response


class ReferenceBody(Request):
    """Somebody whom a client named."""

    name: Name
    contact: ShortText = ""
    relationship: ShortText = ""
    notes: Text = ""
    status: ReferenceStatus = ReferenceStatus.PENDING
    contacted_at: Moment | None = None
    forget_after_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=DELETE_AFTER_DAYS,
        description="So long after their answer they are forgotten: nobody asked them.",
    )

    def to_reference(self) -> Reference:
        """Return it as the use case takes it, which says when it is forgotten."""
        values = {name: getattr(self, name) for name in ReferenceBody.model_fields}
        return Reference(**values, forgotten_on=clock.now())


class CreateReference(ReferenceBody):
    """A new one."""

    client_id: UUID


class UpdateReference(ReferenceBody):
    """One as it is to be from now on."""

    version: Version


class ReferencesQuery(Request):
    """Which of the referees."""

    client_id: UUID | None = None
    status: ReferenceStatus | None = None
    cursor: Cursor | None = None
    limit: Limit = 50

    def to_filter(self) -> RecordFilter:
        """Return it as the use case takes it."""
        equal = {} if self.status is None else {"status": self.status}
        return RecordFilter(client_id=self.client_id, equal=equal)


class ReferenceView(Response):
    """A referee, and when they are forgotten."""

    id: UUID
    client_id: UUID
    client_name: str
    name: str
    contact: str
    relationship: str
    notes: str
    status: ReferenceStatus
    contacted_at: datetime | None
    answered_at: datetime | None
    forget_after_days: int
    forgotten_on: datetime
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_domain(cls, stored: Stored[Reference], client_name: str) -> "ReferenceView":
        """Return a referee as they are shown."""
        entry = stored.payload
        return cls(
            id=stored.id,
            client_id=stored.client_id,
            client_name=client_name,
            name=entry.name,
            contact=entry.contact,
            relationship=entry.relationship,
            notes=entry.notes,
            status=entry.status,
            contacted_at=entry.contacted_at,
            answered_at=entry.answered_at,
            forget_after_days=entry.forget_after_days,
            forgotten_on=entry.forgotten_on,
            version=stored.version,
            created_at=stored.created_at,
            updated_at=stored.updated_at,
        )


class ReferencePage(Response):
    """Some of the referees."""

    items: list[ReferenceView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, page: RecordPage[Reference]) -> "ReferencePage":
        """Return a page of a list."""
        items = [
            ReferenceView.from_domain(one, page.names.get(one.client_id, "")) for one in page.items
        ]
        return cls(items=items, next_cursor=page.next_cursor)
